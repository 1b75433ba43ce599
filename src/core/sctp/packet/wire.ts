/**
 * Big-endian reads and writes at known-good positions, for the chunks of the hot path (DATA, SACK) where a cursor object
 * per chunk would be garbage. Callers have checked the bounds: see `ChunkCursor`.
 */

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** `length` rounded up to the 4-byte boundary on which chunks, parameters and causes begin (RFC 9260 §3.2). */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
