/**
 * AV1 (RTP payload format for AV1, AOM, §4): temporal units as low overhead streams. Each payload is an aggregation header and
 * OBU elements.
 *
 *     0 1 2 3 4 5 6 7
 *    |Z|Y| W |N|-|-|-|   Z: the first element goes on from the packet before; Y: the last one goes on in the next;
 *                        W: elements, the last of them without a length; 0: each with one; N: a coded video sequence begins
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import {
  concatenate,
  MAX_FRAME_LENGTH,
  type Packetizer,
  type PayloadInfo,
  type VideoFormat,
} from "./format.ts";
import {
  type Leb128,
  leb128Length,
  MAX_OBUS,
  OBU,
  type ObuParts,
  obuType,
  readLeb128,
  splitObus,
  withSizeField,
  writeLeb128,
} from "./obu.ts";

const Z = 0x80;
const Y = 0x40;
const N = 0x08;
const MAX_COUNTED_ELEMENTS = 3;

const TRUNCATED = malformed("av1: element overruns payload");
const BAD_CONTINUATION = malformed("av1: element goes on from nowhere, or never ends");
const BAD_OBU = malformed("av1: unit with a wrong size");
const CONTRADICTION = malformed("av1: a sequence begins in the middle of an element");

const size: Leb128 = { value: 0, length: 0 };

/** Calls `visit` with each element; false when one does not fit. */
function forEachElement(payload: Uint8Array, visit: (element: Uint8Array, last: boolean) => void): boolean {
  const count = (payload[0]! >>> 4) & 3;
  let at = 1;
  let seen = 0;
  while (at < payload.length && seen < MAX_OBUS) {
    seen++;
    let length = payload.length - at;
    if (seen !== count) {
      readLeb128(payload, at, payload.length, size);
      if (size.length === 0 || size.value > payload.length - at - size.length) return false;
      at += size.length;
      length = size.value;
    }
    const end = at + length;
    visit(payload.subarray(at, end), end === payload.length);
    at = end;
    if (seen === count && at !== payload.length) return false;
  }
  return seen > 0 && (count === 0 || seen === count);
}

export const av1: VideoFormat = {
  inspect(payload: Uint8Array, info: PayloadInfo): Malformed | undefined {
    const header = payload[0] ?? 0;
    if (payload.length < 2 || !forEachElement(payload, () => {})) return TRUNCATED;
    if ((header & Z) !== 0 && (header & N) !== 0) return CONTRADICTION;
    info.mayBegin = (header & Z) === 0;
    info.begins = (header & N) !== 0;
    info.keyFrame = (header & N) !== 0;
    return undefined;
  },

  assemble(payloads: readonly Uint8Array[]): Uint8Array | Malformed {
    const units: Uint8Array[] = [];
    let open: Uint8Array[] | undefined;
    let fault: Malformed | undefined;
    const finish = (unit: Uint8Array) => {
      // A temporal delimiter is not sent (§5); one that is there all the same is left out.
      if (unit.length === 0 || obuType(unit[0]!) === OBU.TEMPORAL_DELIMITER) return;
      const sized = withSizeField(unit);
      if (sized === undefined || units.length === MAX_OBUS) fault = BAD_OBU;
      else units.push(sized);
    };
    for (const payload of payloads) {
      const header = payload[0] ?? 0;
      if (((header & Z) !== 0) !== (open !== undefined)) return BAD_CONTINUATION;
      const whole = forEachElement(payload, (element, last) => {
        const pieces: Uint8Array[] = open ?? [];
        pieces.push(element);
        open = undefined;
        if (last && (header & Y) !== 0) open = pieces;
        else finish(pieces.length === 1 ? element : concatenate(pieces));
      });
      if (!whole) return TRUNCATED;
      if (fault !== undefined) return fault;
    }
    return open === undefined ? concatenate(units) : BAD_CONTINUATION;
  },
};

/** Whether a temporal unit begins a coded video sequence. */
export function isAv1KeyFrame(frame: Uint8Array): boolean {
  return splitObus(frame)?.some(({ header }) => obuType(header[0]!) === OBU.SEQUENCE_HEADER) ?? false;
}

/** A part of a unit: octets [begin, end) of header and body together. */
interface Element {
  readonly unit: number;
  readonly begin: number;
  readonly end: number;
}

export class Av1Packetizer implements Packetizer {
  #units: ObuParts[] = [];
  #keyFrame = false;
  readonly #packets: Element[][] = [];
  #next = 0;

  start(frame: Uint8Array, maxLength: number): number {
    this.#packets.length = 0;
    this.#next = 0;
    const units = frame.length > MAX_FRAME_LENGTH ? undefined : splitObus(frame);
    if (units === undefined) return 0;
    // §5: these are not sent.
    const unsent = new Set<number>([OBU.TEMPORAL_DELIMITER, OBU.TILE_LIST, OBU.PADDING]);
    this.#units = units.filter(({ header }) => !unsent.has(obuType(header[0]!)));
    this.#keyFrame = this.#units.some(({ header }) => obuType(header[0]!) === OBU.SEQUENCE_HEADER);
    let packet: Element[] = [];
    let room = maxLength - 1;
    this.#units.forEach(({ header, body }, unit) => {
      const length = header.length + body.length;
      for (let begin = 0; begin < length; ) {
        const left = length - begin;
        const take = Math.min(left, room - leb128Length(Math.min(left, room)));
        // Not worth an element of its own: the unit begins in the next packet.
        if (packet.length > 0 && take < left && take < 16) {
          this.#packets.push(packet);
          packet = [];
          room = maxLength - 1;
          continue;
        }
        packet.push({ unit, begin, end: begin + take });
        room -= take + leb128Length(take);
        begin += take;
      }
    });
    if (packet.length > 0) this.#packets.push(packet);
    return this.#packets.length;
  }

  write(out: Uint8Array, at: number): number {
    const index = this.#next++;
    const elements = this.#packets[index]!;
    const count = elements.length <= MAX_COUNTED_ELEMENTS ? elements.length : 0;
    const last = elements[elements.length - 1]!;
    const { header, body } = this.#units[last.unit]!;
    let flags = count << 4;
    if (elements[0]!.begin > 0) flags |= Z;
    if (last.end < header.length + body.length) flags |= Y;
    if (index === 0 && this.#keyFrame) flags |= N;
    out[at] = flags;
    let end = at + 1;
    elements.forEach((element, i) => {
      if (i + 1 !== count) end += writeLeb128(element.end - element.begin, out, end);
      end = this.#copy(element, out, end);
    });
    return end - at;
  }

  #copy({ unit, begin, end }: Element, out: Uint8Array, at: number): number {
    const { header, body } = this.#units[unit]!;
    let written = at;
    if (begin < header.length) {
      const part = header.subarray(begin, Math.min(end, header.length));
      out.set(part, written);
      written += part.length;
    }
    if (end > header.length) {
      const part = body.subarray(Math.max(0, begin - header.length), end - header.length);
      out.set(part, written);
      written += part.length;
    }
    return written;
  }
}
