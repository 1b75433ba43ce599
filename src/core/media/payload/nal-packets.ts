/** What the payload formats of H.264 and H.265 have in common: NAL units in packets alone, several together, or in fragments. */
import { splitNalUnits } from "./annex-b.ts";
import { evenPiece, MAX_FRAME_LENGTH, type Packetizer } from "./format.ts";

/** Where the two differ. */
export interface NalSyntax {
  /** Octets of a unit's header, which are as many as a packet's payload header. */
  readonly headerLength: number;
  /** Shorter units are not sent. */
  readonly shortestUnit: number;
  /** Writes the payload header of a fragment of `unit`; returns the unit's type, for the FU header. */
  writeFragmentHeader(unit: Uint8Array, out: Uint8Array, at: number): number;
  /** Writes the payload header of a packet with the units [from, to). */
  writeAggregateHeader(
    units: readonly Uint8Array[],
    from: number,
    to: number,
    out: Uint8Array,
    at: number,
  ): void;
}

/** Calls `visit` with each unit that a packet aggregates behind its payload header; false when a size does not fit. */
export function forEachAggregated(
  payload: Uint8Array,
  headerLength: number,
  visit: (unit: Uint8Array) => void,
): boolean {
  for (let at = headerLength; at < payload.length; ) {
    if (at + 2 > payload.length) return false;
    const length = (payload[at]! << 8) | payload[at + 1]!;
    if (length < headerLength || at + 2 + length > payload.length) return false;
    visit(payload.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return payload.length > headerLength;
}

/** One payload: units [from, to) together, or octets [begin, end) of unit `from`. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly begin: number;
  readonly end: number;
}

/** Takes frames in Annex B form. */
export class NalPacketizer implements Packetizer {
  readonly #syntax: NalSyntax;
  #units: Uint8Array[] = [];
  readonly #pieces: Piece[] = [];
  #next = 0;

  constructor(syntax: NalSyntax) {
    this.#syntax = syntax;
  }

  start(frame: Uint8Array, maxLength: number): number {
    const { headerLength, shortestUnit } = this.#syntax;
    const units = frame.length > MAX_FRAME_LENGTH ? [] : splitNalUnits(frame);
    this.#units = units.filter((unit) => unit.length >= shortestUnit);
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
      let size = headerLength + 2 + length;
      while (to < this.#units.length && size + 2 + this.#units[to]!.length <= maxLength)
        size += 2 + this.#units[to++]!.length;
      this.#pieces.push({ from: at, to, begin: 0, end: 0 });
      at = to;
    }
    return this.#pieces.length;
  }

  #fragment(unit: number, maxLength: number): void {
    const { headerLength } = this.#syntax;
    const length = this.#units[unit]!.length;
    const piece = evenPiece(length - headerLength, maxLength - headerLength - 1);
    for (let begin = headerLength; begin < length; begin += piece)
      this.#pieces.push({ from: unit, to: unit, begin, end: Math.min(begin + piece, length) });
  }

  write(out: Uint8Array, at: number): number {
    const { from, to, begin, end } = this.#pieces[this.#next++]!;
    const unit = this.#units[from]!;
    if (to === from) return this.#writeFragment(unit, begin, end, out, at);
    if (to === from + 1) {
      out.set(unit, at);
      return unit.length;
    }
    return this.#writeAggregate(from, to, out, at);
  }

  /** Behind the payload header |S|E|, then the type in as many bits as there are (RFC 6184 §5.8, RFC 7798 §4.4.3). */
  #writeFragment(unit: Uint8Array, begin: number, end: number, out: Uint8Array, at: number): number {
    const { headerLength } = this.#syntax;
    const type = this.#syntax.writeFragmentHeader(unit, out, at);
    const begins = begin === headerLength ? 0x80 : 0;
    out[at + headerLength] = begins | (end === unit.length ? 0x40 : 0) | type;
    out.set(unit.subarray(begin, end), at + headerLength + 1);
    return headerLength + 1 + end - begin;
  }

  #writeAggregate(from: number, to: number, out: Uint8Array, at: number): number {
    this.#syntax.writeAggregateHeader(this.#units, from, to, out, at);
    let end = at + this.#syntax.headerLength;
    for (let i = from; i < to; i++) {
      const unit = this.#units[i]!;
      out[end] = unit.length >>> 8;
      out[end + 1] = unit.length;
      out.set(unit, end + 2);
      end += 2 + unit.length;
    }
    return end - at;
  }
}
