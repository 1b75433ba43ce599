/**
 * Which TSNs have arrived: everything up to the cumulative TSN, and ranges above it (RFC 9260 §6.2, §3.3.4). The ranges are
 * two sorted arrays, ready to be written as gap ack blocks.
 */
export class ReceivedTsns {
  #cumulative = -1;
  /** Inclusive, disjoint, not touching, ascending. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** The newest TSN below which, itself included, nothing is missing; -1 at first. */
  get cumulative(): number {
    return this.#cumulative;
  }

  get hasGaps(): boolean {
    return this.#starts.length > 0;
  }

  /** The ranges above the cumulative TSN; not to be changed. */
  get rangeStarts(): readonly number[] {
    return this.#starts;
  }

  get rangeEnds(): readonly number[] {
    return this.#ends;
  }

  /** The newest TSN that has arrived. */
  get highest(): number {
    return this.#ends.length > 0 ? this.#ends[this.#ends.length - 1]! : this.#cumulative;
  }

  has(tsn: number): boolean {
    if (tsn <= this.#cumulative) return true;
    const at = this.#rangeBefore(tsn);
    return at >= 0 && tsn <= this.#ends[at]!;
  }

  /** Index of the last range that starts at or before `tsn`, -1 for none. */
  #rangeBefore(tsn: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! <= tsn) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** A TSN that {@link has} denies has arrived. */
  add(tsn: number): void {
    if (tsn === this.#cumulative + 1) {
      this.#cumulative = tsn;
      this.#absorb();
      return;
    }
    const at = this.#rangeBefore(tsn);
    const touchesLeft = at >= 0 && this.#ends[at] === tsn - 1;
    const touchesRight = this.#starts[at + 1] === tsn + 1;
    if (touchesLeft && touchesRight) {
      this.#ends[at] = this.#ends[at + 1]!;
      this.#starts.splice(at + 1, 1);
      this.#ends.splice(at + 1, 1);
    } else if (touchesLeft) this.#ends[at] = tsn;
    else if (touchesRight) this.#starts[at + 1] = tsn;
    else {
      this.#starts.splice(at + 1, 0, tsn);
      this.#ends.splice(at + 1, 0, tsn);
    }
  }

  /** The peer has given up everything up to `tsn` (RFC 3758 §3.6). */
  skipTo(tsn: number): void {
    if (tsn <= this.#cumulative) return;
    this.#cumulative = tsn;
    this.#absorb();
  }

  /** Drops ranges that the cumulative TSN has reached, and moves it to the end of the one it touches. */
  #absorb(): void {
    let reached = 0;
    while (reached < this.#starts.length && this.#starts[reached]! <= this.#cumulative + 1) {
      this.#cumulative = Math.max(this.#cumulative, this.#ends[reached]!);
      reached++;
    }
    if (reached === 0) return;
    this.#starts.splice(0, reached);
    this.#ends.splice(0, reached);
  }
}
