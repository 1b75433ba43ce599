/** How many packets' worth slow start may add per SACK: L of RFC 9260 §7.2.1, above 1 because bursts are limited. */
const SLOW_START_LIMIT = 2;
/** Least slow-start threshold after a loss, in packets (RFC 9260 §7.2.3). */
const MIN_SSTHRESH_PACKETS = 4;

/** A window of fewer packets is a small one. */
const SMALL_WINDOW_PACKETS = 4;

/** Congestion control of the one path (RFC 9260 §7.2). Bytes are bytes of DATA chunks with their headers. */
export class CongestionWindow {
  #mtu: number;
  #cwnd: number;
  #ssthresh = Number.POSITIVE_INFINITY;
  #partialBytesAcked = 0;

  /** `mtu`: bytes of a packet; `initialPackets`: RFC 9260 §7.2.1 gives about four, WebRTC uses ten. */
  constructor(mtu: number, initialPackets: number) {
    this.#mtu = mtu;
    this.#cwnd = initialPackets * mtu;
  }

  get cwnd(): number {
    return this.#cwnd;
  }

  get ssthresh(): number {
    return this.#ssthresh;
  }

  /** A small window that has no room for another whole packet beside `flight` bytes. */
  isTight(flight: number): boolean {
    return this.#cwnd < SMALL_WINDOW_PACKETS * this.#mtu && flight + this.#mtu > this.#cwnd;
  }

  /** The path MTU has changed. */
  setMtu(mtu: number): void {
    this.#mtu = mtu;
    if (this.#cwnd < mtu) this.#cwnd = mtu;
  }

  /**
   * A SACK has advanced the cumulative TSN ack point. `flightBefore`: what was outstanding when it came. The window
   * grows only while it is used up and nothing is being recovered (§7.2.1, §7.2.2).
   */
  acknowledged(bytes: number, flightBefore: number, recovering: boolean): void {
    const used = flightBefore + this.#mtu > this.#cwnd;
    if (this.#cwnd <= this.#ssthresh) {
      if (used && !recovering) this.#cwnd += Math.min(bytes, SLOW_START_LIMIT * this.#mtu);
      return;
    }
    this.#partialBytesAcked += bytes;
    if (this.#partialBytesAcked < this.#cwnd) return;
    if (used && !recovering) {
      this.#partialBytesAcked -= this.#cwnd;
      this.#cwnd += this.#mtu;
    } else this.#partialBytesAcked = this.#cwnd;
  }

  /** Everything sent was acknowledged (§7.2.2). */
  drained(): void {
    this.#partialBytesAcked = 0;
  }

  /** Fast retransmit found a loss (§7.2.3, §7.2.4). */
  lossFound(): void {
    this.#ssthresh = Math.max(this.#cwnd / 2, MIN_SSTHRESH_PACKETS * this.#mtu);
    this.#cwnd = this.#ssthresh;
    this.#partialBytesAcked = 0;
  }

  /** The retransmission timer ran out (§7.2.3). */
  timedOut(): void {
    this.#ssthresh = Math.max(this.#cwnd / 2, MIN_SSTHRESH_PACKETS * this.#mtu);
    this.#cwnd = this.#mtu;
    this.#partialBytesAcked = 0;
  }
}
