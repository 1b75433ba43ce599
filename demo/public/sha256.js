// SHA-256 (FIPS 180-4), incremental. `crypto.subtle.digest` wants the whole file in memory at once, and is missing on plain
// http outside localhost; this takes a file block by block.

const ROUND_CONSTANTS = fractionalRoots(64, Math.cbrt);
const INITIAL_STATE = fractionalRoots(8, Math.sqrt);
const BLOCK_BYTES = 64;

/** A running SHA-256: `update()` any number of times, then one `digest()`. */
export class Sha256 {
  #state = Int32Array.from(INITIAL_STATE);
  #schedule = new Int32Array(64);
  #pending = new Uint8Array(BLOCK_BYTES);
  #pendingBytes = 0;
  #totalBytes = 0;
  #finished = false;

  /** Takes the next bytes of the message. They are read before this returns. */
  update(bytes) {
    if (this.#finished) throw new Error("digest() has been called");
    this.#totalBytes += bytes.length;
    let offset = 0;
    if (this.#pendingBytes > 0) {
      offset = Math.min(BLOCK_BYTES - this.#pendingBytes, bytes.length);
      this.#pending.set(bytes.subarray(0, offset), this.#pendingBytes);
      this.#pendingBytes += offset;
      if (this.#pendingBytes < BLOCK_BYTES) return this;
      this.#compress(this.#pending, 0);
      this.#pendingBytes = 0;
    }
    for (; offset + BLOCK_BYTES <= bytes.length; offset += BLOCK_BYTES) this.#compress(bytes, offset);
    this.#pending.set(bytes.subarray(offset));
    this.#pendingBytes = bytes.length - offset;
    return this;
  }

  /** Ends the message and returns its hash as 64 lower-case hexadecimal digits. */
  digest() {
    if (this.#finished) throw new Error("digest() has been called");
    const bits = this.#totalBytes * 8;
    // Padding (§5.1.1): a one bit, zeros, and the length in bits as 64-bit integer at the end of a block.
    const used = this.#pendingBytes;
    const padding = new Uint8Array((used < 56 ? 56 : 120) - used + 8);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    this.#finished = true;
    let hex = "";
    for (const word of this.#state) hex += (word >>> 0).toString(16).padStart(8, "0");
    return hex;
  }

  // §6.2.2, with the message schedule in one array.
  #compress(bytes, offset) {
    const w = this.#schedule;
    const state = this.#state;
    for (let t = 0, at = offset; t < 16; t++, at += 4) {
      w[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15];
      const y = w[t - 2];
      const sigma0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const sigma1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (w[t - 16] + sigma0 + w[t - 7] + sigma1) | 0;
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let t = 0; t < 64; t++) {
      const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const choose = (e & f) ^ (~e & g);
      const t1 = (h + sum1 + choose + ROUND_CONSTANTS[t] + w[t]) | 0;
      const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + sum0 + majority) | 0;
    }
    state[0] = (state[0] + a) | 0;
    state[1] = (state[1] + b) | 0;
    state[2] = (state[2] + c) | 0;
    state[3] = (state[3] + d) | 0;
    state[4] = (state[4] + e) | 0;
    state[5] = (state[5] + f) | 0;
    state[6] = (state[6] + g) | 0;
    state[7] = (state[7] + h) | 0;
  }
}

// The constants are the first 32 bits of the fractional parts of the roots of the first primes (§4.2.2, §5.3.3). A double
// holds those bits exactly: the integer part is at most 18, which leaves 48 bits of fraction.
function fractionalRoots(count, root) {
  const words = new Int32Array(count);
  for (let found = 0, candidate = 2; found < count; candidate++) {
    if (!isPrime(candidate)) continue;
    words[found++] = Math.floor((root(candidate) % 1) * 2 ** 32) | 0;
  }
  return words;
}

function isPrime(candidate) {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++)
    if (candidate % divisor === 0) return false;
  return true;
}
