/**
 * How alive the selected pair of a lite agent is. It sends no checks, so it has no consent of its own to renew (RFC 7675 §5.1): the
 * peer's checks, which are signed with our password, stand for it. Of two lite agents nobody checks; there only silence tells.
 */
import { type Instant, NEVER } from "../base/instant.ts";
import { type Liveness, LONGEST_CONSENT_INTERVAL } from "./consent.ts";
import type { IceTiming } from "./timing.ts";

export class LiteConsent implements Liveness {
  readonly #timing: IceTiming;
  /** The peer checks; if not, it is lite, too. */
  readonly #isChecked: boolean;
  #lastCheck: Instant;
  #lastHeard: Instant;
  #lastSent: Instant;

  /** `lastCheck`: when the peer last checked the pair. */
  constructor(now: Instant, lastCheck: Instant, timing: IceTiming, isChecked: boolean) {
    this.#timing = timing;
    this.#isChecked = isChecked;
    this.#lastCheck = lastCheck;
    this.#lastHeard = lastCheck;
    this.#lastSent = now;
  }

  /** When a keep-alive is due (RFC 8445 §11). */
  get nextCheck(): Instant {
    return this.#lastSent + this.#timing.keepAliveInterval;
  }

  get unansweredSince(): Instant {
    return this.#lastHeard;
  }

  /** One check of the peer has not come. */
  get suspectAt(): Instant {
    return this.#lastHeard + this.#silence(1);
  }

  /** Two have not: one may get lost. */
  get disconnectAt(): Instant {
    return this.#lastHeard + this.#silence(2);
  }

  get expireAt(): Instant {
    return this.#isChecked ? this.#lastCheck + this.#timing.consentExpiry : NEVER;
  }

  /** How long a peer may be silent that sends something every so often, when that many of these are lost. */
  #silence(lost: number): number {
    const { consentInterval, keepAliveInterval, recheckInterval } = this.#timing;
    const interval = this.#isChecked ? consentInterval * LONGEST_CONSENT_INTERVAL : keepAliveInterval;
    return lost * interval + recheckInterval;
  }

  checkSent(now: Instant): void {
    this.#lastSent = now;
  }

  checked(now: Instant): void {
    this.#lastCheck = now;
    this.#lastHeard = now;
    // What it is answered with keeps NATs open, too.
    this.#lastSent = now;
  }

  answered(now: Instant): void {
    this.#lastHeard = now;
  }

  heard(now: Instant): void {
    this.#lastHeard = now;
  }

  sent(now: Instant): Instant {
    this.#lastSent = now;
    return NEVER;
  }

  probe(): void {
    // There is nothing to ask with.
  }
}
