import { Malformed } from "../../base/malformed.ts";
import { CHUNK, ChunkCursor, encodeChunk } from "./chunk.ts";
import { COMMON_HEADER_LENGTH, encodeCommonHeader } from "./common-header.ts";
import { DATA_HEADER_LENGTH, type DataFields, decodeData, encodeData } from "./data-chunk.ts";
import { decodeForwardTsn, encodeForwardTsn, type ForwardTsnChunk } from "./forward-tsn-chunk.ts";
import { decodeSack, encodeSack, newSackFields, type SackFields } from "./sack-chunk.ts";
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
  const cursor = new ChunkCursor();
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

/** The first SACK among the chunks. */
export function sackIn(chunks: readonly SeenChunk[]): SackFields | undefined {
  const sack = chunks.find(({ type }) => type === CHUNK.SACK);
  if (sack === undefined) return undefined;
  const fields = newSackFields();
  const bad = decodeSack(sack.whole, 0, sack.whole.length, fields);
  if (bad !== undefined) throw new Error(bad.reason);
  fields.starts.length = fields.blocks;
  fields.ends.length = fields.blocks;
  return fields;
}

/** The DATA chunks among the chunks, with their user data as text. */
export function dataIn(chunks: readonly SeenChunk[]): (DataFields & { text: string })[] {
  return chunks
    .filter(({ type }) => type === CHUNK.DATA)
    .map(({ whole }) => {
      const fields: DataFields = {
        flags: 0,
        tsn: 0,
        streamId: 0,
        streamSequenceNumber: 0,
        payloadProtocolId: 0,
        from: 0,
        to: 0,
      };
      decodeData(whole, 0, whole.length, fields);
      return { ...fields, text: Buffer.from(whole.subarray(fields.from)).toString() };
    });
}

/** The first FORWARD TSN among the chunks. */
export function forwardIn(chunks: readonly SeenChunk[]): ForwardTsnChunk | undefined {
  const chunk = chunks.find(({ type }) => type === CHUNK.FORWARD_TSN);
  const decoded = chunk === undefined ? undefined : decodeForwardTsn(chunk.value);
  if (decoded instanceof Malformed) throw new Error(decoded.reason);
  return decoded;
}
