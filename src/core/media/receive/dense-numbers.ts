/**
 * Numbers for the packets of a stream that are passed on, without those that carry no media (padding, repair packets): left out
 * alone they would be losses to whoever receives the rest, asked for in vain.
 */

/** Packets left out that late ones still find their places around. */
export const MAX_OMISSIONS = 64;

export class DenseNumbers {
  #highest = -1;
  /** From which number on how many were left out, newest last. */
  readonly #from: number[] = [0];
  readonly #omitted: number[] = [0];

  /** The packet with that number is not passed on. One that comes late stays a gap: those behind it have their numbers already. */
  omit(number: number): void {
    if (number <= this.#highest) return;
    this.#highest = number;
    this.#from.push(number + 1);
    this.#omitted.push(this.#omitted[this.#omitted.length - 1]! + 1);
    if (this.#from.length <= MAX_OMISSIONS) return;
    this.#from.shift();
    this.#omitted.shift();
  }

  /** The number that the packet is passed on with; -1: it is too old to have one. */
  take(number: number): number {
    let at = this.#from.length - 1;
    while (at >= 0 && number < this.#from[at]!) at--;
    if (at < 0) return -1;
    this.#highest = Math.max(this.#highest, number);
    return number - this.#omitted[at]!;
  }
}
