/** AV1 open bitstream units (AV1 bitstream specification §5.3): `0 | type (4) | extension | has_size | 0`, and leb128 (§4.10.5). */

export const OBU = { SEQUENCE_HEADER: 1, TEMPORAL_DELIMITER: 2, TILE_LIST: 8, PADDING: 15 } as const;

/** Units of one temporal unit that are looked at. */
export const MAX_OBUS = 2048;

const HAS_SIZE = 0x02;
const HAS_EXTENSION = 0x04;

/** A value and how many octets it took; `length` 0: cut, or longer than 32 bits. */
export interface Leb128 {
  value: number;
  length: number;
}

/** Reads at `at`, not beyond `end`. */
export function readLeb128(bytes: Uint8Array, at: number, end: number, out: Leb128): void {
  out.value = 0;
  out.length = 0;
  let scale = 1;
  for (let i = 0; i < 8 && at + i < end; i++) {
    const octet = bytes[at + i]!;
    out.value += (octet & 0x7f) * scale;
    if (octet < 0x80) {
      if (out.value <= 0xffff_ffff) out.length = i + 1;
      return;
    }
    scale *= 128;
  }
}

export function leb128Length(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Returns the octets written. */
export function writeLeb128(value: number, out: Uint8Array, at: number): number {
  let end = at;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) out[end++] = (rest % 128) | 0x80;
  out[end++] = rest;
  return end - at;
}

export function obuType(header: number): number {
  return (header >>> 3) & 15;
}

/** Octets of an OBU's header, without its size field. */
function headerLength(header: number): number {
  return (header & HAS_EXTENSION) !== 0 ? 2 : 1;
}

/** One unit: its header (the size flag cleared) and the rest of it. */
export interface ObuParts {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

const size: Leb128 = { value: 0, length: 0 };

/** The units of a stream in low overhead format; undefined when a size does not fit. The last may be without a size. */
export function splitObus(stream: Uint8Array): ObuParts[] | undefined {
  const units: ObuParts[] = [];
  for (let at = 0; at < stream.length; ) {
    const first = stream[at]!;
    const header = headerLength(first);
    let body = at + header;
    let end = stream.length;
    if ((first & HAS_SIZE) !== 0) {
      readLeb128(stream, body, stream.length, size);
      body += size.length;
      end = body + size.value;
      if (size.length === 0) return undefined;
    }
    if (body > stream.length || end > stream.length || units.length === MAX_OBUS) return undefined;
    const head = stream.slice(at, at + header);
    head[0]! &= ~HAS_SIZE;
    units.push({ header: head, body: stream.subarray(body, end) });
    at = end;
  }
  return units;
}

/** The unit with a size field; undefined when it is too short or has a size that is not the rest of it. */
export function withSizeField(unit: Uint8Array): Uint8Array | undefined {
  const first = unit[0];
  if (first === undefined) return undefined;
  const header = headerLength(first);
  let body = header;
  if ((first & HAS_SIZE) !== 0) {
    readLeb128(unit, header, unit.length, size);
    body += size.length;
    if (size.length === 0 || body + size.value !== unit.length) return undefined;
  }
  if (body > unit.length) return undefined;
  const length = unit.length - body;
  const out = new Uint8Array(header + leb128Length(length) + length);
  out.set(unit.subarray(0, header));
  out[0]! |= HAS_SIZE;
  out.set(unit.subarray(body), header + writeLeb128(length, out, header));
  return out;
}
