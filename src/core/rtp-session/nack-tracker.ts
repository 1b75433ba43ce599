/** Which packets of one RTP stream are missing, and when to ask for them (RFC 4585 §6.2.1). */
import type { Duration, Instant } from "../base/instant.ts";
import { NEVER } from "../base/instant.ts";

/** Packets that are asked for at the same time; more missing means that only a key frame helps. */
export const MAX_MISSING = 1000;
/** How often one packet is asked for. */
export const MAX_NACKS = 10;
/** A gap may be mere reordering: it is asked for when so much time has passed. Milliseconds. */
export const REORDERING_WAIT: Duration = 5;
/** A packet is not waited for any longer. Milliseconds. */
export const MAX_MISSING_AGE: Duration = 2000;
/** Requests are never closer together, whatever the round trip. Milliseconds. */
const MIN_REPEAT: Duration = 10;
/** The round trip is taken to be this one before it was measured. Milliseconds. */
const ASSUMED_ROUND_TRIP: Duration = 100;

/** Weight of a new measurement of the round trip (RFC 6298 §2 has the same). */
const ROUND_TRIP_GAIN = 1 / 8;

interface Missing {
  readonly since: Instant;
  askAt: Instant;
  askedAt: Instant;
  asked: number;
}

/** Sequence numbers are unwrapped. */
export class NackTracker {
  /** Requests that have been made, in packets. */
  requested = 0;
  readonly #missing = new Map<number, Missing>();
  /** From a request to its answer, milliseconds: what the path takes, and how fast the peer answers. */
  #roundTrip: Duration | undefined;
  #highest = -1;
  #next: Instant = NEVER;

  /** Whether a gap is open. */
  get waiting(): boolean {
    return this.#missing.size > 0;
  }

  /** A packet is here, first-hand or repaired. False: the gap before it is too long to be filled by asking. */
  received(now: Instant, sequenceNumber: number): boolean {
    if (this.#highest < 0) {
      this.#highest = sequenceNumber;
      return true;
    }
    if (sequenceNumber <= this.#highest) {
      this.#filled(now, sequenceNumber);
      return true;
    }
    const first = this.#highest + 1;
    this.#highest = sequenceNumber;
    if (sequenceNumber - first + this.#missing.size > MAX_MISSING) {
      this.#missing.clear();
      this.#next = NEVER;
      return false;
    }
    const askAt = now + REORDERING_WAIT;
    for (let missing = first; missing < sequenceNumber; missing++) {
      this.#missing.set(missing, { since: now, askAt, askedAt: now, asked: 0 });
    }
    if (sequenceNumber > first && askAt < this.#next) this.#next = askAt;
    return true;
  }

  /** Nobody needs packets before this one any more. */
  forgetBefore(sequenceNumber: number): void {
    for (const missing of this.#missing.keys()) {
      if (missing >= sequenceNumber) break;
      this.#missing.delete(missing);
    }
  }

  /** When {@link take} will have something; `NEVER` if not at all. */
  nextTimeout(): Instant {
    return this.#missing.size === 0 ? NEVER : this.#next;
  }

  /** Appends to `out` what is to be asked for now, in order. `roundTrip`: milliseconds, until the requests themselves have told; undefined before it is known. */
  take(now: Instant, roundTrip: Duration | undefined, out: number[]): void {
    if (now < this.#next) return;
    const repeat = Math.max(MIN_REPEAT, this.#roundTrip ?? roundTrip ?? ASSUMED_ROUND_TRIP);
    this.#next = NEVER;
    for (const [sequenceNumber, missing] of this.#missing) {
      if (now - missing.since > MAX_MISSING_AGE || missing.asked >= MAX_NACKS) {
        this.#missing.delete(sequenceNumber);
        continue;
      }
      if (missing.askAt <= now) {
        out.push(sequenceNumber);
        this.requested++;
        missing.asked++;
        missing.askedAt = now;
        // RFC 4585 §6.2.1 leaves the repetition to us: not before an answer could have come.
        missing.askAt = now + repeat;
      }
      if (missing.askAt < this.#next) this.#next = missing.askAt;
    }
  }

  #filled(now: Instant, sequenceNumber: number): void {
    const missing = this.#missing.get(sequenceNumber);
    if (missing === undefined) return;
    this.#missing.delete(sequenceNumber);
    // Karn's rule: of what was asked for twice nobody knows which request was answered.
    if (missing.asked !== 1) return;
    const measured = now - missing.askedAt;
    this.#roundTrip =
      this.#roundTrip === undefined
        ? measured
        : this.#roundTrip + (measured - this.#roundTrip) * ROUND_TRIP_GAIN;
  }
}
