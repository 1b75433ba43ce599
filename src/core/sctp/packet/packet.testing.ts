import { type ChunkCursor, ChunkCursor as Cursor, encodeChunk } from "./chunk.ts";
import { COMMON_HEADER_LENGTH, encodeCommonHeader } from "./common-header.ts";
import { DATA_HEADER_LENGTH, encodeData } from "./data-chunk.ts";
import { encodeForwardTsn, type ForwardTsnChunk } from "./forward-tsn-chunk.ts";
import { encodeSack } from "./sack-chunk.ts";
import { padded, readU32 } from "./wire.ts";

/** A packet as a peer would send it. */
export function packetOf(verificationTag: number, ...chunks: readonly Uint8Array[]): Uint8Array {
  const length = chunks.reduce((sum, chunk) => sum + padded(chunk.length), COMMON_HEADER_LENGTH);
  const out = new Uint8Array(length);
  let at = COMMON_HEADER_LENGTH;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += padded(chunk.length);
  }
  encodeCommonHeader(out, length, 5000, 5000, verificationTag, true);
  return out;
}

/** One chunk of a packet, taken apart. */
export interface SeenChunk {
  readonly type: number;
  readonly flags: number;
  readonly value: Uint8Array;
  readonly whole: Uint8Array;
}

/** The chunks of a packet, in order. */
export function chunksOf(packet: Uint8Array): SeenChunk[] {
  const cursor: ChunkCursor = new Cursor();
  cursor.open(packet, COMMON_HEADER_LENGTH);
  const seen: SeenChunk[] = [];
  while (cursor.next()) {
    const { type, flags } = cursor;
    seen.push({ type, flags, value: cursor.value(), whole: cursor.chunk() });
  }
  return seen;
}

/** The types of a packet's chunks. */
export function typesOf(packet: Uint8Array): number[] {
  return chunksOf(packet).map(({ type }) => type);
}

export function tagOf(packet: Uint8Array): number {
  return readU32(packet, 4);
}

/** A DATA chunk. `flags` as in `data-chunk.ts`; 3 is a whole message. */
export function dataChunk(
  tsn: number,
  streamId: number,
  ssn: number,
  data: Uint8Array,
  flags = 3,
  ppid = 53,
): Uint8Array {
  const out = new Uint8Array(DATA_HEADER_LENGTH + padded(data.length));
  encodeData(out, 0, flags, tsn >>> 0, streamId, ssn, ppid, data, 0, data.length);
  return out.subarray(0, DATA_HEADER_LENGTH + data.length);
}

export function sackChunk(
  cumulativeTsn: number,
  window = 1_000_000,
  blocks: readonly (readonly [number, number])[] = [],
): Uint8Array {
  const out = new Uint8Array(2048);
  const starts = blocks.map(([start]) => start);
  const ends = blocks.map(([, end]) => end);
  const end = encodeSack(out, 0, out.length, cumulativeTsn >>> 0, window, starts, ends, []);
  return out.slice(0, end);
}

export function forwardTsnChunk(chunk: ForwardTsnChunk): Uint8Array {
  const out = new Uint8Array(2048);
  return out.slice(0, encodeForwardTsn(out, 0, chunk));
}

export function emptyChunk(type: number, flags = 0): Uint8Array {
  return encodeChunk(type, flags, new Uint8Array(0));
}
