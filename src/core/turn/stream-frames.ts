/**
 * Messages on a stream (RFC 8656 §3.1, RFC 8489 §6.2.2): STUN messages and ChannelData follow each other, told apart by their
 * first two bits and measured by their own length fields.
 */
import { HEADER_LENGTH } from "../stun/index.ts";
import { CHANNEL_HEADER_LENGTH } from "./channel-data.ts";

/** The bytes of a STUN header that tell it from everything else (RFC 8489 §5). */
const COOKIE_AT = 4;
const COOKIE = [0x21, 0x12, 0xa4, 0x42] as const;

/**
 * Cuts a stream into messages. After each {@link push}, take {@link next} until there is none; what it returns are views that
 * hold until then.
 */
export class StreamFrames {
  /** What was left of earlier pushes. */
  #kept: Uint8Array = new Uint8Array(0);
  #keptLength = 0;
  #source: Uint8Array = this.#kept;
  #start = 0;
  #end = 0;
  #broken = false;
  /** Whether ChannelData may come: not before there is an allocation, so that who speaks no TURN is found out at once. */
  channels = true;

  /** Bytes have come that begin no message: nothing behind them can be found again. */
  get broken(): boolean {
    return this.#broken;
  }

  /** `bytes` is borrowed until `next` has returned undefined. */
  push(bytes: Uint8Array): void {
    if (this.#keptLength === 0) {
      this.#source = bytes;
      this.#end = bytes.length;
    } else {
      this.#reserve(this.#keptLength + bytes.length);
      this.#kept.set(bytes, this.#keptLength);
      this.#keptLength += bytes.length;
      this.#source = this.#kept;
      this.#end = this.#keptLength;
    }
    this.#start = 0;
  }

  /** The next whole message. */
  next(): Uint8Array | undefined {
    const length = this.#broken ? 0 : this.#lengthOfNext();
    const start = this.#start;
    if (length === 0 || start + length > this.#end) {
      this.#keepRest();
      return undefined;
    }
    this.#start = start + length;
    return this.#source.subarray(start, start + length);
  }

  /** 0: not known yet, or never. */
  #lengthOfNext(): number {
    const source = this.#source;
    const start = this.#start;
    if (this.#end - start < CHANNEL_HEADER_LENGTH) return 0;
    const length = (source[start + 2]! << 8) | source[start + 3]!;
    const kind = source[start]! >> 6;
    if (kind === 0 && this.#mayHaveCookie(start + COOKIE_AT)) return HEADER_LENGTH + length;
    if (kind === 1 && this.channels) return CHANNEL_HEADER_LENGTH + length + (-length & 3);
    this.#broken = true;
    return 0;
  }

  /** As far as the bytes have come. */
  #mayHaveCookie(at: number): boolean {
    return COOKIE.every((byte, index) => at + index >= this.#end || this.#source[at + index] === byte);
  }

  #keepRest(): void {
    const left = this.#broken ? 0 : this.#end - this.#start;
    if (this.#source === this.#kept) this.#kept.copyWithin(0, this.#start, this.#end);
    else if (left > 0) {
      this.#reserve(left);
      this.#kept.set(this.#source.subarray(this.#start, this.#end));
    }
    this.#keptLength = left;
    this.#source = this.#kept;
    this.#start = 0;
    this.#end = left;
  }

  /** Room in the kept part; what is there stays. Never more than one message and one push. */
  #reserve(length: number): void {
    if (this.#kept.length >= length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.#kept.length, 2048));
    larger.set(this.#kept.subarray(0, this.#keptLength));
    this.#kept = larger;
  }
}
