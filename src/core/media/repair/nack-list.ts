/** What a receiver misses and asks for (RFC 4585 §6.2.1): a bounded list over unwrapped sequence numbers. */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";

/** Packets that are missed at once. With more, only a key frame helps. */
export const MAX_NACK_LIST = 1000;
/** Times that a packet is asked for. */
export const MAX_NACK_RETRIES = 10;
/** A packet is not asked for any longer. Milliseconds. */
export const MAX_NACK_AGE: Duration = 2000;
/** Before the first request, in case that the packet was only overtaken: at least and at most. Milliseconds. */
export const NACK_REORDER_WAIT: Duration = 5;
export const MAX_NACK_REORDER_WAIT: Duration = 100;
/** Between two requests for a packet, at least: a round trip, if that is longer. Milliseconds. */
export const MIN_NACK_INTERVAL: Duration = 10;
/** The round trip before one was measured. Milliseconds. */
const ASSUMED_ROUND_TRIP: Duration = 100;
/** Weight of a new measurement of the round trip (RFC 6298 §2 has the same). */
const ROUND_TRIP_GAIN = 1 / 8;

/** An answer takes a round trip; what comes sooner after a request was under way before. */
const SOONEST_ANSWER = 0.8;
/** How the wait for packets that were overtaken follows how late they come: up at once, with a margin, and down slowly. */
const REORDER_MARGIN = 1.25;
const REORDER_MEMORY = 0.99;

const SLOTS = 1024;
const MASK = SLOTS - 1;

export class NackList {
  /** By sequence number: -1 when the slot is free. */
  readonly #numbers = new Float64Array(SLOTS).fill(-1);
  readonly #missedAt = new Float64Array(SLOTS);
  readonly #askedAt = new Float64Array(SLOTS);
  readonly #due = new Float64Array(SLOTS);
  readonly #tries = new Uint8Array(SLOTS);
  #oldest = 0;
  #newest = -1;
  #size = 0;
  /** Nothing is due before it. */
  #next: Instant = NEVER;
  /** From a request to its answer: what the path takes, and how fast the peer answers. Undefined before there was one. */
  #answerTime: Duration | undefined;
  /** Of the path, as told last. */
  #roundTrip: Duration = 0;
  #reorderWait: Duration = NACK_REORDER_WAIT;

  /** Packets that are missed now. */
  get size(): number {
    return this.#size;
  }

  /**
   * A packet has come, on its stream or repaired. False when so many are missing that the list was cleared: then a key
   * frame is to be asked for.
   */
  received(now: Instant, sequenceNumber: number): boolean {
    if (this.#newest < 0) {
      this.#newest = sequenceNumber;
      this.#oldest = sequenceNumber;
      return true;
    }
    if (sequenceNumber <= this.#newest) {
      if (this.#size > 0) this.#fill(now, sequenceNumber);
      return true;
    }
    const first = this.#newest + 1;
    this.#newest = sequenceNumber;
    if (first === sequenceNumber && this.#size === 0) return true;
    // What is older than the ring would share slots with what is new.
    this.dropBefore(sequenceNumber - MASK);
    if (this.#size + sequenceNumber - first > MAX_NACK_LIST) {
      this.clear();
      return false;
    }
    if (first < sequenceNumber) this.#miss(now, first, sequenceNumber);
    return true;
  }

  /**
   * Appends what is due, as 16-bit numbers in ascending order, and counts it as asked for. `roundTrip`: milliseconds, until the
   * answers to requests have told; undefined before it is known.
   */
  collect(now: Instant, roundTrip: Duration | undefined, out: number[]): void {
    this.#roundTrip = roundTrip ?? 0;
    if (now < this.#next) return;
    this.#next = NEVER;
    if (this.#size === 0) return;
    // RFC 4585 §6.2.1 leaves the repetition to us: not before an answer could have come.
    const answerTime = this.#answerTime ?? roundTrip ?? ASSUMED_ROUND_TRIP;
    const repeat = Math.max(MIN_NACK_INTERVAL, answerTime, this.#roundTrip);
    for (let number = this.#oldest; number < this.#newest; number++) {
      const slot = number & MASK;
      if (this.#numbers[slot] !== number) continue;
      if (now - this.#missedAt[slot]! > MAX_NACK_AGE || this.#tries[slot]! >= MAX_NACK_RETRIES) {
        this.#remove(number);
        continue;
      }
      if (this.#due[slot]! <= now) {
        this.#tries[slot]!++;
        this.#askedAt[slot] = now;
        this.#due[slot] = now + repeat;
        out.push(number & 0xffff);
      }
      if (this.#due[slot]! < this.#next) this.#next = this.#due[slot]!;
    }
  }

  /** When {@link collect} may have something to do. */
  nextTimeout(): Instant {
    return this.#next;
  }

  /** Forgets what is older: the frames were given up. */
  dropBefore(sequenceNumber: number): void {
    const end = Math.min(sequenceNumber, this.#newest);
    for (let number = Math.max(this.#oldest, end - SLOTS); number < end && this.#size > 0; number++)
      this.#remove(number);
    if (end > this.#oldest) this.#oldest = end;
  }

  clear(): void {
    this.#numbers.fill(-1);
    this.#size = 0;
    this.#next = NEVER;
    this.#oldest = this.#newest;
  }

  #miss(now: Instant, first: number, end: number): void {
    const due = now + this.#reorderWait;
    for (let missing = first; missing < end; missing++) {
      const slot = missing & MASK;
      this.#numbers[slot] = missing;
      this.#missedAt[slot] = now;
      this.#due[slot] = due;
      this.#tries[slot] = 0;
      this.#size++;
    }
    if (due < this.#next) this.#next = due;
  }

  #fill(now: Instant, sequenceNumber: number): void {
    const slot = sequenceNumber & MASK;
    if (this.#numbers[slot] !== sequenceNumber) return;
    const tries = this.#tries[slot]!;
    const measured = now - this.#askedAt[slot]!;
    if (tries === 0 || (tries === 1 && measured < SOONEST_ANSWER * this.#roundTrip))
      this.#overtaken(now - this.#missedAt[slot]!);
    // Karn's rule: of what was asked for twice nobody knows which request was answered.
    else if (tries === 1) {
      this.#answerTime =
        this.#answerTime === undefined
          ? measured
          : this.#answerTime + (measured - this.#answerTime) * ROUND_TRIP_GAIN;
    }
    this.#remove(sequenceNumber);
  }

  /** A packet has come that was not lost, so much later than one behind it. */
  #overtaken(late: Duration): void {
    const wait = Math.max(late * REORDER_MARGIN, this.#reorderWait * REORDER_MEMORY);
    this.#reorderWait = Math.min(MAX_NACK_REORDER_WAIT, Math.max(NACK_REORDER_WAIT, wait));
  }

  #remove(sequenceNumber: number): void {
    const slot = sequenceNumber & MASK;
    if (this.#numbers[slot] !== sequenceNumber) return;
    this.#numbers[slot] = -1;
    this.#size--;
    if (this.#size === 0) this.#next = NEVER;
  }
}
