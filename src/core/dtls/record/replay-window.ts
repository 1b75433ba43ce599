/** Anti-replay (RFC 6347 §4.1.2.6): a window of 64 sequence numbers below the highest one that was authentic. */

/** Sequence numbers that are remembered. */
export const REPLAY_WINDOW_LENGTH = 64;

export class ReplayWindow {
  #highest = -1;
  /** Bit i of (high ‖ low): `#highest - i` was received. */
  #low = 0;
  #high = 0;

  /** True when a record with this number can be new. Ask before decryption. */
  isFresh(sequence: number): boolean {
    const age = this.#highest - sequence;
    if (age < 0) return true;
    if (age >= REPLAY_WINDOW_LENGTH) return false;
    return age < 32 ? (this.#low & (1 << age)) === 0 : (this.#high & (1 << (age - 32))) === 0;
  }

  /** Remembers a number whose record proved authentic. */
  accept(sequence: number): void {
    const age = this.#highest - sequence;
    if (age < 0) this.#slide(-age, sequence);
    else if (age < 32) this.#low |= 1 << age;
    else if (age < REPLAY_WINDOW_LENGTH) this.#high |= 1 << (age - 32);
  }

  #slide(distance: number, sequence: number): void {
    if (distance >= REPLAY_WINDOW_LENGTH) {
      this.#low = 0;
      this.#high = 0;
    } else if (distance >= 32) {
      this.#high = this.#low << (distance - 32);
      this.#low = 0;
    } else {
      this.#high = (this.#high << distance) | (this.#low >>> (32 - distance));
      this.#low <<= distance;
    }
    this.#low |= 1;
    this.#highest = sequence;
  }
}
