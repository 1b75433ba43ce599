import type { Random } from "../core/base/random.ts";

/** xoshiro128** seeded through splitmix32: the same seed gives the same bytes for ever. For simulation, never for secrets. */
export class SeededRandom implements Random {
  #s: [number, number, number, number];

  constructor(seed: number) {
    let state = seed | 0;
    const splitmix = () => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#s = [splitmix(), splitmix(), splitmix(), splitmix()];
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    const s = this.#s;
    const scrambled = Math.imul(s[1], 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** A uniform number in [0, 1). */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  fill(out: Uint8Array): void {
    for (let i = 0; i < out.length; i += 4) {
      const word = this.uint32();
      for (let k = i; k < out.length && k < i + 4; k++) out[k] = (word >>> ((k - i) * 8)) & 0xff;
    }
  }
}
