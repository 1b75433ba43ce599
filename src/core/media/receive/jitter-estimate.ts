/**
 * How long packets must be kept so that nearly all have come when their turn is: the 95th percentile of how much later
 * than the fastest they come, over the last minutes with a memory that fades.
 */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";

/** Milliseconds of one histogram bucket. */
const BUCKET = 10;
const BUCKETS = 200;
/** What is left of old weight with each packet: half after some 700 of them. */
const MEMORY = 0.999;
const QUANTILE = 0.95;
/** Weight of the assumption that nothing is late: a few of the first packets that are do not hold up all others. */
const CONFIDENCE = 100;
/** More delay than this is never sought. Milliseconds. */
export const MAX_JITTER_DELAY: Duration = 1000;
/** Milliseconds over which the fastest transit is sought: two of them, so that it follows clocks that drift. */
const BASE_WINDOW = 10_000;

/**
 * What comes later than any histogram can say either has stood in a queue while the network was away, and then comes faster than
 * it was made; or its clock has jumped, and it comes as it was made. So long is waited before it is the latter; and so long
 * before a queue that does not empty is the path itself. Milliseconds.
 */
export const VERDICT_TIME: Duration = 100;
const QUEUE_TIME: Duration = 500;
/** So much less late than before: a queue empties. Milliseconds. */
const EMPTYING: Duration = 100;
/** The same from packet to packet, once that is known. Milliseconds. */
const FALLING: Duration = 5;

/**
 * Milliseconds behind the fastest way: what is older has missed its time, whatever held it up. `least`: that it is held at least;
 * `gapWait`: that a gap before it is waited for.
 */
export function maxAge(least: Duration, gapWait: Duration): Duration {
  return Math.max(least, MAX_JITTER_DELAY) + gapWait;
}

export class JitterEstimate {
  readonly #clockRate: number;
  readonly #weights = new Float64Array(BUCKETS);
  #total = CONFIDENCE;
  #windowStart: Instant = Number.NEGATIVE_INFINITY;
  #base = Number.POSITIVE_INFINITY;
  #previousBase = Number.POSITIVE_INFINITY;
  #target: Duration = 0;
  #latestTimestamp = -1;
  /** Since when packets come too late for any estimate; NEVER: they do not. */
  #lateSince: Instant = NEVER;
  #lateTransit = 0;
  #queueEmpties = false;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
    this.#weights[0] = CONFIDENCE;
  }

  /** The first packet of a frame has come. `timestamp`: unwrapped. */
  update(now: Instant, timestamp: number): void {
    const transit = now - (timestamp * 1000) / this.#clockRate;
    this.#latestTimestamp = timestamp;
    if (now - this.#windowStart > BASE_WINDOW) {
      this.#previousBase = this.#base;
      this.#base = transit;
      this.#windowStart = now;
    } else this.#base = Math.min(this.#base, transit);
    const late = transit - Math.min(this.#base, this.#previousBase);
    const bucket = Math.floor(late / BUCKET);
    // A queue that empties tells nothing of the path.
    if (bucket >= BUCKETS || (this.#queueEmpties && transit < this.#lateTransit - FALLING)) {
      this.#muchLate(now, transit);
      return;
    }
    this.#lateSince = NEVER;
    this.#queueEmpties = false;
    for (let i = 0; i < BUCKETS; i++) this.#weights[i]! *= MEMORY;
    this.#weights[bucket]! += 1;
    this.#total = this.#total * MEMORY + 1;
    this.#target = this.#quantile();
  }

  /** Milliseconds. */
  get target(): Duration {
    return this.#target;
  }

  /** Unwrapped, of what has come last; -1: nothing has. */
  get latestTimestamp(): number {
    return this.#latestTimestamp;
  }

  /** When a frame with this unwrapped timestamp comes, if it is as fast as the fastest. */
  earliestArrival(timestamp: number): Instant {
    return Math.min(this.#base, this.#previousBase) + (timestamp * 1000) / this.#clockRate;
  }

  /** When what has this unwrapped timestamp may leave. `least`: milliseconds that it is held at least. */
  releaseTime(timestamp: number, least: Duration): Instant {
    const delay = Math.max(least, this.#target);
    const held = this.heldUntil;
    return delay === 0 ? held : Math.max(held, this.earliestArrival(timestamp) + delay);
  }

  /** Until then it is open whether what comes is old, or its clock has jumped. */
  get heldUntil(): Instant {
    const isOpen = this.#lateSince !== NEVER && !this.#queueEmpties;
    return isOpen ? this.#lateSince + VERDICT_TIME : Number.NEGATIVE_INFINITY;
  }

  /** Whether what has this unwrapped timestamp should have come more than `limit` milliseconds ago. */
  isStale(now: Instant, timestamp: number, limit: Duration): boolean {
    if (this.#lateSince !== NEVER && !this.#queueEmpties) return false;
    return now - this.earliestArrival(timestamp) > limit;
  }

  #muchLate(now: Instant, transit: number): void {
    if (this.#lateSince === NEVER) {
      this.#lateSince = now;
      this.#lateTransit = transit;
    } else if (transit < this.#lateTransit - (this.#queueEmpties ? FALLING : EMPTYING)) {
      this.#queueEmpties = true;
      this.#lateSince = now;
      this.#lateTransit = transit;
    } else if (now - this.#lateSince >= (this.#queueEmpties ? QUEUE_TIME : VERDICT_TIME)) {
      this.#beginAnew(now, transit);
    }
  }

  /** Nothing is so late: the source's clock has jumped, or the path is another one. */
  #beginAnew(now: Instant, transit: number): void {
    this.#lateSince = NEVER;
    this.#queueEmpties = false;
    this.#windowStart = now;
    this.#base = transit;
    this.#previousBase = transit;
    this.#weights.fill(0);
    this.#weights[0] = CONFIDENCE;
    this.#total = CONFIDENCE;
    this.#target = 0;
  }

  #quantile(): Duration {
    let weight = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      weight += this.#weights[bucket]!;
      if (weight < QUANTILE * this.#total) continue;
      return bucket === 0 ? 0 : Math.min(MAX_JITTER_DELAY, (bucket + 1) * BUCKET);
    }
    return MAX_JITTER_DELAY;
  }
}
