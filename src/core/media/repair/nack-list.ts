/** What a receiver misses and asks for (RFC 4585 §6.2.1): a bounded list over unwrapped sequence numbers. */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";

/** Packets that are missed at once. With more, only a key frame helps. */
export const MAX_NACK_LIST = 1000;
/** Times that a packet is asked for. */
export const MAX_NACK_RETRIES = 10;
/** Milliseconds: before the first request, in case that the packet was only overtaken. */
export const NACK_REORDER_WAIT = 10;
/** Milliseconds between two requests for a packet, at least: a round trip, if that is longer. */
export const MIN_NACK_INTERVAL = 20;

const SLOTS = 1024;
const MASK = SLOTS - 1;

export class NackList {
  /** By sequence number: -1 when the slot is free. */
  readonly #numbers = new Float64Array(SLOTS).fill(-1);
  readonly #due = new Float64Array(SLOTS);
  readonly #tries = new Uint8Array(SLOTS);
  #oldest = 0;
  #newest = -1;
  #size = 0;

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
      this.#remove(sequenceNumber);
      return true;
    }
    const first = this.#newest + 1;
    this.#newest = sequenceNumber;
    // What is older than the ring would share slots with what is new.
    this.dropBefore(sequenceNumber - MASK);
    if (this.#size + sequenceNumber - first > MAX_NACK_LIST) {
      this.clear();
      return false;
    }
    for (let missing = first; missing < sequenceNumber; missing++) {
      const slot = missing & MASK;
      this.#numbers[slot] = missing;
      this.#due[slot] = now + NACK_REORDER_WAIT;
      this.#tries[slot] = 0;
      this.#size++;
    }
    return true;
  }

  /** Appends what is due, as 16-bit numbers in ascending order, and counts it as asked for. */
  collect(now: Instant, roundTrip: Duration, out: number[]): void {
    if (this.#size === 0) return;
    for (let number = this.#oldest; number < this.#newest; number++) {
      const slot = number & MASK;
      if (this.#numbers[slot] !== number || this.#due[slot]! > now) continue;
      if (this.#tries[slot]! >= MAX_NACK_RETRIES) {
        this.#remove(number);
        continue;
      }
      this.#tries[slot]!++;
      this.#due[slot] = now + Math.max(MIN_NACK_INTERVAL, roundTrip);
      out.push(number & 0xffff);
    }
  }

  /** When {@link collect} has something to do. */
  nextTimeout(): Instant {
    if (this.#size === 0) return NEVER;
    let earliest = NEVER;
    for (let number = this.#oldest; number < this.#newest; number++) {
      const slot = number & MASK;
      if (this.#numbers[slot] === number && this.#due[slot]! < earliest) earliest = this.#due[slot]!;
    }
    return earliest;
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
    this.#oldest = this.#newest;
  }

  #remove(sequenceNumber: number): void {
    const slot = sequenceNumber & MASK;
    if (this.#numbers[slot] !== sequenceNumber) return;
    this.#numbers[slot] = -1;
    this.#size--;
  }
}
