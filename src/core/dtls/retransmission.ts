/**
 * When a flight is sent again (RFC 6347 §4.2.4.1). ICE knows the round-trip time, so the timer starts far below the
 * RFC's one second (as it allows for real-time use) and is doubled up to one second.
 */
import type { Duration, Instant } from "../base/instant.ts";
import {
  MAX_RETRANSMISSION_BACKOFF,
  MAX_RETRANSMISSION_TIMEOUT,
  MIN_RETRANSMISSION_TIMEOUT,
  TIMEOUTS_BEFORE_MINIMUM_MTU,
} from "./limits.ts";

export class Retransmission {
  #rtt: Duration = 0;
  #timeouts = 0;
  #sentAt: Instant = Number.NEGATIVE_INFINITY;
  #isConnected = false;

  /** Takes effect when the timer is armed next. */
  setRtt(rtt: Duration | undefined): void {
    this.#rtt = rtt ?? 0;
  }

  /** How long to wait for an answer now. */
  get timeout(): Duration {
    const doubled = this.#initial * 2 ** Math.min(this.#timeouts, 16);
    return Math.min(doubled, Math.max(MAX_RETRANSMISSION_BACKOFF, this.#initial));
  }

  get #initial(): Duration {
    return Math.min(Math.max(MIN_RETRANSMISSION_TIMEOUT, 2 * this.#rtt), MAX_RETRANSMISSION_TIMEOUT);
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

  /** From here on only the last flight can be asked for, and each repetition makes the next one wait longer. */
  connected(): void {
    this.#timeouts = 0;
    this.#isConnected = true;
  }

  /**
   * Whether a repeated flight of the peer makes us repeat ours now. Duplicates of the network and floods of old messages
   * get one answer in half a timeout. Once connected that half doubles each time, as the timer of an honest peer does:
   * some stacks answer a repeated Finished with their own, and this ends the exchange.
   */
  mayRepeat(now: Instant): boolean {
    if (now - this.#sentAt < (this.#isConnected ? this.timeout : this.#initial) / 2) return false;
    if (this.#isConnected) this.#timeouts++;
    return true;
  }
}
