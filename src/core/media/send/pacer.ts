/**
 * Spreads packets over time: a budget grows with the rate and is spent by what leaves. Audio leaves at once, then
 * what is sent again, then video.
 */
import { Fifo } from "../../base/fifo.ts";
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";

/** In the order in which they leave. */
export const PACER_PRIORITY = { AUDIO: 0, RETRANSMISSION: 1, VIDEO: 2 } as const;
export type PacerPriority = (typeof PACER_PRIORITY)[keyof typeof PACER_PRIORITY];

/** Milliseconds of the rate that may leave at once. */
export const PACER_BURST: Duration = 10;
/** Between two bursts of a queue that does not end: fewer wake-ups than packets. Milliseconds. */
export const PACER_INTERVAL: Duration = 5;
/** Milliseconds that the queue may take to empty; beyond it the rate is raised, so that delay has a bound. */
export const MAX_QUEUE_TIME: Duration = 250;
/** Packets that wait. The caller drops what does not fit. */
export const MAX_PACED_PACKETS = 4096;

/** What waits: its size counts. */
export interface Paced {
  readonly octets: number;
}

export class Pacer<Item extends Paced> {
  readonly #queues: readonly Fifo<Item>[] = Array.from({ length: 3 }, () => new Fifo<Item>());
  #rate: number;
  #budget = 0;
  #updated: Instant = Number.NEGATIVE_INFINITY;
  #octets = 0;
  #packets = 0;

  /** `rate`: bit/s. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Octets that wait. */
  get queuedOctets(): number {
    return this.#octets;
  }

  get queuedPackets(): number {
    return this.#packets;
  }

  /** Packets that can be taken in. */
  get room(): number {
    return MAX_PACED_PACKETS - this.#packets;
  }

  /** bit/s, above 0. */
  setRate(now: Instant, rate: number): void {
    this.#refill(now);
    this.#rate = rate;
    // Nothing has used the new rate so far.
    if (this.#packets === 0) this.#budget = PACER_BURST * this.#octetsPerMillisecond();
  }

  /** False: the queue is full. */
  push(priority: PacerPriority, item: Item): boolean {
    if (this.#packets >= MAX_PACED_PACKETS) return false;
    this.#queues[priority]!.push(item);
    this.#octets += item.octets;
    this.#packets++;
    return true;
  }

  /** What may leave now. */
  poll(now: Instant): Item | undefined {
    if (this.#packets === 0) return undefined;
    this.#refill(now);
    // Audio is too little to be held up, and pays afterwards.
    const audio = this.#queues[PACER_PRIORITY.AUDIO]!;
    if (audio.length === 0 && this.#budget <= 0) return undefined;
    for (let priority = 0; priority < this.#queues.length; priority++) {
      const item = this.#queues[priority]!.shift();
      if (item === undefined) continue;
      this.#budget -= item.octets;
      this.#octets -= item.octets;
      this.#packets--;
      return item;
    }
    return undefined;
  }

  handleTimeout(now: Instant): void {
    if (this.#packets > 0) this.#refill(now);
  }

  /** When {@link poll} gives more than it does now; what it gives now and is not taken waits for whoever polls. */
  nextTimeout(): Instant {
    if (this.#packets === 0 || this.#budget > 0) return NEVER;
    // A little above zero, so that rounding cannot wake too early for ever.
    const wait = (1 - this.#budget) / this.#octetsPerMillisecond();
    return this.#updated + Math.max(PACER_INTERVAL, wait);
  }

  /** Forgets all that waits. */
  clear(): void {
    for (const queue of this.#queues) queue.clear();
    this.#octets = 0;
    this.#packets = 0;
  }

  #octetsPerMillisecond(): number {
    return Math.max(this.#rate / 8000, this.#octets / MAX_QUEUE_TIME);
  }

  #refill(now: Instant): void {
    const elapsed = now - this.#updated;
    if (elapsed <= 0) return;
    const rate = this.#octetsPerMillisecond();
    // What was not used is not saved up, but for one burst.
    this.#budget = Math.min(this.#budget + elapsed * rate, PACER_BURST * rate);
    this.#updated = now;
  }
}
