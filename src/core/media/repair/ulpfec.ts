/**
 * ULPFEC with one level (RFC 5109 §7), as libwebrtc sends it inside RED:
 *
 *    |E|L|P|X|  CC   |M| PT recovery |            SN base            |
 *    |                          TS recovery                          |
 *    |        length recovery        |       Protection length       |
 *    |             mask              |   L = 1: 32 bits more          |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import { CODE_HEADER_LENGTH, type RepairPacket, type XorCode } from "./xor-code.ts";

/** Packets that one repair packet protects. */
export const MAX_ULPFEC_PACKETS = 48;

const SHORT_MASK = 16;
const HEADER_LENGTH = 10;
const TRUNCATED = malformed("ulpfec: header or protected octets overrun payload");
const EXTENDED = malformed("ulpfec: extension flag is set");
const EMPTY = malformed("ulpfec: protects no packet");

export function decodeUlpfec(payload: Uint8Array): RepairPacket | Malformed {
  const first = payload[0] ?? 0;
  const long = (first & 0x40) !== 0;
  const maskLength = long ? 6 : 2;
  const bodyAt = HEADER_LENGTH + 2 + maskLength;
  if (payload.length < bodyAt) return TRUNCATED;
  if ((first & 0x80) !== 0) return EXTENDED;
  const protection = (payload[HEADER_LENGTH]! << 8) | payload[HEADER_LENGTH + 1]!;
  if (bodyAt + protection > payload.length) return TRUNCATED;
  const offsets: number[] = [];
  for (let bit = 0; bit < maskLength * 8; bit++)
    if ((payload[HEADER_LENGTH + 2 + (bit >>> 3)]! & (0x80 >>> (bit & 7))) !== 0) offsets.push(bit);
  if (offsets.length === 0) return EMPTY;
  const header = new Uint8Array(CODE_HEADER_LENGTH);
  header[0] = first & 0x3f;
  header[1] = payload[1]!;
  header[2] = payload[8]!;
  header[3] = payload[9]!;
  header.set(payload.subarray(4, 8), 4);
  return {
    ssrc: undefined,
    baseSequenceNumber: (payload[2]! << 8) | payload[3]!,
    offsets,
    header,
    body: payload.subarray(bodyAt, bodyAt + protection),
  };
}

/** Writes the payload for `code` over the packets at `offsets` (0..47); returns its length, or -1 when it cannot be said. */
export function writeUlpfec(
  code: XorCode,
  baseSequenceNumber: number,
  offsets: readonly number[],
  out: Uint8Array,
  at: number,
): number {
  const greatest = offsets[offsets.length - 1] ?? MAX_ULPFEC_PACKETS;
  if (greatest >= MAX_ULPFEC_PACKETS) return -1;
  const long = greatest >= SHORT_MASK;
  const maskLength = long ? 6 : 2;
  const bodyAt = HEADER_LENGTH + 2 + maskLength;
  if (at + bodyAt + code.bodyLength > out.length) return -1;
  const { header } = code;
  out[at] = (header[0]! & 0x3f) | (long ? 0x40 : 0);
  out[at + 1] = header[1]!;
  out[at + 2] = baseSequenceNumber >>> 8;
  out[at + 3] = baseSequenceNumber;
  out.set(header.subarray(4), at + 4);
  out[at + 8] = header[2]!;
  out[at + 9] = header[3]!;
  out[at + 10] = code.bodyLength >>> 8;
  out[at + 11] = code.bodyLength;
  out.fill(0, at + 12, at + 12 + maskLength);
  for (const offset of offsets) out[at + 12 + (offset >>> 3)]! |= 0x80 >>> (offset & 7);
  out.set(code.body.subarray(0, code.bodyLength), at + bodyAt);
  return bodyAt + code.bodyLength;
}
