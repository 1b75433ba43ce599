/** The payload types of one direction of a section, by what they are for. */
import type { PayloadFormat } from "./parameters.ts";

const TONES = "telephone-event";
const NOISE = "cn";

/** Whether packets of that type go beside audio and make no frames: telephone events (RFC 4733), comfort noise (RFC 3389). */
export function goesBesideAudio(mimeType: string): boolean {
  const { length } = mimeType;
  if (length !== 6 + TONES.length && length !== 6 + NOISE.length) return false;
  const key = mimeType.toLowerCase();
  return key === `audio/${TONES}` || key === `audio/${NOISE}`;
}

/** Names of formats that carry other formats, or repair them. */
const AUXILIARY: ReadonlySet<string> = new Set([
  "rtx",
  "red",
  "ulpfec",
  "flexfec-03",
  "flexfec",
  NOISE,
  TONES,
]);

/** A payload type that carries media, with the one of its retransmissions. */
export interface MediaFormat extends PayloadFormat {
  /** Payload type of RTX for it (RFC 4588 §8.1); undefined: none was agreed on. */
  readonly rtxPayloadType: number | undefined;
  /** Payload type of RED around it (RFC 2198); undefined: none was agreed on. */
  readonly redPayloadType: number | undefined;
  /** RED is preferred to the format alone: it stands before it. */
  readonly prefersRed: boolean;
  /** "video/vp8": for comparisons. */
  readonly key: string;
  readonly nack: boolean;
  readonly pli: boolean;
  readonly fir: boolean;
  /** RFC 8888 */
  readonly congestionControlFeedback: boolean;
}

/** Formats by what a payload type means. */
export class PayloadFormats {
  /** In order of preference, without the auxiliary ones. */
  readonly media: readonly MediaFormat[];
  /** ULPFEC, which goes inside of RED (RFC 5109 §14.1); -1: not agreed on. */
  readonly ulpfec: number;
  /** FlexFEC as its draft 03 has it; -1: not agreed on. */
  readonly flexfec: number;
  readonly #byType = new Map<number, MediaFormat>();
  /** RTX payload type → the payload type that it repairs. */
  readonly #repaired = new Map<number, number>();
  /** And the reverse. */
  readonly #rtx = new Map<number, number>();
  readonly #red = new Set<number>();
  /** Telephone events and comfort noise: one of each for each clock rate. */
  readonly #beside: PayloadFormat[] = [];
  readonly #known = new Set<number>();
  /** What was looked for last by its name: most packets of a section are of one format. */
  #lastMimeType: string | undefined;
  #lastFormat: MediaFormat | undefined;

