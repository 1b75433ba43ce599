/** Receiver reference times (RFC 3611 §4.4) that peers have sent, and our answers to them (§4.5). */
import type { Instant } from "../base/instant.ts";
import { compactNtp, toCompactDelay } from "../media/index.ts";
import type { DelaySinceReference, ExtendedReport } from "../rtcp/index.ts";

/** Receivers that are answered at once: those beyond are not. */
export const MAX_REFERENCES = 16;

export class ReferenceTimes {
  readonly #references = new Map<number, { readonly compact: number; readonly at: Instant }>();

  /** Whether somebody is to be answered. */
  get pending(): boolean {
    return this.#references.size > 0;
  }

  received(now: Instant, { ssrc, referenceTime }: ExtendedReport): void {
    if (referenceTime === undefined) return;
    if (this.#references.size >= MAX_REFERENCES && !this.#references.has(ssrc)) return;
    const { ntpSeconds, ntpFraction } = referenceTime;
    this.#references.set(ssrc, { compact: compactNtp(ntpSeconds, ntpFraction), at: now });
  }

  /** The answers for the next report: each once. */
  take(now: Instant): DelaySinceReference[] {
    const delays = [...this.#references].map(([ssrc, { compact, at }]) => ({
      ssrc,
      lastReference: compact,
      delay: toCompactDelay(now - at),
    }));
    this.#references.clear();
    return delays;
  }
}
