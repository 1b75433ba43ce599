/**
 * DATA (RFC 9260 §3.3.1).
 *
 *      0                   1                   2                   3
 *     |   Type = 0    |  Res  |I|U|B|E|            Length             |
 *     |                              TSN                              |
 *     |      Stream Identifier S      |   Stream Sequence Number n    |
 *     |                  Payload Protocol Identifier                  |
 *     /                 User Data (seq n of Stream S)                 /
 */

import { type Malformed, malformed } from "../../base/malformed.ts";
import { CHUNK } from "./chunk.ts";
import { padded, readU16, readU32, writeU16, writeU32 } from "./wire.ts";

/** The fragment ends its message. */
export const FLAG_ENDING = 0x01;
/** The fragment begins its message. */
export const FLAG_BEGINNING = 0x02;
/** The message is unordered: the stream sequence number has no meaning. */
export const FLAG_UNORDERED = 0x04;
/** The sender asks for a SACK without delay (§6.2, from RFC 7053). */
export const FLAG_IMMEDIATE = 0x08;

/** Bytes of a DATA chunk before its user data. */
export const DATA_HEADER_LENGTH = 16;

/** The fields of a DATA chunk, reused by the decoder. User data: `bytes[from, to)` of the packet. */
export interface DataFields {
  flags: number;
  tsn: number;
  streamId: number;
  streamSequenceNumber: number;
  payloadProtocolId: number;
  from: number;
  to: number;
}

const TOO_SHORT = malformed("sctp: DATA shorter than its fixed fields");

/** Decodes the DATA chunk at `bytes[start, end)` into `fields`. User data may be empty: the caller answers that. */
export function decodeData(
  bytes: Uint8Array,
  start: number,
  end: number,
  fields: DataFields,
): Malformed | undefined {
  if (end - start < DATA_HEADER_LENGTH) return TOO_SHORT;
  fields.flags = bytes[start + 1]!;
  fields.tsn = readU32(bytes, start + 4);
  fields.streamId = readU16(bytes, start + 8);
  fields.streamSequenceNumber = readU16(bytes, start + 10);
  fields.payloadProtocolId = readU32(bytes, start + 12);
  fields.from = start + DATA_HEADER_LENGTH;
  fields.to = end;
  return undefined;
}

/** Writes a DATA chunk with `data[from, to)` at `out[at]` and returns where it ends, padding included. */
export function encodeData(
  out: Uint8Array,
  at: number,
  flags: number,
  tsn: number,
  streamId: number,
  streamSequenceNumber: number,
  payloadProtocolId: number,
  data: Uint8Array,
  from: number,
  to: number,
): number {
  const length = DATA_HEADER_LENGTH + to - from;
  out[at] = CHUNK.DATA;
  out[at + 1] = flags;
  writeU16(out, at + 2, length);
  writeU32(out, at + 4, tsn);
  writeU16(out, at + 8, streamId);
  writeU16(out, at + 10, streamSequenceNumber);
  writeU32(out, at + 12, payloadProtocolId);
  out.set(from === 0 && to === data.length ? data : data.subarray(from, to), at + DATA_HEADER_LENGTH);
  const end = at + padded(length);
  for (let pad = at + length; pad < end; pad++) out[pad] = 0;
  return end;
}
