/**
 * FORWARD TSN (RFC 3758 §3.2).
 *
 *      0                   1                   2                   3
 *     |   Type = 192  |  Flags = 0x00 |        Length = Variable      |
 *     |                      New Cumulative TSN                       |
 *     |         Stream-1              |       Stream Sequence-1       |
 *     /                              ...                              /
 */

import { type Malformed, malformed } from "../../base/malformed.ts";
import { CHUNK, CHUNK_HEADER_LENGTH } from "./chunk.ts";
import { readU16, readU32, writeU16, writeU32 } from "./wire.ts";

/** A stream and the last stream sequence number that was given up in it. */
export interface SkippedStream {
  readonly streamId: number;
  readonly streamSequenceNumber: number;
}

/** Numbers as on the wire. */
export interface ForwardTsnChunk {
  readonly newCumulativeTsn: number;
  readonly skipped: readonly SkippedStream[];
}

const FIXED_LENGTH = 8;
const BAD_LENGTH = malformed("sctp: FORWARD TSN has a length it cannot have");

/** Decodes the value of a FORWARD TSN chunk. */
export function decodeForwardTsn(value: Uint8Array): ForwardTsnChunk | Malformed {
  if (value.length < 4 || value.length % 4 !== 0) return BAD_LENGTH;
  const skipped: SkippedStream[] = [];
  for (let at = 4; at < value.length; at += 4) {
    skipped.push({ streamId: readU16(value, at), streamSequenceNumber: readU16(value, at + 2) });
  }
  return { newCumulativeTsn: readU32(value, 0), skipped };
}

/** How many skipped streams fit into `room` bytes. Negative when not even the fixed part does. */
export function forwardTsnCapacity(room: number): number {
  return Math.floor((room - FIXED_LENGTH) / 4);
}

/** Writes a FORWARD TSN at `out[at]` and returns where it ends. */
export function encodeForwardTsn(out: Uint8Array, at: number, chunk: ForwardTsnChunk): number {
  out[at] = CHUNK.FORWARD_TSN;
  out[at + 1] = 0;
  writeU16(out, at + 2, FIXED_LENGTH + chunk.skipped.length * 4);
  writeU32(out, at + CHUNK_HEADER_LENGTH, chunk.newCumulativeTsn);
  let end = at + FIXED_LENGTH;
  for (const { streamId, streamSequenceNumber } of chunk.skipped) {
    writeU16(out, end, streamId);
    writeU16(out, end + 2, streamSequenceNumber);
    end += 4;
  }
  return end;
}
