/**
 * Packets that are kept as octets, the oldest first, in a few large blocks: a buffer for each of them would cost the garbage
 * collector more than the packets cost to send.
 */
import { assert } from "../../base/assert.ts";

/** Octets of one block: some 28 packets. */
const BLOCK_LENGTH = 32 * 1024;
/** A frame of video fills, and empties, no more at once. */
const MAX_SPARE_BLOCKS = 2;

export class OctetQueue {
  readonly #blocks: Uint8Array[] = [];
  /** Number of the first block: they are counted on for ever. */
  #first = 0;
  /** Where the last block is free. */
  #end = 0;
  /** Blocks that were given up: others will be needed soon. */
  readonly #spare: Uint8Array[] = [];

  /** Keeps `bytes`, at most {@link BLOCK_LENGTH} of them; returns their position, which grows. */
  append(bytes: Uint8Array): number {
    assert(bytes.length <= BLOCK_LENGTH, "a packet fits into a block");
    if (this.#blocks.length === 0 || this.#end + bytes.length > BLOCK_LENGTH) {
      this.#blocks.push(this.#spare.pop() ?? new Uint8Array(BLOCK_LENGTH));
      this.#end = 0;
    }
    const last = this.#blocks.length - 1;
    const at = this.#end;
    this.#blocks[last]!.set(bytes, at);
    this.#end += bytes.length;
    return (this.#first + last) * BLOCK_LENGTH + at;
  }

  /** What was kept at `position`, borrowed until the next call. */
  at(position: number, length: number): Uint8Array {
    const offset = position % BLOCK_LENGTH;
    const block = (position - offset) / BLOCK_LENGTH - this.#first;
    return this.#blocks[block]!.subarray(offset, offset + length);
  }

  /** What was kept before `position` is not needed any more. */
  releaseBefore(position: number): void {
    while (this.#blocks.length > 0 && position >= (this.#first + 1) * BLOCK_LENGTH) {
      const given = this.#blocks.shift()!;
      if (this.#spare.length < MAX_SPARE_BLOCKS) this.#spare.push(given);
      this.#first++;
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#first += this.#blocks.length;
    this.#blocks.length = 0;
    this.#spare.length = 0;
  }
}
