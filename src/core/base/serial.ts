/**
 * Unwraps `bits`-wide serial numbers (RFC 1982) into ever-growing integers, once, at the door. Each value is taken as
 * the one nearest to the newest seen so far, so the rest of the code compares with plain `<`. Bits: 8 to 32.
 */
export class SerialUnwrapper {
  readonly #modulus: number;
  #newest: number | undefined;

  constructor(bits: number) {
    this.#modulus = 2 ** bits;
  }

  /** Unwraps and, if the result is the newest so far, remembers it. */
  unwrap(value: number): number {
    const unwrapped = this.peek(value);
    if (this.#newest === undefined || unwrapped > this.#newest) this.#newest = unwrapped;
    return unwrapped;
  }

  /** Unwraps without remembering: for values that are not authenticated or validated yet. */
  peek(value: number): number {
    // One modulus above zero at the start, so that numbers just before the first one stay positive.
    if (this.#newest === undefined) return value + this.#modulus;
    const low = this.#newest % this.#modulus;
    let delta = value - low;
    const half = this.#modulus / 2;
    if (delta >= half) delta -= this.#modulus;
    else if (delta < -half) delta += this.#modulus;
    return this.#newest + delta;
  }

  /** The value as it goes on the wire. */
  wrap(unwrapped: number): number {
    return unwrapped % this.#modulus;
  }

  reset(): void {
    this.#newest = undefined;
  }
}
