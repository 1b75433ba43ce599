import type { Instant } from "../core/base/instant.ts";

/** Something that will happen in the world. */
export interface ScheduledEvent {
  readonly at: Instant;
  /** Order among events of the same instant: first come, first served. */
  readonly sequence: number;
  /** For traces: "timer", "task", "packet". */
  readonly kind: string;
  /** Whose event it is, for traces. */
  readonly owner: string;
  run: (() => void) | undefined;
}

/** A binary heap by time, then by order of insertion: what makes a run repeatable. */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #sequence = 0;
  #live = 0;

  /** Events that will still happen. */
  get length(): number {
    return this.#live;
  }

  push(at: Instant, kind: string, owner: string, run: () => void): ScheduledEvent {
    const event: ScheduledEvent = { at, sequence: this.#sequence++, kind, owner, run };
    this.#heap.push(event);
    this.#live++;
    this.#up(this.#heap.length - 1);
    return event;
  }

  /** Takes an event back. Idempotent; it leaves the heap when its time comes. */
  cancel(event: ScheduledEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    this.#live--;
  }

  /** The next event, without taking it. */
  peek(): ScheduledEvent | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.run === undefined) this.#pop();
    return this.#heap[0];
  }

  /** Takes the next event; the caller runs it. */
  shift(): (() => void) | undefined {
    const event = this.peek();
    if (event === undefined) return undefined;
    this.#pop();
    const { run } = event;
    event.run = undefined;
    this.#live--;
    return run;
  }

  #pop(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    const heap = this.#heap;
    const event = heap[start]!;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #down(start: number): void {
    const heap = this.#heap;
    const event = heap[start]!;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, event)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = event;
  }
}

function before(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
