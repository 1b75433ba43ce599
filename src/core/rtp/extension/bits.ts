/** Bit cursors for the dependency descriptor (AV1 RTP specification §A.8.2): f(n) and ns(n), with a sticky overrun flag. */

export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #ok = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** False as soon as one read has asked for more bits than there were. */
  get ok(): boolean {
    return this.#ok;
  }

  /** f(n), 0..31 bits; 0 after an overrun. */
  bits(count: number): number {
    if (!this.#ok || this.#at + count > this.#bytes.length * 8) {
      this.#ok = false;
      return 0;
    }
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++)
      value = (value << 1) | ((this.#bytes[this.#at >>> 3]! >>> (7 - (this.#at & 7))) & 1);
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** ns(n): a value below `limit`, shorter for small ones. */
  nonSymmetric(limit: number): number {
    const width = 32 - Math.clz32(limit);
    const short = (1 << width) - limit;
    const value = this.bits(width - 1);
    return value < short ? value : (value << 1) - short + this.bits(1);
  }
}

export class BitWriter {
  readonly #bytes: number[] = [];
  #free = 0;

  bits(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      if (this.#free === 0) {
        this.#bytes.push(0);
        this.#free = 8;
      }
      this.#free--;
      this.#bytes[this.#bytes.length - 1]! |= ((value >>> i) & 1) << this.#free;
    }
  }

  flag(value: boolean): void {
    this.bits(value ? 1 : 0, 1);
  }

  /** ns(n) */
  nonSymmetric(value: number, limit: number): void {
    const width = 32 - Math.clz32(limit);
    const short = (1 << width) - limit;
    if (value < short) this.bits(value, width - 1);
    else this.bits(value + short, width);
  }

  /** What was written, the last octet filled up with zeros. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
