import type { Duration, Instant } from "../base/instant.ts";

/** Ordinary checks may run this many Ta ahead: the first three go at once. */
export const ORDINARY_BURST = 2;
/** Triggered and nominating checks may run further ahead: they are what connecting waits for. */
export const URGENT_BURST = 5;

/**
 * Spaces sends by Ta on average (RFC 8445 §14.2) and lets a few at the beginning, or after a pause, go at once. One clock for
 * everything that is paced: whatever runs ahead is paid back by what follows.
 */
export class Pacer {
  readonly #ta: Duration;
  /** What was sent last was sent before: something new may go first. */
  lastWasRepetition = false;
  /** When the next send would be due if nothing ever ran ahead. */
  #due: Instant = Number.NEGATIVE_INFINITY;

  constructor(ta: Duration) {
    this.#ta = ta;
  }

  /** When a send with this burst may happen. */
  readyAt(burst: number): Instant {
    return this.#due - burst * this.#ta;
  }

  spend(now: Instant): void {
    this.#due = Math.max(this.#due, now) + this.#ta;
  }
}
