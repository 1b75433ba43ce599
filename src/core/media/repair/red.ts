/**
 * Redundant payloads (RFC 2198 §3): block headers, the last of one octet, then the blocks.
 *
 *    |F|   block PT  |  timestamp offset (14)    |   block length (10)   |
 *    |0|   block PT  |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";

/** Blocks of one packet that are read. */
export const MAX_RED_BLOCKS = 16;
export const MAX_RED_TIMESTAMP_OFFSET = 0x3fff;
export const MAX_RED_BLOCK_LENGTH = 0x3ff;
/** Earlier packets that a writer adds at most. */
export const MAX_RED_REDUNDANCY = 9;

const REDUNDANT_HEADER_LENGTH = 4;
const TRUNCATED = malformed("red: headers or blocks overrun payload");
const TOO_MANY = malformed("red: too many blocks");

/** One block; the primary is the last, with offset 0. */
export interface RedBlock {
  readonly payloadType: number;
  /** Ticks before the packet's timestamp. */
  readonly timestampOffset: number;
  /** Borrowed. */
  readonly data: Uint8Array;
}

export function decodeRed(payload: Uint8Array): RedBlock[] | Malformed {
  const headers: { payloadType: number; timestampOffset: number; length: number }[] = [];
  let at = 0;
  let redundant = 0;
  while (at < payload.length && payload[at]! >= 0x80) {
    if (at + REDUNDANT_HEADER_LENGTH > payload.length) return TRUNCATED;
    if (headers.length + 1 === MAX_RED_BLOCKS) return TOO_MANY;
    const timestampOffset = (payload[at + 1]! << 6) | (payload[at + 2]! >>> 2);
    const length = ((payload[at + 2]! & 3) << 8) | payload[at + 3]!;
    headers.push({ payloadType: payload[at]! & 0x7f, timestampOffset, length });
    redundant += length;
    at += REDUNDANT_HEADER_LENGTH;
  }
  if (at >= payload.length || at + 1 + redundant > payload.length) return TRUNCATED;
  const primary = payload[at++]!;
  const blocks: RedBlock[] = headers.map(({ payloadType, timestampOffset, length }) => {
    const data = payload.subarray(at, at + length);
    at += length;
    return { payloadType, timestampOffset, data };
  });
  blocks.push({ payloadType: primary, timestampOffset: 0, data: payload.subarray(at) });
  return blocks;
}

/** Writes audio packets together with the ones before them. */
export class RedWriter {
  /** How many earlier packets each one carries, 0..9. */
  redundancy: number;
  /** Newest first. */
  readonly #earlier: Uint8Array[] = [];
  readonly #timestamps: number[] = [];

  constructor(redundancy: number) {
    this.redundancy = Math.min(MAX_RED_REDUNDANCY, redundancy);
  }

  /**
   * Writes the payload for `data` at `at`, with as many earlier packets as are young, short and few enough and fit into
   * `room` octets; returns its length, or -1 when not even the packet itself fits. `data` must not change any more.
   */
  write(
    payloadType: number,
    timestamp: number,
    data: Uint8Array,
    out: Uint8Array,
    at: number,
    room: number,
  ): number {
    if (1 + data.length > room) return -1;
    const count = this.#fitting(timestamp, room - 1 - data.length);
    let header = at;
    let body = at + count * REDUNDANT_HEADER_LENGTH + 1;
    for (let i = count - 1; i >= 0; i--) {
      const earlier = this.#earlier[i]!;
      const offset = (timestamp - this.#timestamps[i]!) >>> 0;
      out[header] = 0x80 | payloadType;
      out[header + 1] = offset >>> 6;
      out[header + 2] = ((offset & 63) << 2) | (earlier.length >>> 8);
      out[header + 3] = earlier.length;
      header += REDUNDANT_HEADER_LENGTH;
      out.set(earlier, body);
      body += earlier.length;
    }
    out[header] = payloadType;
    out.set(data, body);
    this.keep(timestamp, data);
    return body + data.length - at;
  }

  /** A packet that was sent without the ones before it may be repeated all the same. `data` must not change any more. */
  keep(timestamp: number, data: Uint8Array): void {
    this.#earlier.unshift(data);
    this.#timestamps.unshift(timestamp);
    if (this.#earlier.length > MAX_RED_REDUNDANCY) {
      this.#earlier.pop();
      this.#timestamps.pop();
    }
  }

  /** How many of the earlier packets go with one. The newest are the most useful, so the oldest are left out first. */
  #fitting(timestamp: number, room: number): number {
    let left = room;
    const most = Math.min(this.redundancy, this.#earlier.length);
    for (let count = 0; count < most; count++) {
      const { length } = this.#earlier[count]!;
      const offset = (timestamp - this.#timestamps[count]!) >>> 0;
      left -= REDUNDANT_HEADER_LENGTH + length;
      if (left < 0 || offset > MAX_RED_TIMESTAMP_OFFSET || length > MAX_RED_BLOCK_LENGTH) return count;
    }
    return most;
  }
}
