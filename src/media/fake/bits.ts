/** Bits in the order in which a bitstream has them. */
export class BitWriter {
  readonly #bits: (0 | 1)[] = [];

  bit(value: number | boolean): void {
    this.#bits.push(value ? 1 : 0);
  }

  /** An unsigned number of `length` bits, the highest first. */
  number(value: number, length: number): void {
    for (let shift = length - 1; shift >= 0; shift--) this.bit((value >> shift) & 1);
  }

  /** ITU-T H.264 §9.1 "ue(v)" */
  exponentialGolomb(value: number): void {
    const length = Math.floor(Math.log2(value + 1));
    this.number(0, length);
    this.number(value + 1, length + 1);
  }

  /** Adds one to the number that all the bits so far make. */
  carry(): void {
    let index = this.#bits.length - 1;
    while (index >= 0 && this.#bits[index] === 1) this.#bits[index--] = 0;
    if (index >= 0) this.#bits[index] = 1;
  }

  /** Zeros fill the last byte. */
  bytes(): number[] {
    const bytes: number[] = new Array(Math.ceil(this.#bits.length / 8)).fill(0);
    for (const [index, bit] of this.#bits.entries()) {
      if (bit) bytes[index >> 3]! |= 0x80 >> (index & 7);
    }
    return bytes;
  }
}