  constructor(formats: readonly PayloadFormat[]) {
    let ulpfec = -1;
    let flexfec = -1;
    for (const format of formats) {
      const { payloadType } = format;
      this.#known.add(payloadType);
      const name = nameOf(format);
      if (name === "red") this.#red.add(payloadType);
      if (name === "ulpfec") ulpfec = payloadType;
      if (name === "flexfec-03") flexfec = payloadType;
      if (name === TONES || name === NOISE) this.#beside.push(format);
      const apt = name === "rtx" ? associatedPayloadType(format.sdpFmtpLine ?? "") : Number.NaN;
      if (Number.isInteger(apt) && !this.#rtx.has(apt)) this.#rtx.set(apt, payloadType);
    }
    this.ulpfec = ulpfec;
    this.flexfec = flexfec;
    for (const [repaired, rtx] of this.#rtx) this.#repaired.set(rtx, repaired);
    this.media = formats
      .filter((format) => !AUXILIARY.has(nameOf(format)))
      .map((format) => mediaFormat(format, this.#rtx.get(format.payloadType), formats));
    for (const format of this.media) this.#byType.set(format.payloadType, format);
  }

  /** What a payload type carries; undefined for auxiliary and unknown ones. */
  byPayloadType(payloadType: number): MediaFormat | undefined {
    return this.#byType.get(payloadType);
  }

  /** The payload type that an RTX payload type repairs; undefined: it is none. */
  repairedBy(payloadType: number): number | undefined {
    return this.#repaired.get(payloadType);
  }

  /** The payload type that repairs another one; undefined: none was agreed on. */
  rtxFor(payloadType: number): number | undefined {
    return this.#rtx.get(payloadType);
  }

  isRed(payloadType: number): boolean {
    return this.#red.has(payloadType);
  }

  /**
   * Telephone events beside audio of that clock rate, whose timestamps they share (RFC 4733 §2.1); undefined: none were agreed on.
   * Firefox has them at 8,000 Hz alone, beside Opus too: then their durations are told in that clock, as libwebrtc does.
   */
  tonesFor(clockRate: number): PayloadFormat | undefined {
    const tones = this.#beside.filter((format) => nameOf(format) === TONES);
    return tones.findLast((format) => format.clockRate === clockRate) ?? tones[0];
  }

  /** The payload type for packets that go beside audio of that clock rate; undefined: not agreed on. */
  besideFor(mimeType: string, clockRate: number): number | undefined {
    const key = mimeType.toLowerCase();
    return this.#beside.findLast(
      (format) => format.clockRate === clockRate && format.mimeType.toLowerCase() === key,
    )?.payloadType;
  }

  /** The telephone events with that payload type; undefined: they are none. */
  tones(payloadType: number): PayloadFormat | undefined {
    const format = this.beside(payloadType);
    return format !== undefined && nameOf(format) === TONES ? format : undefined;
  }

  /** What goes beside audio with that payload type. */
  beside(payloadType: number): PayloadFormat | undefined {
    for (const format of this.#beside) if (format.payloadType === payloadType) return format;
    return undefined;
  }

  /** Whether the payload type was agreed on at all. */
  has(payloadType: number): boolean {
    return this.#known.has(payloadType);
  }

  /** The format of that name, the first one without; undefined: it was not agreed on. */
  byMimeType(mimeType: string | undefined): MediaFormat | undefined {
    if (mimeType === undefined) return this.media[0];
    if (mimeType !== this.#lastMimeType) {
      this.#lastMimeType = mimeType;
      const key = mimeType.toLowerCase();
      this.#lastFormat = this.media.find((format) => format.key === key);
    }
    return this.#lastFormat;
  }
}

/** RFC 4588 §8.1; NaN without it. */
function associatedPayloadType(sdpFmtpLine: string): number {
  for (const parameter of sdpFmtpLine.split(";")) {
    const text = parameter.trim();
    if (text.startsWith("apt=")) return Number(text.slice(4));
  }
  return Number.NaN;
}

function nameOf({ mimeType }: PayloadFormat): string {
  return mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase();
}

/** RFC 2198 §5: the parameters of RED name what its blocks may be ("111/111"); without any it is RED of everything. */
function isRedOf(red: PayloadFormat, format: PayloadFormat): boolean {
  if (nameOf(red) !== "red" || red.clockRate !== format.clockRate) return false;
  return red.sdpFmtpLine === undefined || red.sdpFmtpLine.split("/").includes(String(format.payloadType));
}

function mediaFormat(
  format: PayloadFormat,
  rtxPayloadType: number | undefined,
  formats: readonly PayloadFormat[],
): MediaFormat {
  const { rtcpFeedback } = format;
  const red = formats.find((other) => isRedOf(other, format));
  return {
    ...format,
    key: format.mimeType.toLowerCase(),
    rtxPayloadType,
    redPayloadType: red?.payloadType,
    prefersRed: red !== undefined && formats.indexOf(red) < formats.indexOf(format),
    nack: rtcpFeedback.includes("nack"),
    pli: rtcpFeedback.includes("nack pli"),
    fir: rtcpFeedback.includes("ccm fir"),
    congestionControlFeedback: rtcpFeedback.includes("ack ccfb"),
  };
}
