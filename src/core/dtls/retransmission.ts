/**
 * When a flight is sent again (RFC 6347 §4.2.4.1). ICE knows the round-trip time, so the timer starts far below the
 * RFC's one second (as it allows for real-time use) and is doubled up to three seconds.
 */
import type { Duration, Instant } from "../base/instant.ts";
import {
  MAX_RETRANSMISSION_TIMEOUT,
  MIN_RETRANSMISSION_TIMEOUT,
  TIMEOUTS_BEFORE_MINIMUM_MTU,
} from "./limits.ts";

export class Retransmission {
  #rtt: Duration = 0;
  #timeouts = 0;
  #sentAt: Instant = Number.NEGATIVE_INFINITY;

  /** Takes effect when the timer is armed next. */
  setRtt(rtt: Duration | undefined): void {
    this.#rtt = rtt ?? 0;
  }

  /** How long to wait for an answer now. */
  get timeout(): Duration {
    const doubled = this.#initial * 2 ** Math.min(this.#timeouts, 16);
    return Math.min(doubled, MAX_RETRANSMISSION_TIMEOUT);
  }

  get #initial(): Duration {
    return Math.max(MIN_RETRANSMISSION_TIMEOUT, 2 * this.#rtt);
  }

  /** The path seems to swallow datagrams: smaller ones may pass (RFC 6347 §4.1.1.1). */
  get suspectsMtu(): boolean {
    return this.#timeouts >= TIMEOUTS_BEFORE_MINIMUM_MTU;
  }

  /** The peer has answered: the path works. */
  progress(): void {
    this.#timeouts = 0;
  }

  timedOut(): void {
    this.#timeouts++;
  }

  sent(now: Instant): void {
    this.#sentAt = now;
  }

  /**
   * Whether a repeated flight of the peer may make us repeat ours. Duplicates of the network and floods of old messages
   * get one answer in half a timeout.
   */
  mayRepeat(now: Instant): boolean {
    return now - this.#sentAt >= Math.min(this.#initial, MAX_RETRANSMISSION_TIMEOUT) / 2;
  }
}
