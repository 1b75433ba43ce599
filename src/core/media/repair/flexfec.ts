/**
 * FlexFEC in flexible mode: draft-ietf-payload-flexible-fec-scheme-03 §4.2 as libwebrtc sends it ("flexfec-03"), and its
 * successor RFC 8627 §4.2.2.1, which leaves the stream to the CSRC list and turns the meaning of k round.
 *
 *    |R|F|P|X|  CC   |M| PT recovery |        length recovery        |
 *    |                          TS recovery                          |
 *    |   SSRCCount   |                    reserved                   |   -03 only
 *    |                             SSRC_i                            |   -03 only
 *    |           SN base_i           |k|          Mask [0-14]        |
 *    |k|                   Mask [15-45]                              |
 *    |k|                   Mask [46-108]                             |   RFC 8627: 64 bits, [46-109]
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import { CODE_HEADER_LENGTH, type RepairPacket, type XorCode } from "./xor-code.ts";

/** Packets that one repair packet protects, counted from the base. */
export const MAX_FLEXFEC_PACKETS = 109;

/** Which of the two. */
export type FlexfecVersion = "flexfec-03" | "rfc8627";

const STREAM_HEADER_LENGTH = 8;
const FIRST_MASK_BITS = 15;
const SECOND_MASK_BITS = 46;
const TRUNCATED = malformed("flexfec: header overruns payload");
const UNSUPPORTED = malformed("flexfec: retransmission, fixed mask, or more than one stream");
const EMPTY = malformed("flexfec: protects no packet");

export function decodeFlexfec(payload: Uint8Array, version: FlexfecVersion): RepairPacket | Malformed {
  const draft = version === "flexfec-03";
  const baseAt = CODE_HEADER_LENGTH + (draft ? STREAM_HEADER_LENGTH : 0);
  if (payload.length < baseAt + 4) return TRUNCATED;
  if (payload[0]! >= 0x40 || (draft && payload[8] !== 1)) return UNSUPPORTED;
  const offsets: number[] = [];
  const bodyAt = readMask(payload, baseAt + 2, draft, offsets);
  if (bodyAt < 0) return TRUNCATED;
  if (offsets.length === 0) return EMPTY;
  const header = payload.slice(0, CODE_HEADER_LENGTH);
  const ssrc = draft
    ? ((payload[12]! << 24) | (payload[13]! << 16) | (payload[14]! << 8) | payload[15]!) >>> 0
    : undefined;
  const baseSequenceNumber = (payload[baseAt]! << 8) | payload[baseAt + 1]!;
  return { ssrc, baseSequenceNumber, offsets, header, body: payload.subarray(bodyAt) };
}

/** Appends the offsets; returns where the mask ends, -1 when it is cut. */
function readMask(payload: Uint8Array, at: number, draft: boolean, offsets: number[]): number {
  // In the draft a set k ends the mask, in the RFC a clear one does.
  const ends = (octet: number) => octet >= 0x80 === draft;
  const bits = (from: number, skip: number, to: number, base: number) => {
    for (let bit = skip; bit < to; bit++)
      if ((payload[from + (bit >>> 3)]! & (0x80 >>> (bit & 7))) !== 0) offsets.push(base + bit - skip);
  };
  bits(at, 1, 16, 0);
  if (ends(payload[at]!)) return at + 2;
  if (at + 6 > payload.length) return -1;
  bits(at + 2, 1, 32, FIRST_MASK_BITS);
  if (ends(payload[at + 2]!)) return at + 6;
  if (at + 14 > payload.length) return -1;
  bits(at + 6, draft ? 1 : 0, 64, SECOND_MASK_BITS);
  return at + 14;
}

/** Writes the payload for `code` over the packets at `offsets` (0..108); returns its length, or -1 when it cannot be said. */
export function writeFlexfec(
  version: FlexfecVersion,
  code: XorCode,
  ssrc: number,
  baseSequenceNumber: number,
  offsets: readonly number[],
  out: Uint8Array,
  at: number,
): number {
  const draft = version === "flexfec-03";
  const greatest = offsets[offsets.length - 1] ?? MAX_FLEXFEC_PACKETS;
  if (greatest >= MAX_FLEXFEC_PACKETS) return -1;
  const maskLength = greatest < FIRST_MASK_BITS ? 2 : greatest < SECOND_MASK_BITS ? 6 : 14;
  const baseAt = at + CODE_HEADER_LENGTH + (draft ? STREAM_HEADER_LENGTH : 0);
  const maskAt = baseAt + 2;
  if (maskAt + maskLength + code.bodyLength > out.length) return -1;
  out.set(code.header, at);
  out[at]! &= 0x3f;
  if (draft) {
    out.set([1, 0, 0, 0, ssrc >>> 24, (ssrc >>> 16) & 0xff, (ssrc >>> 8) & 0xff, ssrc & 0xff], at + 8);
  }
  out[baseAt] = baseSequenceNumber >>> 8;
  out[baseAt + 1] = baseSequenceNumber;
  out.fill(0, maskAt, maskAt + maskLength);
  // k of the part that ends the mask, or of the parts that do not.
  if (draft) out[maskAt + (maskLength === 2 ? 0 : maskLength === 6 ? 2 : 6)] = 0x80;
  else {
    if (maskLength > 2) out[maskAt] = 0x80;
    if (maskLength > 6) out[maskAt + 2] = 0x80;
  }
  for (const offset of offsets) {
    let bit = offset + 1;
    if (offset >= SECOND_MASK_BITS) bit = 48 + offset - SECOND_MASK_BITS + (draft ? 1 : 0);
    else if (offset >= FIRST_MASK_BITS) bit = 16 + offset - FIRST_MASK_BITS + 1;
    out[maskAt + (bit >>> 3)]! |= 0x80 >>> (bit & 7);
  }
  out.set(code.body.subarray(0, code.bodyLength), maskAt + maskLength);
  return maskAt + maskLength + code.bodyLength - at;
}
