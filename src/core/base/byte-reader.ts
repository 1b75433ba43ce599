/**
 * Bounds-checked big-endian cursor over a peer's bytes, with a sticky overrun flag: a parser reads straight on and
 * checks {@link ok} once. After an overrun every read returns zero or an empty view and the position stays put, so no
 * read can leave the given bytes and every loop that tests `remaining` or `ok` ends.
 */
export class ByteReader {
  #bytes: Uint8Array;
  #view: DataView;
  #position = 0;
  #ok = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** False as soon as one read has asked for more bytes than there were. */
  get ok(): boolean {
    return this.#ok;
  }

  /** Index of the next byte to read. */
  get position(): number {
    return this.#position;
  }

  /** Bytes not read yet; 0 after an overrun. */
  get remaining(): number {
    return this.#ok ? this.#bytes.length - this.#position : 0;
  }

  /** Reserves `length` bytes and returns where they start, or -1 when there are not as many. */
  #take(length: number): number {
    if (!this.#ok || length < 0 || length > this.#bytes.length - this.#position) {
      this.#ok = false;
      return -1;
    }
    const at = this.#position;
    this.#position = at + length;
    return at;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at);
  }

  u24(): number {
    const at = this.#take(3);
    return at < 0 ? 0 : this.#view.getUint8(at) * 0x1_0000 + this.#view.getUint16(at + 1);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at);
  }

  /** Six bytes as an exact integer (DTLS sequence numbers). */
  u48(): number {
    const at = this.#take(6);
    return at < 0 ? 0 : this.#view.getUint16(at) * 0x1_0000_0000 + this.#view.getUint32(at + 2);
  }

  u64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.#view.getBigUint64(at);
  }

  /** The next `length` bytes as a view (borrowed, not copied); empty after an overrun. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + length);
  }

  /** Everything that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** A reader of its own over the next `length` bytes; one that has already overrun when there are not as many. */
  sub(length: number): ByteReader {
    const at = this.#take(length);
    if (at >= 0) return new ByteReader(this.#bytes.subarray(at, at + length));
    const overrun = new ByteReader(EMPTY);
    overrun.#ok = false;
    return overrun;
  }
}

const EMPTY = new Uint8Array(0);
