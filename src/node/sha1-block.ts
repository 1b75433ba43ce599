/**
 * The compression function of SHA-1 (RFC 3174 §6.1), for the one block that ends an HMAC: a call of node:crypto costs more
 * than the block. Nothing but additions, rotations and logic: its time does not depend on what it hashes.
 */

/** 80 words: the first 16 are the block, the others are made of them. */
const words = new Int32Array(80);

/** The words of the block to compress, to be filled in: one block serves the whole process. */
export const sha1Block: Int32Array = words.subarray(0, 16);

/** The state before the first block (RFC 3174 §6.1). */
export const SHA1_INITIAL_STATE: Int32Array = Int32Array.of(
  0x67452301,
  0xefcdab89,
  0x98badcfe,
  0x10325476,
  0xc3d2e1f0,
);

/** The state after {@link sha1Block}, into `after`. */
export function compressSha1(before: Int32Array, after: Int32Array): void {
  const w = words;
  for (let i = 16; i < 80; i++) {
    const word = w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!;
    w[i] = (word << 1) | (word >>> 31);
  }
  let a = before[0]!;
  let b = before[1]!;
  let c = before[2]!;
  let d = before[3]!;
  let e = before[4]!;
  let next = 0;
  for (let i = 0; i < 20; i++) {
    next = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + w[i]! + 0x5a827999) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 20; i < 40; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[i]! + 0x6ed9eba1) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 40; i < 60; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + w[i]! + 0x8f1bbcdc) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 60; i < 80; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[i]! + 0xca62c1d6) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  after[0] = before[0]! + a;
  after[1] = before[1]! + b;
  after[2] = before[2]! + c;
  after[3] = before[3]! + d;
  after[4] = before[4]! + e;
}
