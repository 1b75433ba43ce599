/**
 * video-layers-allocation: which simulcast and scalability layers a sender has, with bitrates and sizes (libwebrtc's
 * description).
 *
 *     0 1 2 3 4 5 6 7
 *    |RID| NS| sl_bm |   RID: index of this stream; NS: streams - 1; sl_bm: spatial layers of each stream
 *    |sl0_bm |sl1_bm |   when sl_bm is 0: one bitmask for each stream, padded to an octet
 *    |#tl|#tl|#tl|#tl|   temporal layers - 1 of each spatial layer, padded to an octet
 *    | bitrates …    |   kbit/s, leb128, cumulative over temporal layers, in the same order
 *    | width - 1 (16) | height - 1 (16) | frame rate (8) |   of each spatial layer, or not at all
 *
 * A single zero octet: nothing is sent.
 */

export const VIDEO_LAYERS_ALLOCATION_URI =
  "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00";

const MAX_STREAMS = 4;
const MAX_SPATIAL_LAYERS = 4;
const MAX_TEMPORAL_LAYERS = 4;
const RESOLUTION_LENGTH = 5;

/** What one spatial layer of a stream is given. */
export interface SpatialLayerAllocation {
  readonly stream: number;
  readonly spatialId: number;
  /** kbit/s up to each temporal layer, lowest first; one to four of them. */
  readonly bitrates: readonly number[];
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly frameRate: number | undefined;
}

/** What a sender gives to each of its layers at the moment. */
export interface VideoLayersAllocation {
  /** Index of the stream that carries this. */
  readonly streamIndex: number;
  /** By stream, then by spatial layer; empty when nothing is sent. */
  readonly layers: readonly SpatialLayerAllocation[];
}

interface Cursor {
  readonly data: Uint8Array;
  at: number;
}

/** Undefined for what is cut, or says more than it holds. */
export function decodeVideoLayersAllocation(data: Uint8Array): VideoLayersAllocation | undefined {
  if (data.length === 0) return undefined;
  if (data.length === 1) return data[0] === 0 ? { streamIndex: 0, layers: [] } : undefined;
  const first = data[0]!;
  const streams = ((first >>> 4) & 3) + 1;
  const cursor: Cursor = { data, at: 1 };
  const masks = readMasks(cursor, first & 15, streams);
  const slots: { stream: number; spatialId: number; temporalLayers: number }[] = [];
  for (let stream = 0; stream < streams; stream++)
    for (let spatialId = 0; spatialId < MAX_SPATIAL_LAYERS; spatialId++)
      if ((masks[stream]! & (1 << spatialId)) !== 0) slots.push({ stream, spatialId, temporalLayers: 0 });
  for (let i = 0; i < slots.length; i++)
    slots[i]!.temporalLayers = (((data[cursor.at + (i >>> 2)] ?? 0) >>> (6 - 2 * (i & 3))) & 3) + 1;
  cursor.at += Math.ceil(slots.length / 4);
  const bitrates: number[][] = [];
  for (const { temporalLayers } of slots) {
    const rates: number[] = [];
    for (let i = 0; i < temporalLayers; i++) {
      const rate = readLeb128(cursor);
      if (rate < 0) return undefined;
      rates.push(rate);
    }
    bitrates.push(rates);
  }
  const left = data.length - cursor.at;
  if (left < 0 || (left !== 0 && left !== slots.length * RESOLUTION_LENGTH)) return undefined;
  const layers = slots.map(({ stream, spatialId }, i) => {
    const at = cursor.at + i * RESOLUTION_LENGTH;
    return {
      stream,
      spatialId,
      bitrates: bitrates[i]!,
      width: left === 0 ? undefined : ((data[at]! << 8) | data[at + 1]!) + 1,
      height: left === 0 ? undefined : ((data[at + 2]! << 8) | data[at + 3]!) + 1,
      frameRate: left === 0 ? undefined : data[at + 4]!,
    };
  });
  return { streamIndex: first >>> 6, layers };
}

function readMasks(cursor: Cursor, common: number, streams: number): number[] {
  if (common !== 0) return Array<number>(streams).fill(common);
  const masks: number[] = [];
  for (let stream = 0; stream < streams; stream++) {
    const octet = cursor.data[cursor.at + (stream >>> 1)] ?? 0;
    masks.push((stream & 1) === 0 ? octet >>> 4 : octet & 15);
  }
  cursor.at += Math.ceil(streams / 2);
  return masks;
}

/** At most five octets: 32 bits. -1 when cut or longer. */
function readLeb128(cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 5 && cursor.at < cursor.data.length; i++) {
    const octet = cursor.data[cursor.at++]!;
    value += (octet & 0x7f) * scale;
    if (octet < 0x80) return value > 0xffff_ffff ? -1 : value;
    scale *= 128;
  }
  return -1;
}

/** The layers must be ordered by stream and spatial layer. */
export function encodeVideoLayersAllocation(allocation: VideoLayersAllocation): Uint8Array {
  const { layers } = allocation;
  if (layers.length === 0) return new Uint8Array(1);
  const streams = Math.min(MAX_STREAMS, Math.max(...layers.map(({ stream }) => stream)) + 1);
  const masks = Array<number>(streams).fill(0);
  for (const { stream, spatialId } of layers) masks[stream]! |= 1 << spatialId;
  const common = masks.every((mask) => mask === masks[0]) ? masks[0]! : 0;
  const out: number[] = [(allocation.streamIndex << 6) | ((streams - 1) << 4) | common];
  if (common === 0)
    for (let stream = 0; stream < streams; stream += 2)
      out.push((masks[stream]! << 4) | (masks[stream + 1] ?? 0));
  for (let i = 0; i < layers.length; i += 4) {
    let octet = 0;
    for (let j = i; j < Math.min(i + 4, layers.length); j++)
      octet |= (Math.min(MAX_TEMPORAL_LAYERS, layers[j]!.bitrates.length) - 1) << (6 - 2 * (j - i));
    out.push(octet);
  }
  for (const { bitrates } of layers)
    for (const rate of bitrates.slice(0, MAX_TEMPORAL_LAYERS)) {
      let rest = Math.min(0xffff_ffff, Math.max(0, Math.round(rate)));
      for (; rest >= 0x80; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
      out.push(rest);
    }
  if (layers.every(({ width, height }) => width !== undefined && height !== undefined))
    for (const { width, height, frameRate } of layers) {
      const w = width! - 1;
      const h = height! - 1;
      out.push(w >>> 8, w & 0xff, h >>> 8, h & 0xff, Math.min(255, frameRate ?? 0));
    }
  return Uint8Array.from(out);
}
