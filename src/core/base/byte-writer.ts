/**
 * Big-endian cursor that writes into a buffer given by the caller, with a sticky overflow flag: an encoder writes
 * straight on and checks {@link ok} once. Nothing is ever written outside the buffer.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #position = 0;
  #ok = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** False as soon as one write has found no room. */
  get ok(): boolean {
    return this.#ok;
  }

  /** Bytes written so far: also the index of the next one. */
  get length(): number {
    return this.#position;
  }

  /** Room that is left. */
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** The bytes written so far, as a view. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#position);
  }

  #reserve(length: number): number {
    if (!this.#ok || length > this.#bytes.length - this.#position) {
      this.#ok = false;
      return -1;
    }
    const at = this.#position;
    this.#position = at + length;
    return at;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    if (at >= 0) this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    if (at >= 0) this.#view.setUint16(at, value);
  }

  u24(value: number): void {
    const at = this.#reserve(3);
    if (at < 0) return;
    this.#view.setUint8(at, value >>> 16);
    this.#view.setUint16(at + 1, value & 0xffff);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    if (at >= 0) this.#view.setUint32(at, value);
  }

  u48(value: number): void {
    const at = this.#reserve(6);
    if (at < 0) return;
    this.#view.setUint16(at, Math.floor(value / 0x1_0000_0000));
    this.#view.setUint32(at + 2, value >>> 0);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    if (at >= 0) this.#view.setBigUint64(at, value);
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    if (at >= 0) this.#bytes.set(value, at);
  }

  /** `length` zero bytes: padding never carries what the buffer held before. */
  zeros(length: number): void {
    const at = this.#reserve(length);
    if (at >= 0) this.#bytes.fill(0, at, at + length);
  }

  /** Overwrites 16 bits at an earlier position: for lengths known only afterwards. */
  patchU16(at: number, value: number): void {
    if (this.#ok && at + 2 <= this.#position) this.#view.setUint16(at, value);
  }

  /** Overwrites 24 bits at an earlier position. */
  patchU24(at: number, value: number): void {
    if (!this.#ok || at + 3 > this.#position) return;
    this.#view.setUint8(at, value >>> 16);
    this.#view.setUint16(at + 1, value & 0xffff);
  }

  /** Overwrites 32 bits at an earlier position: for checksums. */
  patchU32(at: number, value: number): void {
    if (this.#ok && at + 4 <= this.#position) this.#view.setUint32(at, value);
  }
}
