/** What a receiver counts of one source, and the report block of it (RFC 3550 §6.4.1, §A.1, §A.3, §A.8). */
import type { Instant } from "../../base/instant.ts";
import type { ReportBlock } from "../../rtcp/report-block.ts";
import { toCompactDelay } from "../ntp.ts";

/** §A.1: a jump of sequence numbers beyond this is a restart of the source, if the next packet goes on from there. */
export const MAX_DROPOUT = 3000;
const MODULUS = 0x1_0000;
const HALF = MODULUS / 2;
/** §6.4.1: a signed field of 24 bits. */
const MAX_CUMULATIVE_LOST = 0x7f_ffff;
const MIN_CUMULATIVE_LOST = -0x80_0000;

/** Counters are named as webrtc-stats names them. */
export class ReceptionStatistics {
  readonly ssrc: number;
  packetsReceived = 0;
  /** Payload octets. */
  bytesReceived = 0;
  /** Header and padding octets. */
  headerBytesReceived = 0;
  lastPacketAt: Instant = Number.NEGATIVE_INFINITY;
  /** Unwrapped, of the source since it began, or began anew; -1: no packet has come. */
  #first = -1;
  #highest = -1;
  #probation = -1;
  #clockRate = 0;
  /** §A.8, scaled by 16, in ticks. */
  #jitter = 0;
  #transit = Number.NaN;
  /** Since the source began. */
  #received = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #lastSenderReport = 0;
  #lastSenderReportAt: Instant = 0;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  /**
   * A packet of the stream itself has come (RFC 4588 §6.2: losses are those of the stream, whatever was repaired); returns its
   * unwrapped sequence number, or -1 for one that is far from all others: the next one tells whether the source has begun anew
   * (§A.1). Numbers grow whatever happens. `clockRate`: Hz, of the packet's format.
   */
  received(
    now: Instant,
    sequenceNumber: number,
    timestamp: number,
    clockRate: number,
    headerLength: number,
    payloadLength: number,
  ): number {
    let number = this.unwrap(sequenceNumber);
    if (this.#first < 0) number = sequenceNumber + MODULUS;
    else if (Math.abs(number - this.#highest) >= MAX_DROPOUT) {
      if (sequenceNumber !== this.#probation) {
        this.#probation = (sequenceNumber + 1) & 0xffff;
        return -1;
      }
      number = (Math.floor(this.#highest / MODULUS) + 1) * MODULUS + sequenceNumber;
      this.#restart();
    }
    this.#probation = -1;
    // What has overtaken the first one was sent before it.
    if (this.#first < 0 || number < this.#first) this.#first = number;
    if (number > this.#highest) {
      this.#highest = number;
      this.#measureJitter(now, timestamp, clockRate);
    }
    this.packetsReceived++;
    this.#received++;
    this.bytesReceived += payloadLength;
    this.headerBytesReceived += headerLength;
    this.lastPacketAt = now;
    return number;
  }

  /** The unwrapped number nearest to the newest; -1 before the first packet. */
  unwrap(sequenceNumber: number): number {
    if (this.#highest < 0) return -1;
    let distance = (sequenceNumber - this.#highest) % MODULUS;
    if (distance >= HALF) distance -= MODULUS;
    else if (distance < -HALF) distance += MODULUS;
    return this.#highest + distance;
  }

  /** Whether there is something to report. */
  get active(): boolean {
    return this.#first >= 0;
  }

  /** Packets that were expected and have not come; negative when packets came twice (§6.4.1). */
  get packetsLost(): number {
    return this.#expected - this.#received;
  }

  /** Interarrival jitter in seconds. */
  get jitter(): number {
    return this.#clockRate === 0 ? 0 : this.#jitter / 16 / this.#clockRate;
  }

  /** A sender report of the source has come. `compact`: the middle 32 bits of its NTP timestamp. */
  senderReport(now: Instant, compact: number): void {
    this.#lastSenderReport = compact;
    this.#lastSenderReportAt = now;
  }

  /** The block for the next report; the fraction lost is that since the block before. */
  reportBlock(now: Instant): ReportBlock {
    const expected = this.#expected;
    const interval = expected - this.#expectedPrior;
    const lost = interval - (this.#received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#received;
    const delay = this.#lastSenderReport === 0 ? 0 : now - this.#lastSenderReportAt;
    // Cycles are counted from the first packet on, wherever unwrapping has begun.
    const cycles = this.#first < 0 ? 0 : Math.floor(this.#first / MODULUS) * MODULUS;
    return {
      ssrc: this.ssrc,
      fractionLost: interval <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / interval)),
      cumulativeLost: Math.max(MIN_CUMULATIVE_LOST, Math.min(MAX_CUMULATIVE_LOST, this.packetsLost)),
      highestSequenceNumber: Math.max(0, this.#highest - cycles) % 2 ** 32,
      jitter: Math.min(0xffff_ffff, Math.floor(this.#jitter / 16)),
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: toCompactDelay(delay),
    };
  }

  get #expected(): number {
    return this.#first < 0 ? 0 : this.#highest - this.#first + 1;
  }

  /** §A.1: as if the source had only now begun. */
  #restart(): void {
    this.#first = -1;
    this.#transit = Number.NaN;
    this.#received = 0;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
  }

  #measureJitter(now: Instant, timestamp: number, clockRate: number): void {
    const transit = (now * clockRate) / 1000 - timestamp;
    let difference = Math.abs(transit - this.#transit);
    this.#transit = transit;
    if (clockRate !== this.#clockRate) {
      // RFC 7160 §3.2: ticks of one clock are none of another.
      this.#jitter = this.#clockRate === 0 ? 0 : (this.#jitter * clockRate) / this.#clockRate;
      this.#clockRate = clockRate;
      return;
    }
    if (Number.isNaN(difference)) return;
    // The timestamp wraps at 2^32.
    if (difference > 2 ** 31) difference = Math.abs(difference - 2 ** 32);
    // Silence and clock changes are no jitter: five seconds and more are left out.
    if (difference > 5 * clockRate) return;
    this.#jitter += difference - this.#jitter / 16;
  }
}
