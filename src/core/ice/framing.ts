/**
 * Packets on a stream (RFC 4571 §2, RFC 6544 §3): each behind its length. STUN, DTLS and SRTP alike.
 *
 *      0                   1
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 …
 *     +-------------------------------+-----------…
 *     |             LENGTH            |  packet …
 *     +-------------------------------+-----------…
 */

/** Bytes in front of each packet. */
export const FRAME_HEADER_LENGTH = 2;

/** Moves the packet at the beginning of `out` behind its length; returns the length of both. There is room for it. */
export function frameInPlace(out: Uint8Array, length: number): number {
  out.copyWithin(FRAME_HEADER_LENGTH, 0, length);
  out[0] = length >> 8;
  out[1] = length & 0xff;
  return FRAME_HEADER_LENGTH + length;
}

/**
 * Cuts a stream into packets. After each {@link push}, take {@link next} until there is none; what it returns are views
 * that hold until then.
 */
export class FramedStream {
  /** Longer packets break the stream; may grow while it runs. Bytes. */
  limit: number;
  /** The beginning of a packet, left of earlier pushes. */
  #kept: Uint8Array = new Uint8Array(0);
  #source: Uint8Array = this.#kept;
  #start = 0;
  #broken = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Another stream begins. */
  reset(): void {
    this.#kept = new Uint8Array(0);
    this.#broken = false;
  }

  /** A packet beyond the limit was announced: nothing behind it is read any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /** `bytes` is borrowed until `next` has returned undefined. */
  push(bytes: Uint8Array): void {
    if (this.#kept.length === 0) this.#source = bytes;
    else {
      const joined = new Uint8Array(this.#kept.length + bytes.length);
      joined.set(this.#kept);
      joined.set(bytes, this.#kept.length);
      this.#source = joined;
    }
    this.#start = 0;
  }

  /** The next whole packet. Empty ones (RFC 4571 §2 allows them) are passed over. */
  next(): Uint8Array | undefined {
    while (!this.#broken) {
      const source = this.#source;
      const start = this.#start + FRAME_HEADER_LENGTH;
      if (start > source.length) break;
      const length = (source[start - 2]! << 8) | source[start - 1]!;
      if (length > this.limit) this.#broken = true;
      else if (start + length > source.length) break;
      else {
        this.#start = start + length;
        if (length > 0) return source.subarray(start, start + length);
      }
    }
    this.#kept = this.#broken ? new Uint8Array(0) : this.#source.slice(this.#start);
    this.#source = this.#kept;
    this.#start = 0;
    return undefined;
  }
}
