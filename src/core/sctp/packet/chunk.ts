/**
 * Chunks: the fields they all have, their types, and the walk over the chunks of a packet (RFC 9260 §3.2).
 *
 *      0                   1                   2                   3
 *     |  Chunk Type   |  Chunk Flags  |         Chunk Length          |
 *     /                          Chunk Value                          /
 */

import { type Malformed, malformed } from "../../base/malformed.ts";
import { padded, readU16, writeU16 } from "./wire.ts";

/** Chunk types (RFC 9260 §3.2; RFC 8260, RFC 6525, RFC 4820, RFC 3758 for those from 64 on). */
export const CHUNK = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
  I_DATA: 64,
  RE_CONFIG: 130,
  PAD: 132,
  FORWARD_TSN: 192,
  I_FORWARD_TSN: 194,
} as const;

/** The T bit of ABORT and SHUTDOWN COMPLETE: the verification tag is the receiver's peer's, reflected (RFC 9260 §8.5.1). */
export const FLAG_TAG_REFLECTED = 0x01;

/** Bytes before a chunk's value. */
export const CHUNK_HEADER_LENGTH = 4;

const BAD_LENGTH = malformed("sctp: chunk length outside the packet");

/** Steps over the chunks of one packet. Reused from packet to packet: nothing is allocated. */
export class ChunkCursor {
  type = 0;
  flags = 0;
  /** Where the chunk (its header) begins. */
  start = 0;
  /** Where its value ends, padding excluded. */
  end = 0;
  #bytes: Uint8Array = EMPTY;
  #next = 0;

  /** Begins before the first chunk, which lies at `from`. */
  open(bytes: Uint8Array, from: number): void {
    this.#bytes = bytes;
    this.#next = from;
  }

  /** Steps on; false when there are no more chunks. Call only on bytes that {@link validateChunks} has accepted. */
  next(): boolean {
    const at = this.#next;
    if (at + CHUNK_HEADER_LENGTH > this.#bytes.length) return false;
    this.type = this.#bytes[at]!;
    this.flags = this.#bytes[at + 1]!;
    const length = readU16(this.#bytes, at + 2);
    this.start = at;
    this.end = at + length;
    this.#next = at + padded(length);
    return true;
  }

  /** The chunk's value, a view into the packet. */
  value(): Uint8Array {
    return this.#bytes.subarray(this.start + CHUNK_HEADER_LENGTH, this.end);
  }

  /** The whole chunk with its header, a view into the packet. */
  chunk(): Uint8Array {
    return this.#bytes.subarray(this.start, this.end);
  }

  /** True on the last chunk of the packet. */
  get last(): boolean {
    return this.#next + CHUNK_HEADER_LENGTH > this.#bytes.length;
  }

  /** Lets go of the packet, which is borrowed. */
  close(): void {
    this.#bytes = EMPTY;
    this.#next = 0;
  }
}

const EMPTY = new Uint8Array(0);

/** Checks that every chunk lies inside the packet before the first one is acted on. The last chunk's padding may be missing. */
export function validateChunks(bytes: Uint8Array, from: number): Malformed | undefined {
  let at = from;
  while (at < bytes.length) {
    if (at + CHUNK_HEADER_LENGTH > bytes.length) return BAD_LENGTH;
    const length = readU16(bytes, at + 2);
    if (length < CHUNK_HEADER_LENGTH || at + length > bytes.length) return BAD_LENGTH;
    at += padded(length);
  }
  return undefined;
}

/** A chunk with `value`, padding included: for control chunks, which are rare. */
export function encodeChunk(type: number, flags: number, value: Uint8Array): Uint8Array {
  const length = CHUNK_HEADER_LENGTH + value.length;
  const out = new Uint8Array(padded(length));
  out[0] = type;
  out[1] = flags;
  writeU16(out, 2, length);
  out.set(value, CHUNK_HEADER_LENGTH);
  return out;
}

/** What the two highest bits of an unknown chunk or parameter type ask for (RFC 9260 §3.2, §3.2.1). */
export interface UnknownTypeAction {
  /** Go on with the next chunk or parameter, or stop here. */
  readonly skip: boolean;
  /** Report it to the sender. */
  readonly report: boolean;
}

/** `highBits`: the two highest bits of the type, 0..3. */
export function unknownTypeAction(highBits: number): UnknownTypeAction {
  return UNKNOWN_TYPE_ACTIONS[highBits & 3]!;
}

const UNKNOWN_TYPE_ACTIONS: readonly UnknownTypeAction[] = [
  { skip: false, report: false },
  { skip: false, report: true },
  { skip: true, report: false },
  { skip: true, report: true },
];
