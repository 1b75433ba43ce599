/**
 * Consent to send on the selected pair (RFC 7675) and how alive it is. A healthy pair is checked every 5 s ± 20 %, each check
 * sent once. An unanswered one is followed by more, two a second, so that a few lost packets do not look like a dead
 * path. Only answers prolong consent; incoming checks and data count as signs of life.
 */
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import { type Random, randomUnit } from "../base/random.ts";
import type { IceTiming } from "./timing.ts";

/** The interval between checks is drawn from this range of its middle (RFC 7675 §5.1). */
const SHORTEST = 0.8;
export const LONGEST_CONSENT_INTERVAL = 1.2;
/** A peer that has little to say is not asked after less silence than this many `recheckInterval`s. */
const MOST_PATIENCE = 3;
/** How much of the patience that is not needed any more goes with each prompt sign of life. */
const LESS_PATIENCE = 1 / 16;

/** How alive the pair in use is: when to look, and what follows from silence. */
export interface Liveness {
  /** When something is to be sent: a check, or what a lite agent sends in place of it. */
  readonly nextCheck: Instant;
  /** Since when nothing has come that ought to have come. */
  readonly unansweredSince: Instant | undefined;
  /** From when on the pair is under suspicion. */
  readonly suspectAt: Instant;
  /** From when on the state is "disconnected". */
  readonly disconnectAt: Instant;
  /** When nothing may be sent any more (RFC 7675 §5.1). */
  readonly expireAt: Instant;
  checkSent(now: Instant): void;
  /** The peer has answered a check that was sent at `sentAt`. */
  answered(now: Instant, sentAt: Instant): void;
  /** The peer has checked the pair. */
  checked(now: Instant): void;
  /** Data has come. Cheap: called per datagram. */
  heard(now: Instant): void;
  /** Data goes out on the pair. Returns when that makes a check due. Cheap: called per datagram. */
  sent(now: Instant): Instant;
  /** Something suggests that the peer has moved: check now, unless a check is under way. */
  probe(now: Instant): void;
}

export class Consent implements Liveness {
  readonly #timing: IceTiming;
  readonly #random: Random;
  /** When the latest of the answered checks was sent. */
  #consentedAt: Instant;
  #lastHeard: Instant;
  #lastCheck: Instant;
  #unansweredSince: Instant | undefined;
  #nextCheck: Instant;
  /** Data was sent and nothing has been heard since: a check is due then. */
  #probeAt: Instant = NEVER;
  /** Silence that means nothing: what receives video answers it with a report a second, what receives data at once. */
  #patience: Duration;
  /** The check under way is there because of silence. */
  #probing = false;

  /** `lastAnswer`: when the pair last answered a check. */
  constructor(now: Instant, lastAnswer: Instant, timing: IceTiming, random: Random) {
    this.#timing = timing;
    this.#random = random;
    this.#consentedAt = lastAnswer;
    this.#lastHeard = lastAnswer;
    this.#lastCheck = now;
    this.#patience = timing.recheckInterval;
    this.#nextCheck = this.#nextInTurn(now);
  }

  /** When the next check is due. */
  get nextCheck(): Instant {
    return Math.min(this.#nextCheck, this.#probeAt);
  }

  /** When the first check after the last answer was sent. */
  get unansweredSince(): Instant | undefined {
    return this.#unansweredSince;
  }

  /** From when on the pair is under suspicion. */
  get suspectAt(): Instant {
    if (this.#unansweredSince === undefined) return NEVER;
    return Math.max(this.#unansweredSince, this.#lastHeard) + this.#timing.suspectAfter;
  }

  /**
   * From when on the state is "disconnected": a check is unanswered for long, and nothing was heard for longer than a
   * peer's own checks are apart, so that a path that works one way only does not flap.
   */
  get disconnectAt(): Instant {
    if (this.#unansweredSince === undefined) return NEVER;
    const { disconnectedAfter, consentInterval, recheckInterval } = this.#timing;
    const silence = consentInterval * LONGEST_CONSENT_INTERVAL + recheckInterval;
    return Math.max(this.#unansweredSince + disconnectedAfter, this.#lastHeard + silence);
  }

  /** When nothing may be sent any more: no check of the last 30 s was answered (RFC 7675 §5.1). */
  get expireAt(): Instant {
    return this.#consentedAt + this.#timing.consentExpiry;
  }

  checkSent(now: Instant): void {
    this.#probing = this.#unansweredSince === undefined && this.#probeAt <= now;
    this.#unansweredSince ??= now;
    this.#probeAt = NEVER;
    this.#lastCheck = now;
    this.#nextCheck = now + this.#timing.recheckInterval;
  }

  answered(now: Instant, sentAt: Instant): void {
    this.#consentedAt = Math.max(this.#consentedAt, sentAt);
    this.#lastHeard = now;
    // The path was alive all the while.
    if (this.#probing && this.#unansweredSince === sentAt)
      this.#patience = Math.min(this.#patience * 2, this.#timing.recheckInterval * MOST_PATIENCE);
    this.#unansweredSince = undefined;
    this.#probeAt = NEVER;
    this.#nextCheck = this.#nextInTurn(now);
  }

  checked(now: Instant): void {
    this.heard(now);
  }

  /** A sign of life that is not an answer. */
  heard(now: Instant): void {
    this.#lastHeard = now;
    if (this.#probeAt === NEVER) return;
    const silence = now - (this.#probeAt - this.#patience);
    if (silence < this.#patience / 4)
      this.#patience -= (this.#patience - this.#timing.recheckInterval) * LESS_PATIENCE;
    this.#probeAt = NEVER;
  }

  /**
   * Data goes out on the pair: if nothing comes back, a check is due soon, long before the next one in turn. Returns when.
   */
  sent(now: Instant): Instant {
    if (this.#probeAt === NEVER && this.#unansweredSince === undefined) this.#probeAt = now + this.#patience;
    return this.#probeAt;
  }

  probe(now: Instant): void {
    if (this.#unansweredSince === undefined) this.#nextCheck = now;
  }

  /** From the last check on, not from its answer: that may have taken its time. */
  #nextInTurn(now: Instant): Instant {
    const share = SHORTEST + (LONGEST_CONSENT_INTERVAL - SHORTEST) * randomUnit(this.#random);
    return Math.max(now, this.#lastCheck + this.#timing.consentInterval * share);
  }
}
