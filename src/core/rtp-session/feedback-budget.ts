/**
 * How much a receiver may ask for: requests (NACK, PLI, FIR) and arrivals told one by one (RFC 8888) take no more octets than
 * media has brought, so that a peer cannot make a few packets of its own into many of ours. Regular reports are bounded by
 * their interval, transport-wide feedback by the packets that it tells of.
 */

/** Octets that may be spent before media has come. */
export const FIRST_FEEDBACK = 4096;
/** Octets that are saved up at most. */
export const MAX_FEEDBACK_CREDIT = 256 * 1024;

export class FeedbackBudget {
  #credit = FIRST_FEEDBACK;

  /** A packet of media has come. */
  earn(octets: number): void {
    this.#credit = Math.min(MAX_FEEDBACK_CREDIT, this.#credit + octets);
  }

  /** Whether there is anything left to spend: asked before a message is made. */
  get isOpen(): boolean {
    return this.#credit > 0;
  }

  /** A message was sent. It may be the one that takes the last of it, and more. */
  spend(octets: number): void {
    this.#credit -= octets;
  }
}
