/**
 * Tells the application's bytes from our own (DCEP messages, the byte that stands for an empty message) in one stream's
 * send queue, because `bufferedAmount` counts only the former (webrtc-pc §6.2).
 */
export class BufferedBytes {
  #queued = 0;
  #left = 0;
  /** Runs of our own bytes still queued: where they start, counted from the stream's beginning, and how long they are. */
  readonly #overhead: { start: number; length: number }[] = [];

  /** The application's bytes enter the queue. */
  queue(bytes: number): void {
    this.#queued += bytes;
  }

  /** Our own bytes enter the queue. */
  queueOverhead(bytes: number): void {
    this.#overhead.push({ start: this.#queued, length: bytes });
    this.#queued += bytes;
  }

  /** `bytes` left the front of the queue: returns how many of them were the application's. */
  leave(bytes: number): number {
    const from = this.#left;
    this.#left += bytes;
    let own = bytes;
    while (this.#overhead.length > 0) {
      const run = this.#overhead[0]!;
      if (run.start >= this.#left) break;
      const start = Math.max(run.start, from);
      const end = Math.min(run.start + run.length, this.#left);
      own -= end - start;
      if (end < run.start + run.length) break;
      this.#overhead.shift();
    }
    return own;
  }
}
