/** Replay list of one stream (RFC 3711 §3.3.2): a ring of bits below the highest index that was authentic. */

/** Packets that are remembered for each RTP stream: with less, late retransmissions of fast video look like replays. */
export const SRTP_REPLAY_WINDOW = 1024;
/** Packets that are remembered for each RTCP sender. */
export const SRTCP_REPLAY_WINDOW = 128;

export class ReplayWindow {
  readonly #bits: Uint32Array;
  readonly #mask: number;
  #highest = -1;

  /** `size`: a power of two, at least 32. */
  constructor(size: number) {
    this.#bits = new Uint32Array(size / 32);
    this.#mask = size - 1;
  }

  /** The highest index accepted so far, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** True when a packet with this index (0..2^48-1) can be new. Ask before the tag is checked. */
  isFresh(index: number): boolean {
    if (index > this.#highest) return true;
    if (this.#highest - index > this.#mask) return false;
    const bit = index & this.#mask;
    return (this.#bits[bit >>> 5]! & (1 << (bit & 31))) === 0;
  }

  /** Remembers an index whose packet proved authentic. */
  accept(index: number): void {
    if (index > this.#highest) this.#slideTo(index);
    const bit = index & this.#mask;
    this.#bits[bit >>> 5]! |= 1 << (bit & 31);
  }

  #slideTo(index: number): void {
    const distance = index - this.#highest;
    if (this.#highest < 0 || distance > this.#mask) this.#bits.fill(0);
    else {
      for (let skipped = this.#highest + 1; skipped < index; skipped++) {
        const bit = skipped & this.#mask;
        this.#bits[bit >>> 5]! &= ~(1 << (bit & 31));
      }
      const bit = index & this.#mask;
      this.#bits[bit >>> 5]! &= ~(1 << (bit & 31));
    }
    this.#highest = index;
  }
}
