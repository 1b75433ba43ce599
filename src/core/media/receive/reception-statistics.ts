/** What a receiver counts of one source, and the report block of it (RFC 3550 §6.4.1, §A.1, §A.3, §A.8). */
import type { Instant } from "../../base/instant.ts";
import { SerialUnwrapper } from "../../base/serial.ts";
import type { ReportBlock } from "../../rtcp/report-block.ts";
import { toCompactDelay } from "../ntp.ts";

/** §A.1: a jump of sequence numbers beyond this is a restart of the source, if the next packet goes on from there. */
export const MAX_DROPOUT = 3000;
const MODULUS = 0x1_0000;

export class ReceptionStatistics {
  readonly ssrc: number;
  packets = 0;
  /** Payload octets. */
  octets = 0;
  /** Header and padding octets. */
  headerOctets = 0;
  lastArrival: Instant = Number.NEGATIVE_INFINITY;
  readonly #clockRate: number;
  readonly #sequence = new SerialUnwrapper(16);
  #first = -1;
  #highest = -1;
  #probation = -1;
  /** §A.8, scaled by 16. */
  #jitter = 0;
  #transit = Number.NaN;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #lastSenderReport = 0;
  #lastSenderReportArrival: Instant = 0;

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  /**
   * A packet has come; returns its unwrapped sequence number, or -1 for one that is far from all others: the next one tells
   * whether the source has begun anew (§A.1).
   */
  received(
    now: Instant,
    sequenceNumber: number,
    timestamp: number,
    headerLength: number,
    payloadLength: number,
  ): number {
    if (this.#first >= 0 && !this.#isNear(sequenceNumber)) {
      if (sequenceNumber !== this.#probation) {
        this.#probation = (sequenceNumber + 1) & 0xffff;
        return -1;
      }
      this.#restart();
    }
    this.#probation = -1;
    const number = this.#sequence.unwrap(sequenceNumber);
    if (this.#first < 0) this.#first = number;
    if (number > this.#highest) {
      this.#highest = number;
      this.#measureJitter(now, timestamp);
    }
    this.packets++;
    this.octets += payloadLength;
    this.headerOctets += headerLength;
    this.lastArrival = now;
    return number;
  }

  /** Packets that ought to have come. */
  get expected(): number {
    return this.#first < 0 ? 0 : this.#highest - this.#first + 1;
  }

  /** Expected less received: negative when packets came twice (§6.4.1). */
  get lost(): number {
    return this.expected - this.packets;
  }

  /** Interarrival jitter in seconds. */
  get jitter(): number {
    return this.#jitter / 16 / this.#clockRate;
  }

  /** The unwrapped number of the newest packet, -1 before the first. */
  get highestSequenceNumber(): number {
    return this.#highest;
  }

  /** A sender report of the source has come. `compact`: the middle 32 bits of its NTP timestamp. */
  senderReport(now: Instant, compact: number): void {
    this.#lastSenderReport = compact;
    this.#lastSenderReportArrival = now;
  }

  /** The block for the next report; the fraction lost is that since the block before. */
  reportBlock(now: Instant): ReportBlock {
    const expected = this.expected;
    const interval = expected - this.#expectedPrior;
    const lost = interval - (this.packets - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.packets;
    const delay = this.#lastSenderReport === 0 ? 0 : now - this.#lastSenderReportArrival;
    // The cycles in front; the unwrapper begins one cycle above zero.
    const cycles = Math.floor(this.#highest / MODULUS) - 1;
    return {
      ssrc: this.ssrc,
      fractionLost: interval <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / interval)),
      cumulativeLost: this.lost,
      highestSequenceNumber: ((cycles & 0xffff) * MODULUS + (this.#highest & 0xffff)) >>> 0,
      jitter: Math.floor(this.#jitter / 16),
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: toCompactDelay(delay),
    };
  }

  #isNear(sequenceNumber: number): boolean {
    const distance = (sequenceNumber - (this.#highest & 0xffff)) & 0xffff;
    return distance < MAX_DROPOUT || distance > MODULUS - MAX_DROPOUT;
  }

  /** §A.1: as if the source had only now begun. */
  #restart(): void {
    this.#sequence.reset();
    this.#first = -1;
    this.#highest = -1;
    this.#transit = Number.NaN;
    this.packets = 0;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
  }

  #measureJitter(now: Instant, timestamp: number): void {
    const transit = (now * this.#clockRate) / 1000 - timestamp;
    let difference = Math.abs(transit - this.#transit);
    this.#transit = transit;
    if (Number.isNaN(difference)) return;
    // The timestamp wraps at 2^32.
    if (difference > 2 ** 31) difference = Math.abs(difference - 2 ** 32);
    // Silence and clock changes are no jitter: five seconds and more are left out.
    if (difference > 5 * this.#clockRate) return;
    this.#jitter += difference - this.#jitter / 16;
  }
}
