import type { Duration, Instant } from "../base/instant.ts";

/**
 * Ordinary checks may run this many Ta ahead, one per {@link SHORTEST_PACE}: with five of them it is soon the turn of what a
 * relay or TCP makes, which is often all that works, and the last of a peer's candidates.
 */
export const ORDINARY_BURST = 4;
/** Triggered and nominating checks may run further ahead, and at once: they are what connecting waits for. */
export const URGENT_BURST = 6;
/** What is sent without an occasion is never sent sooner after the last, ms (RFC 8445 §14.2). */
export const SHORTEST_PACE: Duration = 5;

/**
 * Spaces sends by Ta on average (RFC 8445 §14.2) and lets a few at the beginning, or after a pause, go sooner. One clock for
 * everything that is paced: whatever runs ahead is paid back by what follows.
 */
export class Pacer {
  readonly #ta: Duration;
  /** What was sent last was sent before: something new may go first. */
  lastWasRepetition = false;
  /** When the next send would be due if nothing ever ran ahead. */
  #due: Instant = Number.NEGATIVE_INFINITY;
  #last: Instant = Number.NEGATIVE_INFINITY;

  constructor(ta: Duration) {
    this.#ta = ta;
  }

  /** When a triggered or nominating check may be sent. */
  get urgentAt(): Instant {
    return this.#due - URGENT_BURST * this.#ta;
  }

  /** When anything else may be sent. */
  get ordinaryAt(): Instant {
    return Math.max(this.#due - ORDINARY_BURST * this.#ta, this.#last + SHORTEST_PACE);
  }

  spend(now: Instant): void {
    this.#due = Math.max(this.#due, now) + this.#ta;
    this.#last = now;
  }
}
