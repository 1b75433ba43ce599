/**
 * SHUTDOWN (RFC 9260 §3.3.8); SHUTDOWN ACK and SHUTDOWN COMPLETE (§3.3.9, §3.3.13) are bare chunk headers.
 *
 *      0                   1                   2                   3
 *     |   Type = 7    |  Chunk Flags  |          Length = 8           |
 *     |                      Cumulative TSN Ack                       |
 */

import { type Malformed, malformed } from "../../base/malformed.ts";
import { CHUNK, encodeChunk } from "./chunk.ts";
import { readU32, writeU32 } from "./wire.ts";

const BAD_LENGTH = malformed("sctp: SHUTDOWN has a length it cannot have");

/** The cumulative TSN ack (as on the wire) of a SHUTDOWN chunk's value. */
export function decodeShutdown(value: Uint8Array): number | Malformed {
  return value.length === 4 ? readU32(value, 0) : BAD_LENGTH;
}

/** `cumulativeTsn` as on the wire. */
export function encodeShutdown(cumulativeTsn: number): Uint8Array {
  const value = new Uint8Array(4);
  writeU32(value, 0, cumulativeTsn);
  return encodeChunk(CHUNK.SHUTDOWN, 0, value);
}
