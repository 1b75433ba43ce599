import type { OutboundStream } from "./outbound-stream.ts";

/**
 * Weighted fair queueing over the streams that have something to send (RFC 8260 §3.6): each message gets the virtual time
 * at which it would be through if its stream had its share alone, and the earliest goes first. A binary heap.
 */
export class FairSchedule {
  readonly #heap: OutboundStream[] = [];
  #now = 0;
  #turns = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The stream whose turn it is. */
  first(): OutboundStream | undefined {
    return this.#heap[0];
  }

  /** Puts a stream in, whose next message has `bytes`. */
  add(stream: OutboundStream, bytes: number): void {
    stream.scheduled = true;
    stream.finish = Math.max(this.#now, stream.lastFinish) + bytes / stream.priority;
    stream.turn = this.#turns++;
    this.#heap.push(stream);
    this.#rise(this.#heap.length - 1);
  }

  /** The first stream's message is through: time has moved on, and the stream is out until it is added again. */
  served(): void {
    const stream = this.#heap[0];
    if (stream === undefined) return;
    this.#now = stream.finish;
    stream.lastFinish = stream.finish;
    this.#removeAt(0);
  }

  /** Takes a stream out whose messages are gone. */
  remove(stream: OutboundStream): void {
    const at = this.#heap.indexOf(stream);
    if (at >= 0) this.#removeAt(at);
  }

  #removeAt(at: number): void {
    this.#heap[at]!.scheduled = false;
    const last = this.#heap.pop()!;
    if (at === this.#heap.length) return;
    this.#heap[at] = last;
    this.#sink(at);
    this.#rise(at);
  }

  #before(a: OutboundStream, b: OutboundStream): boolean {
    return a.finish < b.finish || (a.finish === b.finish && a.turn < b.turn);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const stream = heap[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(stream, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = stream;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const stream = heap[from]!;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, stream)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = stream;
  }
}
