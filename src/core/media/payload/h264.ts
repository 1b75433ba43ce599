/**
 * H.264 (RFC 6184), non-interleaved mode (packetization-mode 1), frames in Annex B form. Of the packets, single NAL units
 * (§5.6), STAP-A (§5.7.1) and FU-A (§5.8):
 *
 *    FU indicator |F|NRI| 28 |   FU header |S|E|R| type |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import { AnnexBWriter, splitNalUnits } from "./annex-b.ts";
import { concatenate, type PayloadInfo, type VideoFormat } from "./format.ts";
import { forEachAggregated, type NalSyntax } from "./nal-packets.ts";

/** An IDR picture, or the parameter sets that come before one: what a key frame may begin with. */
const IDR = 5;
const SPS = 7;
const STAP_A = 24;
const FU_A = 28;
const TYPE_MASK = 31;
const HEADER_LENGTH = 1;

const TRUNCATED = malformed("h264: payload cut");
const UNSUPPORTED = malformed("h264: packet type of the interleaved mode, or none");
const BAD_FRAGMENT = malformed("h264: fragment that begins and ends its unit, or is out of place");

export const h264: VideoFormat = {
  inspect(payload: Uint8Array, info: PayloadInfo): Malformed | undefined {
    if (payload.length < 1) return TRUNCATED;
    const type = payload[0]! & TYPE_MASK;
    info.begins = false;
    info.mayBegin = true;
    info.keyFrame = false;
    if (type >= 1 && type < STAP_A) {
      info.keyFrame = type === IDR || type === SPS;
      return undefined;
    }
    if (type === STAP_A) {
      const whole = forEachAggregated(payload, HEADER_LENGTH, (unit) => {
        if ((unit[0]! & TYPE_MASK) === IDR || (unit[0]! & TYPE_MASK) === SPS) info.keyFrame = true;
      });
      return whole ? undefined : TRUNCATED;
    }
    if (type !== FU_A) return UNSUPPORTED;
    if (payload.length < 3) return TRUNCATED;
    const header = payload[1]!;
    if ((header & 0xc0) === 0xc0) return BAD_FRAGMENT;
    info.mayBegin = (header & 0x80) !== 0;
    info.keyFrame = (header & TYPE_MASK) === IDR;
    return undefined;
  },

  assemble(payloads: readonly Uint8Array[]): Uint8Array | Malformed {
    const writer = new AnnexBWriter();
    let open = false;
    for (const payload of payloads) {
      const type = (payload[0] ?? 0) & TYPE_MASK;
      if (type === FU_A) {
        if (payload.length < 3) return TRUNCATED;
        const header = payload[1]!;
        const begins = (header & 0x80) !== 0;
        if (begins === open || (header & 0xc0) === 0xc0) return BAD_FRAGMENT;
        if (begins) writer.begin(Uint8Array.of((payload[0]! & 0xe0) | (header & TYPE_MASK)));
        writer.append(payload.subarray(2));
        open = (header & 0x40) === 0;
        continue;
      }
      if (open) return BAD_FRAGMENT;
      if (type === STAP_A) {
        if (!forEachAggregated(payload, HEADER_LENGTH, (unit) => writer.begin(unit))) return TRUNCATED;
      } else if (type >= 1 && type < STAP_A) writer.begin(payload);
      else return UNSUPPORTED;
    }
    return open ? BAD_FRAGMENT : concatenate(writer.pieces);
  },
};

/** Whether an access unit in Annex B form can be decoded without others. */
export function isH264KeyFrame(frame: Uint8Array): boolean {
  return splitNalUnits(frame).some((unit) => (unit[0]! & TYPE_MASK) === IDR);
}

export const H264_SYNTAX: NalSyntax = {
  headerLength: HEADER_LENGTH,
  shortestUnit: HEADER_LENGTH,

  writeFragmentHeader(unit, out, at) {
    out[at] = (unit[0]! & 0xe0) | FU_A;
    return unit[0]! & TYPE_MASK;
  },

  /** §5.7.1: NRI is the greatest of the units', F is set when one has it. */
  writeAggregateHeader(units, from, to, out, at) {
    let nri = 0;
    let forbidden = 0;
    for (let i = from; i < to; i++) {
      nri = Math.max(nri, units[i]![0]! & 0x60);
      forbidden |= units[i]![0]! & 0x80;
    }
    out[at] = forbidden | nri | STAP_A;
  },
};
