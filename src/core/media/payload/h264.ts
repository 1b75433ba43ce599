/**
 * H.264 (RFC 6184), non-interleaved mode (packetization-mode 1), frames in Annex B form. Of the packets, single NAL units
 * (§5.6), STAP-A (§5.7.1) and FU-A (§5.8):
 *
 *    FU indicator |F|NRI| 28 |   FU header |S|E|R| type |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import { AnnexBWriter, splitNalUnits } from "./annex-b.ts";
import {
  concatenate,
  evenPiece,
  MAX_FRAME_LENGTH,
  type Packetizer,
  type PayloadInfo,
  type VideoFormat,
} from "./format.ts";

/** An IDR picture, or the parameter sets that come before one: what a key frame may begin with. */
const IDR = 5;
const SPS = 7;
const STAP_A = 24;
const FU_A = 28;
const TYPE_MASK = 31;

const TRUNCATED = malformed("h264: payload cut");
const UNSUPPORTED = malformed("h264: packet type of the interleaved mode, or none");
const BAD_FRAGMENT = malformed("h264: fragment that begins and ends its unit, or is out of place");

/** Calls `visit` with each unit of a STAP-A; false when a size does not fit. */
function forEachAggregated(payload: Uint8Array, visit: (unit: Uint8Array) => void): boolean {
  for (let at = 1; at < payload.length; ) {
    if (at + 2 > payload.length) return false;
    const length = (payload[at]! << 8) | payload[at + 1]!;
    if (length === 0 || at + 2 + length > payload.length) return false;
    visit(payload.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return payload.length > 1;
}

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
      const whole = forEachAggregated(payload, (unit) => {
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
        if (!forEachAggregated(payload, (unit) => writer.begin(unit))) return TRUNCATED;
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

/** One payload: units [from, to) together, or octets [begin, end) of unit `from`. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly begin: number;
  readonly end: number;
}

export class H264Packetizer implements Packetizer {
  #units: Uint8Array[] = [];
  readonly #pieces: Piece[] = [];
  #next = 0;

  start(frame: Uint8Array, maxLength: number): number {
    this.#units = frame.length > MAX_FRAME_LENGTH ? [] : splitNalUnits(frame);
    this.#pieces.length = 0;
    this.#next = 0;
    for (let at = 0; at < this.#units.length; ) {
      const length = this.#units[at]!.length;
      if (length > maxLength) {
        this.#fragment(at, maxLength);
        at++;
        continue;
      }
      let to = at + 1;
      let size = 1 + 2 + length;
      while (to < this.#units.length && size + 2 + this.#units[to]!.length <= maxLength)
        size += 2 + this.#units[to++]!.length;
      this.#pieces.push({ from: at, to, begin: 0, end: 0 });
      at = to;
    }
    return this.#pieces.length;
  }

  #fragment(unit: number, maxLength: number): void {
    const length = this.#units[unit]!.length;
    const piece = evenPiece(length - 1, maxLength - 2);
    for (let begin = 1; begin < length; begin += piece)
      this.#pieces.push({ from: unit, to: unit, begin, end: Math.min(begin + piece, length) });
  }

  write(out: Uint8Array, at: number): number {
    const { from, to, begin, end } = this.#pieces[this.#next++]!;
    const unit = this.#units[from]!;
    if (to === from) {
      out[at] = (unit[0]! & 0xe0) | FU_A;
      out[at + 1] = (begin === 1 ? 0x80 : 0) | (end === unit.length ? 0x40 : 0) | (unit[0]! & TYPE_MASK);
      out.set(unit.subarray(begin, end), at + 2);
      return 2 + end - begin;
    }
    if (to === from + 1) {
      out.set(unit, at);
      return unit.length;
    }
    return this.#aggregate(from, to, out, at);
  }

  /** §5.7.1: NRI is the greatest of the units', F is set when one has it. */
  #aggregate(from: number, to: number, out: Uint8Array, at: number): number {
    let nri = 0;
    let forbidden = 0;
    let end = at + 1;
    for (let i = from; i < to; i++) {
      const unit = this.#units[i]!;
      nri = Math.max(nri, unit[0]! & 0x60);
      forbidden |= unit[0]! & 0x80;
      out[end] = unit.length >>> 8;
      out[end + 1] = unit.length;
      out.set(unit, end + 2);
      end += 2 + unit.length;
    }
    out[at] = forbidden | nri | STAP_A;
    return end - at;
  }
}
