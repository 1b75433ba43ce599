/**
 * Payload types and header extension ids. Within a BUNDLE group a number means one thing only (RFC 9143 §9.1, §10), so
 * they are given out for the whole description; but what a section has stays (RFC 3264 §8.3.2, RFC 8285 §6), even where the
 * peer has given one number two meanings.
 */
import {
  ABSOLUTE_SEND_TIME,
  MID_EXTENSION,
  REPAIRED_RID_EXTENSION,
  RID_EXTENSION,
  TRANSPORT_WIDE_CC,
} from "./codecs.ts";
import type { AppliedDescription } from "./description.ts";
import type { MediaKind } from "./media-types.ts";
import type { RtpCodec } from "./rtp-description.ts";
import type { WantedCodec } from "./rtp-wanted.ts";

/** RFC 3551 §6, and numbers by which people recognise a codec. */
const USUAL: ReadonlyMap<string, number> = new Map([
  ["pcmu/8000/1", 0],
  ["pcma/8000/1", 8],
  ["g722/8000/1", 9],
  ["cn/8000/1", 13],
  ["opus/48000/2", 111],
  ["red/48000/2", 63],
  ["telephone-event/48000/1", 110],
  ["telephone-event/8000/1", 126],
]);

/** RFC 3551 §3 for dynamic types, then what RFC 5761 §4 leaves below 64. */
const DYNAMIC: readonly (readonly [first: number, last: number])[] = [
  [96, 127],
  [35, 63],
];

/**
 * The ids that libwebrtc gives the first section of a kind. Chromium 156 keeps the ids of an offer that it has rolled back, and
 * refuses a remote offer that has other ones in the same section: with these, both ends of a glare want the same.
 */
const USUAL_EXTENSIONS: Readonly<Record<MediaKind, ReadonlyMap<string, number>>> = {
  audio: new Map([
    ["urn:ietf:params:rtp-hdrext:ssrc-audio-level", 1],
    [ABSOLUTE_SEND_TIME, 2],
    [TRANSPORT_WIDE_CC, 3],
    [MID_EXTENSION, 4],
  ]),
  video: new Map([
    ["urn:ietf:params:rtp-hdrext:toffset", 1],
    [ABSOLUTE_SEND_TIME, 2],
    ["urn:3gpp:video-orientation", 3],
    [TRANSPORT_WIDE_CC, 4],
    ["http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", 5],
    ["http://www.webrtc.org/experiments/rtp-hdrext/color-space", 8],
    [MID_EXTENSION, 9],
    [RID_EXTENSION, 10],
    [REPAIRED_RID_EXTENSION, 11],
  ]),
};

/** The last id of one-byte headers (RFC 8285 §4.2). */
const LAST_ONE_BYTE_ID = 14;

/** Numbers and what they mean, both ways. */
class Numbers {
  readonly #meaning = new Map<number, string>();
  readonly #number = new Map<string, number>();

