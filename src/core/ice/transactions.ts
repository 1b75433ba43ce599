/** STUN client transactions over UDP: retransmission with back-off, expiry (RFC 8489 §6.2.1, RFC 8445 §14.3). */
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import type { Path } from "../base/path.ts";
import { MAX_TRANSACTIONS } from "./timing.ts";

/** One request and its repetitions, all of the same bytes. `P` says what it is for. */
export interface Transaction<P> {
  readonly id: Uint8Array;
  readonly path: Path;
  readonly bytes: Uint8Array;
  readonly purpose: P;
  readonly firstSent: Instant;
  sends: number;
  maxSends: number;
  rto: Duration;
  /** The next repetition, or after the last one the end. */
  deadline: Instant;
}

export interface TransactionInput<P> {
  readonly id: Uint8Array;
  readonly path: Path;
  readonly bytes: Uint8Array;
  readonly purpose: P;
  readonly rto: Duration;
  readonly maxSends: number;
}

/** The transactions that wait for an answer: at most {@link MAX_TRANSACTIONS}. */
export class Transactions<P> {
  readonly #byId = new Map<string, Transaction<P>>();
  readonly #maxRto: Duration;

  constructor(maxRto: Duration) {
    this.#maxRto = maxRto;
  }

  get full(): boolean {
    return this.#byId.size >= MAX_TRANSACTIONS;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Begins a transaction whose first send happens now. The caller has made sure that there is room. */
  begin(now: Instant, input: TransactionInput<P>): Transaction<P> {
    const { id, path, bytes, purpose, maxSends, rto } = input;
    const deadline = now + rto;
    const transaction = { id, path, bytes, purpose, firstSent: now, sends: 1, maxSends, rto, deadline };
    this.#byId.set(keyOf(input.id), transaction);
    return transaction;
  }

  find(id: Uint8Array): Transaction<P> | undefined {
    return this.#byId.get(keyOf(id));
  }

  /** The oldest one of that purpose. */
  first(which: (purpose: P) => boolean): Transaction<P> | undefined {
    for (const transaction of this.#byId.values()) if (which(transaction.purpose)) return transaction;
    return undefined;
  }

  /** The answer has come, or does not matter any more. */
  end(transaction: Transaction<P>): void {
    this.#byId.delete(keyOf(transaction.id));
  }

  endAll(which: (purpose: P) => boolean): void {
    for (const [key, transaction] of this.#byId) if (which(transaction.purpose)) this.#byId.delete(key);
  }

  clear(): void {
    this.#byId.clear();
  }

  /** No more repetitions; an answer still counts until the current timeout has passed. */
  stopRepeating(transaction: Transaction<P>): void {
    transaction.maxSends = transaction.sends;
  }

  stopRepeatingAll(which: (purpose: P) => boolean): void {
    for (const transaction of this.#byId.values())
      if (which(transaction.purpose)) this.stopRepeating(transaction);
  }

  /** The one whose repetition is due the longest; undefined when none is due at `now`. */
  dueRepetition(now: Instant): Transaction<P> | undefined {
    let due: Transaction<P> | undefined;
    for (const transaction of this.#byId.values()) {
      if (transaction.sends >= transaction.maxSends || transaction.deadline > now) continue;
      if (due === undefined || transaction.deadline < due.deadline) due = transaction;
    }
    return due;
  }

  repeated(now: Instant, transaction: Transaction<P>): void {
    transaction.sends++;
    transaction.rto = Math.min(transaction.rto * 2, this.#maxRto);
    transaction.deadline = now + transaction.rto;
  }

  /** Removes and returns one that has ended without an answer. */
  takeExpired(now: Instant): Transaction<P> | undefined {
    for (const transaction of this.#byId.values()) {
      if (transaction.sends < transaction.maxSends || transaction.deadline > now) continue;
      this.end(transaction);
      return transaction;
    }
    return undefined;
  }

  nextRepetition(): Instant {
    let next = NEVER;
    for (const { sends, maxSends, deadline } of this.#byId.values()) {
      if (sends < maxSends && deadline < next) next = deadline;
    }
    return next;
  }

  nextExpiry(): Instant {
    let next = NEVER;
    for (const { sends, maxSends, deadline } of this.#byId.values()) {
      if (sends >= maxSends && deadline < next) next = deadline;
    }
    return next;
  }
}

function keyOf(id: Uint8Array): string {
  return String.fromCharCode(...id);
}
