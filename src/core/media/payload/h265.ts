/**
 * H.265 (RFC 7798) without DONL fields, frames in Annex B form. Of the packets, single NAL units (§4.4.1), aggregation
 * packets (§4.4.2, type 48) and fragmentation units (§4.4.3, type 49):
 *
 *    payload header |F| type (6) | LayerId (6) | TID (3) |   FU header |S|E| FuType (6) |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import { AnnexBWriter, splitNalUnits } from "./annex-b.ts";
import { concatenate, type PayloadInfo, type VideoFormat } from "./format.ts";
import { forEachAggregated, type NalSyntax } from "./nal-packets.ts";

/** IRAP pictures: types 16 to 23 (ITU-T H.265 table 7-1). */
const FIRST_IRAP = 16;
const LAST_IRAP = 23;
/** Parameter sets that come before one: what a key frame may begin with. */
const VPS = 32;
const SPS = 33;
const AGGREGATION = 48;
const FRAGMENTATION = 49;
const HEADER_LENGTH = 2;

const TRUNCATED = malformed("h265: payload cut");
const UNSUPPORTED = malformed("h265: packet type that is not supported");
const BAD_FRAGMENT = malformed("h265: fragment that begins and ends its unit, or is out of place");

const typeOf = (unit: Uint8Array) => (unit[0]! >>> 1) & 63;
const isIrap = (type: number) => type >= FIRST_IRAP && type <= LAST_IRAP;
const showsKeyFrame = (type: number) => isIrap(type) || type === VPS || type === SPS;

export const h265: VideoFormat = {
  inspect(payload: Uint8Array, info: PayloadInfo): Malformed | undefined {
    if (payload.length <= HEADER_LENGTH) return TRUNCATED;
    const type = typeOf(payload);
    info.begins = false;
    info.mayBegin = true;
    info.keyFrame = showsKeyFrame(type);
    if (type < AGGREGATION) return undefined;
    if (type === AGGREGATION) {
      const whole = forEachAggregated(payload, HEADER_LENGTH, (unit) => {
        if (showsKeyFrame(typeOf(unit))) info.keyFrame = true;
      });
      return whole ? undefined : TRUNCATED;
    }
    if (type !== FRAGMENTATION) return UNSUPPORTED;
    if (payload.length < HEADER_LENGTH + 2) return TRUNCATED;
    const header = payload[HEADER_LENGTH]!;
    if ((header & 0xc0) === 0xc0) return BAD_FRAGMENT;
    info.mayBegin = (header & 0x80) !== 0;
    info.keyFrame = isIrap(header & 63);
    return undefined;
  },

  assemble(payloads: readonly Uint8Array[]): Uint8Array | Malformed {
    const writer = new AnnexBWriter();
    let open = false;
    for (const payload of payloads) {
      if (payload.length <= HEADER_LENGTH) return TRUNCATED;
      const type = typeOf(payload);
      if (type === FRAGMENTATION) {
        if (payload.length < HEADER_LENGTH + 2) return TRUNCATED;
        const header = payload[HEADER_LENGTH]!;
        const begins = (header & 0x80) !== 0;
        if (begins === open || (header & 0xc0) === 0xc0) return BAD_FRAGMENT;
        if (begins) writer.begin(Uint8Array.of((payload[0]! & 0x81) | ((header & 63) << 1), payload[1]!));
        writer.append(payload.subarray(HEADER_LENGTH + 1));
        open = (header & 0x40) === 0;
        continue;
      }
      if (open) return BAD_FRAGMENT;
      if (type === AGGREGATION) {
        if (!forEachAggregated(payload, HEADER_LENGTH, (unit) => writer.begin(unit))) return TRUNCATED;
      } else if (type < AGGREGATION) writer.begin(payload);
      else return UNSUPPORTED;
    }
    return open ? BAD_FRAGMENT : concatenate(writer.pieces);
  },
};

/** Whether an access unit in Annex B form can be decoded without others. */
export function isH265KeyFrame(frame: Uint8Array): boolean {
  return splitNalUnits(frame).some((unit) => isIrap(typeOf(unit)));
}

export const H265_SYNTAX: NalSyntax = {
  headerLength: HEADER_LENGTH,
  // A packet with nothing behind the header is refused where it arrives.
  shortestUnit: HEADER_LENGTH + 1,

  writeFragmentHeader(unit, out, at) {
    out[at] = (unit[0]! & 0x81) | (FRAGMENTATION << 1);
    out[at + 1] = unit[1]!;
    return typeOf(unit);
  },

  /** §4.4.2: the lowest layer and temporal ids of the units. */
  writeAggregateHeader(units, from, to, out, at) {
    let forbidden = 0;
    let layer = 63;
    let temporal = 7;
    for (let i = from; i < to; i++) {
      const unit = units[i]!;
      forbidden |= unit[0]! & 0x80;
      layer = Math.min(layer, ((unit[0]! & 1) << 5) | (unit[1]! >>> 3));
      temporal = Math.min(temporal, unit[1]! & 7);
    }
    out[at] = forbidden | (AGGREGATION << 1) | (layer >>> 5);
    out[at + 1] = ((layer & 31) << 3) | temporal;
  },
};