  /** Whether `number` can mean `what`: nothing else has it. */
  isFree(number: number, what: string): boolean {
    return (this.#meaning.get(number) ?? what) === what;
  }

  numberOf(what: string): number | undefined {
    return this.#number.get(what);
  }

  take(number: number, what: string): number {
    if (!this.#meaning.has(number)) this.#meaning.set(number, what);
    if (!this.#number.has(what)) this.#number.set(what, number);
    return number;
  }
}

/** `known`, and what the extension ids of the descriptions mean. What an id meant first stays (RFC 8285 §6). */
export function withExtensionIds(
  known: ReadonlyMap<number, string>,
  descriptions: readonly AppliedDescription[],
): ReadonlyMap<number, string> {
  const ids = new Map(known);
  for (const { sections } of descriptions) {
    for (const { rejected, rtp } of sections) {
      if (rejected) continue;
      for (const { id, uri } of rtp?.extensions ?? []) if (!ids.has(id)) ids.set(id, uri);
    }
  }
  return ids;
}

/** Gives out the numbers of one description. Lives within one call. */
export class RtpNumbers {
  readonly #payloadTypes = new Numbers();
  readonly #extensions = new Numbers();

  /** `sections` of `descriptions` keep what they have; earlier descriptions win, and all of them over `extensionIds`. */
  constructor(
    descriptions: readonly (AppliedDescription | undefined)[],
    extensionIds: ReadonlyMap<number, string>,
  ) {
    for (const description of descriptions) {
      for (const { rejected, rtp } of description?.sections ?? []) {
        if (rejected || rtp === undefined) continue;
        for (const { payloadType, key } of rtp.codecs) this.#payloadTypes.take(payloadType, key);
        for (const { id, uri } of rtp.extensions) this.#extensions.take(id, uri);
      }
    }
    for (const [id, uri] of extensionIds) this.#extensions.take(id, uri);
  }

  /** The payload type for a codec; `section`: what its section has so far. Undefined when none is left. */
  payloadType(key: string, section: SectionNumbers): number | undefined {
    const numbers = this.#payloadTypes;
    const own = section.of.get(key);
    if (own !== undefined) return numbers.take(own, key);
    const isFree = (number: number) => !section.taken.has(number) && numbers.isFree(number, key);
    for (const known of [numbers.numberOf(key), USUAL.get(key)]) {
      if (known !== undefined && isFree(known)) return numbers.take(known, key);
    }
    const usual = new Set(USUAL.values());
    for (const spare of [false, true]) {
      for (const [first, last] of DYNAMIC) {
        for (let number = first; number <= last; number++) {
          if (usual.has(number) === spare && isFree(number)) return numbers.take(number, key);
        }
      }
    }
    return undefined;
  }

  /**
   * The id for a header extension of a section of this kind. Beyond 14, where two-byte headers begin, only when there is no
   * other (RFC 8285 §4.2).
   */
  extensionId(uri: string, kind: MediaKind, section: SectionNumbers): number | undefined {
    const numbers = this.#extensions;
    const own = section.of.get(uri);
    if (own !== undefined) return numbers.take(own, uri);
    const isFree = (id: number) => !section.taken.has(id) && numbers.isFree(id, uri);
    for (const known of [numbers.numberOf(uri), USUAL_EXTENSIONS[kind].get(uri)]) {
      if (known !== undefined && isFree(known)) return numbers.take(known, uri);
    }
    // Downward, as libwebrtc does.
    for (let id = LAST_ONE_BYTE_ID; id > 0; id--) if (isFree(id)) return numbers.take(id, uri);
    for (let id = LAST_ONE_BYTE_ID + 2; id <= 255; id++) {
      if (isFree(id)) return numbers.take(id, uri);
    }
    return undefined;
  }
}

/** The numbers of one section. */
export interface SectionNumbers {
  readonly of: ReadonlyMap<string, number>;
  readonly taken: ReadonlySet<number>;
}

/** What a section has: meanings and their numbers. The first number of a meaning counts. */
export function sectionNumbers(
  present: readonly (readonly [what: string, number: number])[],
): SectionNumbers {
  const of = new Map<string, number>();
  for (const [what, number] of present) if (!of.has(what)) of.set(what, number);
  return { of, taken: new Set(present.map(([, number]) => number)) };
}

/**
 * The formats of an offered section: each with its payload type, in the order of `wanted`. What the section has already
 * keeps its number. Formats for which there is no number left are not offered.
 */
export function numberedCodecs(
  wanted: readonly WantedCodec[],
  numbers: RtpNumbers,
  present: readonly RtpCodec[],
): RtpCodec[] {
  const section = sectionNumbers(present.map(({ key, payloadType }) => [key, payloadType]));
  const codecs: RtpCodec[] = [];
  const given = new Map<string, number>();
  for (const codec of wanted) {
    if (codec.refersTo !== undefined && !wanted.some(({ key }) => key === codec.refersTo)) continue;
    const payloadType = numbers.payloadType(codec.key, section);
    if (payloadType !== undefined) given.set(codec.key, payloadType);
  }
  for (const codec of wanted) {
    const payloadType = given.get(codec.key);
    const target = codec.refersTo === undefined ? undefined : given.get(codec.refersTo);
    if (payloadType === undefined || (codec.refersTo !== undefined && target === undefined)) continue;
    codecs.push(numbered(codec, payloadType, target));
  }
  return codecs;
}

/** `codec` with its payload type, its parameters referring to `target`. */
export function numbered(codec: WantedCodec, payloadType: number, target: number | undefined): RtpCodec {
  const { key, name, clockRate, channels, fmtp, feedback } = codec;
  const refers = name === "rtx" ? `apt=${target}` : `${target}/${target}`;
  return {
    key,
    name,
    clockRate,
    channels,
    feedback,
    payloadType,
    fmtp: target === undefined ? fmtp : refers,
  };
}
