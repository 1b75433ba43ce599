/** The payload types of one direction of a section, by what they are for. */
import type { PayloadFormat } from "./parameters.ts";

/** Names of formats that carry other formats, or repair them. */
const AUXILIARY: ReadonlySet<string> = new Set([
  "rtx",
  "red",
  "ulpfec",
  "flexfec-03",
  "flexfec",
  "cn",
  "telephone-event",
]);

/** A payload type that carries media, with the one of its retransmissions. */
export interface MediaFormat extends PayloadFormat {
  /** Payload type of RTX for it (RFC 4588 §8.1); undefined: none was agreed on. */
  readonly rtxPayloadType: number | undefined;
  /** "video/vp8": for comparisons. */
  readonly key: string;
  readonly nack: boolean;
  readonly pli: boolean;
  readonly fir: boolean;
}

/** Formats by what a payload type means. */
export class PayloadFormats {
  /** In order of preference, without the auxiliary ones. */
  readonly media: readonly MediaFormat[];
  readonly #byType = new Map<number, MediaFormat>();
  /** RTX payload type → what it repairs. */
  readonly #repaired = new Map<number, MediaFormat>();
  readonly #red = new Set<number>();
  /** Clock rate → payload type of telephone events (RFC 4733). */
  readonly #tones = new Map<number, number>();
  readonly #known = new Set<number>();

  constructor(formats: readonly PayloadFormat[]) {
    const rtx = new Map<number, number>();
    for (const format of formats) {
      this.#known.add(format.payloadType);
      const name = nameOf(format);
      if (name === "red") this.#red.add(format.payloadType);
      if (name === "telephone-event") this.#tones.set(format.clockRate, format.payloadType);
      const apt = name === "rtx" ? associatedPayloadType(format.sdpFmtpLine ?? "") : Number.NaN;
      if (Number.isInteger(apt) && !rtx.has(apt)) rtx.set(apt, format.payloadType);
    }
    this.media = formats
      .filter((format) => !AUXILIARY.has(nameOf(format)))
      .map((format) => mediaFormat(format, rtx));
    for (const format of this.media) {
      this.#byType.set(format.payloadType, format);
      if (format.rtxPayloadType !== undefined) this.#repaired.set(format.rtxPayloadType, format);
    }
  }

  /** What a payload type carries; undefined for auxiliary and unknown ones. */
  byPayloadType(payloadType: number): MediaFormat | undefined {
    return this.#byType.get(payloadType);
  }

  /** What an RTX payload type repairs. */
  repairedBy(payloadType: number): MediaFormat | undefined {
    return this.#repaired.get(payloadType);
  }

  isRed(payloadType: number): boolean {
    return this.#red.has(payloadType);
  }

  /** Telephone events beside audio of that clock rate: they share its timestamps (RFC 4733 §2.1); undefined: not agreed on. */
  tonesFor(clockRate: number): number | undefined {
    return this.#tones.get(clockRate);
  }

  /** Whether the payload type was agreed on at all. */
  has(payloadType: number): boolean {
    return this.#known.has(payloadType);
  }

  /** The format of that name, the first one without; undefined: it was not agreed on. */
  byMimeType(mimeType: string | undefined): MediaFormat | undefined {
    if (mimeType === undefined) return this.media[0];
    const key = mimeType.toLowerCase();
    return this.media.find((format) => format.key === key);
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

function mediaFormat(format: PayloadFormat, rtx: ReadonlyMap<number, number>): MediaFormat {
  const { rtcpFeedback } = format;
  return {
    ...format,
    key: format.mimeType.toLowerCase(),
    rtxPayloadType: rtx.get(format.payloadType),
    nack: rtcpFeedback.includes("nack"),
    pli: rtcpFeedback.includes("nack pli"),
    fir: rtcpFeedback.includes("ccm fir"),
  };
}
