/**
 * Source of unpredictable bytes. In production the operating system's CSPRNG, in `sim` and in tests a seeded generator.
 * One port for everything: nonces, tags, tie-breakers, ufrags, jitter.
 */
export interface Random {
  /** Overwrites all of `out`. */
  fill(out: Uint8Array): void;
}

/** `length` fresh random bytes. */
export function randomBytes(random: Random, length: number): Uint8Array {
  const out = new Uint8Array(length);
  random.fill(out);
  return out;
}

const word = new Uint8Array(8);
const wordView = new DataView(word.buffer);

/** A uniform integer in [0, 2^32). */
export function randomUint32(random: Random): number {
  random.fill(word.subarray(0, 4));
  return wordView.getUint32(0);
}

/** A uniform 64-bit integer, for ICE tie-breakers (RFC 8445 §16.1). */
export function randomUint64(random: Random): bigint {
  random.fill(word);
  return wordView.getBigUint64(0);
}

/** A uniform number in [0, 1) with 32 bits of resolution: for jitter, never for secrets. */
export function randomUnit(random: Random): number {
  return randomUint32(random) / 0x1_0000_0000;
}

/** The 64 characters of RFC 8839 §5.4 `ice-char` (ALPHA / DIGIT / "+" / "/"): six bits of randomness each. */
const ICE_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** `length` random `ice-char` characters (six bits of randomness each). */
export function randomIceChars(random: Random, length: number): string {
  const bytes = randomBytes(random, length);
  let text = "";
  for (const byte of bytes) text += ICE_CHARS[byte & 63];
  return text;
}
