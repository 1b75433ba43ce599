/**
 * Spreads packets over time: a budget grows with the rate and is spent by what leaves. Audio leaves at once, then
 * what is sent again, then video, then padding.
 */
import { Fifo } from "../../base/fifo.ts";
import { type Instant, NEVER } from "../../base/instant.ts";

/** In the order in which they leave. */
export const PACER_PRIORITY = { AUDIO: 0, RETRANSMISSION: 1, VIDEO: 2, PADDING: 3 } as const;
export type PacerPriority = (typeof PACER_PRIORITY)[keyof typeof PACER_PRIORITY];

/** Milliseconds of the rate that may leave at once. */
export const PACER_BURST = 10;
/** Milliseconds that the queue may take to empty; beyond it the rate is raised, so that delay has a bound. */
export const MAX_QUEUE_TIME = 2000;
/** Packets that wait. The caller drops what does not fit. */
export const MAX_PACED_PACKETS = 4096;

interface Waiting<Item> {
  readonly item: Item;
  readonly octets: number;
}

export class Pacer<Item> {
  readonly #queues: readonly Fifo<Waiting<Item>>[] = Array.from(
    { length: 4 },
    () => new Fifo<Waiting<Item>>(),
  );
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

  /** bit/s, above 0. */
  setRate(now: Instant, rate: number): void {
    this.#refill(now);
    this.#rate = rate;
  }

  /** False: the queue is full. */
  push(priority: PacerPriority, octets: number, item: Item): boolean {
    if (this.#packets >= MAX_PACED_PACKETS) return false;
    this.#queues[priority]!.push({ item, octets });
    this.#octets += octets;
    this.#packets++;
    return true;
  }

  /** What may leave now. */
  poll(now: Instant): Item | undefined {
    this.#refill(now);
    // Audio is too little to be held up, and pays afterwards.
    const audio = this.#queues[PACER_PRIORITY.AUDIO]!;
    if (audio.length === 0 && this.#budget <= 0) return undefined;
    for (const queue of this.#queues) {
      const waiting = queue.shift();
      if (waiting === undefined) continue;
      this.#budget -= waiting.octets;
      this.#octets -= waiting.octets;
      this.#packets--;
      return waiting.item;
    }
    return undefined;
  }

  /** When {@link poll} gives the next one. */
  nextTimeout(): Instant {
    if (this.#packets === 0) return NEVER;
    if (this.#budget > 0 || this.#queues[PACER_PRIORITY.AUDIO]!.length > 0) return this.#updated;
    // A little above zero, so that rounding cannot wake too early for ever.
    return this.#updated + (1 - this.#budget) / this.#octetsPerMillisecond();
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
