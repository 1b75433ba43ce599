/**
 * SACK (RFC 9260 §3.3.4).
 *
 *      0                   1                   2                   3
 *     |   Type = 3    |  Chunk Flags  |         Chunk Length          |
 *     |                      Cumulative TSN Ack                       |
 *     |          Advertised Receiver Window Credit (a_rwnd)           |
 *     | Number of Gap Ack Blocks = N  |  Number of Duplicate TSNs = M |
 *     |    Gap Ack Block #1 Start     |     Gap Ack Block #1 End      |
 *     /                              ...                              /
 *     |                        Duplicate TSN 1                        |
 */

import { type Malformed, malformed } from "../../base/malformed.ts";
import { CHUNK } from "./chunk.ts";
import { readU16, readU32, writeU16, writeU32 } from "./wire.ts";

/** Bytes of a SACK chunk before its blocks. */
export const SACK_FIXED_LENGTH = 16;

/** A received SACK; one object is reused. Only the first `blocks` entries of the arrays mean anything. */
export interface SackFields {
  cumulativeTsn: number;
  receiverWindow: number;
  blocks: number;
  /** Offsets from the cumulative TSN, ascending and disjoint. */
  readonly starts: number[];
  readonly ends: number[];
  duplicates: number;
}

/** An empty {@link SackFields} to decode into. */
export function newSackFields(): SackFields {
  return { cumulativeTsn: 0, receiverWindow: 0, blocks: 0, starts: [], ends: [], duplicates: 0 };
}

const TOO_SHORT = malformed("sctp: SACK shorter than its fixed fields");
const LIES = malformed("sctp: SACK announces more blocks than it has");
const REVERSED = malformed("sctp: SACK gap ack block reversed or empty");

/**
 * Decodes the SACK chunk at `bytes[start, end)`. One bad block refuses the whole SACK. Blocks in another order, or that
 * overlap, are put in order and merged, so that what follows visits each TSN once.
 */
export function decodeSack(
  bytes: Uint8Array,
  start: number,
  end: number,
  sack: SackFields,
): Malformed | undefined {
  if (end - start < SACK_FIXED_LENGTH) return TOO_SHORT;
  sack.cumulativeTsn = readU32(bytes, start + 4);
  sack.receiverWindow = readU32(bytes, start + 8);
  const blocks = readU16(bytes, start + 12);
  sack.duplicates = readU16(bytes, start + 14);
  sack.blocks = 0;
  if (SACK_FIXED_LENGTH + (blocks + sack.duplicates) * 4 > end - start) return LIES;
  let inOrder = true;
  let previousEnd = 0;
  for (let i = 0; i < blocks; i++) {
    const from = readU16(bytes, start + SACK_FIXED_LENGTH + i * 4);
    const to = readU16(bytes, start + SACK_FIXED_LENGTH + i * 4 + 2);
    if (from === 0 || to < from) return REVERSED;
    if (from <= previousEnd) inOrder = false;
    previousEnd = to;
    sack.starts[i] = from;
    sack.ends[i] = to;
  }
  sack.blocks = blocks;
  if (!inOrder) mergeBlocks(sack);
  return undefined;
}

/** Sorts the blocks and merges those that overlap or touch. */
function mergeBlocks(sack: SackFields): void {
  const order = Array.from({ length: sack.blocks }, (_, index) => index);
  const { starts, ends } = sack;
  const sorted = order
    .sort((a, b) => starts[a]! - starts[b]! || ends[a]! - ends[b]!)
    .map((index) => [starts[index]!, ends[index]!] as const);
  let merged = 0;
  for (const [from, to] of sorted) {
    if (merged > 0 && from <= ends[merged - 1]! + 1) {
      if (to > ends[merged - 1]!) ends[merged - 1] = to;
      continue;
    }
    starts[merged] = from;
    ends[merged] = to;
    merged++;
  }
  sack.blocks = merged;
}

/**
 * Writes a SACK at `out[at]`, as many gap ack blocks as fit before `limit`, then as many duplicates, and returns where it
 * ends (`at` when not even the fixed part fits). `starts`/`ends`: offsets from the cumulative TSN; `duplicates`: TSNs as
 * on the wire.
 */
export function encodeSack(
  out: Uint8Array,
  at: number,
  limit: number,
  cumulativeTsn: number,
  receiverWindow: number,
  starts: readonly number[],
  ends: readonly number[],
  duplicates: readonly number[],
): number {
  let room = Math.floor((limit - at - SACK_FIXED_LENGTH) / 4);
  if (room < 0) return at;
  let blocks = 0;
  while (blocks < starts.length && blocks < room && ends[blocks]! <= 0xffff) blocks++;
  room -= blocks;
  const reported = Math.min(duplicates.length, room);
  out[at] = CHUNK.SACK;
  out[at + 1] = 0;
  writeU16(out, at + 2, SACK_FIXED_LENGTH + (blocks + reported) * 4);
  writeU32(out, at + 4, cumulativeTsn);
  writeU32(out, at + 8, receiverWindow);
  writeU16(out, at + 12, blocks);
  writeU16(out, at + 14, reported);
  let end = at + SACK_FIXED_LENGTH;
  for (let i = 0; i < blocks; i++, end += 4) {
    writeU16(out, end, starts[i]!);
    writeU16(out, end + 2, ends[i]!);
  }
  for (let i = 0; i < reported; i++, end += 4) writeU32(out, end, duplicates[i]!);
  return end;
}
