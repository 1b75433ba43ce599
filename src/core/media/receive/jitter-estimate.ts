/**
 * How long packets must be kept so that nearly all have come when their turn is: the 95th percentile of how much later
 * than the fastest they come, over the last minutes with a memory that fades.
 */
import type { Duration, Instant } from "../../base/instant.ts";

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

export class JitterEstimate {
  readonly #clockRate: number;
  readonly #weights = new Float64Array(BUCKETS);
  #total = CONFIDENCE;
  #windowStart: Instant = Number.NEGATIVE_INFINITY;
  #base = Number.POSITIVE_INFINITY;
  #previousBase = Number.POSITIVE_INFINITY;
  #target: Duration = 0;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
    this.#weights[0] = CONFIDENCE;
  }

  /** The first packet of a frame has come. `timestamp`: unwrapped. */
  update(now: Instant, timestamp: number): void {
    const transit = now - (timestamp * 1000) / this.#clockRate;
    if (now - this.#windowStart > BASE_WINDOW) {
      this.#previousBase = this.#base;
      this.#base = transit;
      this.#windowStart = now;
    } else this.#base = Math.min(this.#base, transit);
    const late = transit - Math.min(this.#base, this.#previousBase);
    const bucket = Math.floor(late / BUCKET);
    if (bucket >= BUCKETS) {
      this.#beginAnew(now, transit);
      return;
    }
    for (let i = 0; i < BUCKETS; i++) this.#weights[i]! *= MEMORY;
    this.#weights[bucket]! += 1;
    this.#total = this.#total * MEMORY + 1;
    this.#target = this.#quantile();
  }

  /** Milliseconds. */
  get target(): Duration {
    return this.#target;
  }

  /** When a frame with this unwrapped timestamp comes, if it is as fast as the fastest. */
  earliestArrival(timestamp: number): Instant {
    return Math.min(this.#base, this.#previousBase) + (timestamp * 1000) / this.#clockRate;
  }

  /** Nothing is so late: the source's clock has jumped, or the path is another one. */
  #beginAnew(now: Instant, transit: number): void {
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
