/** What a receiver counts of one RTP stream, and the report blocks made of it (RFC 3550 §6.4.1, A.3, A.8). */
import type { Instant } from "../base/instant.ts";

/** The fields of a report block that come from counting. */
export interface ReceptionReport {
  /** 0..255: of the packets expected since the last report, in 1/256. */
  readonly fractionLost: number;
  /** -2^23..2^23-1 */
  readonly cumulativeLost: number;
  /** Cycles in the upper 16 bits. */
  readonly extendedHighestSequenceNumber: number;
  /** In units of the stream's timestamps. */
  readonly jitter: number;
}

/** RFC 3550 §6.4.1: a signed field of 24 bits. */
const MAX_CUMULATIVE = 0x7f_ffff;
const MIN_CUMULATIVE = -0x80_0000;

/** Sequence numbers are unwrapped. */
export class ReceiveStatistics {
  packetsReceived = 0;
  /** Octets of payload, without headers and padding (webrtc-stats bytesReceived). */
  bytesReceived = 0;
  headerBytesReceived = 0;
  lastPacketAt: Instant = Number.NEGATIVE_INFINITY;
  readonly #clockRate: number;
  #base = -1;
  #highest = -1;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit: number | undefined;
  #jitter = 0;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** A packet of the stream itself; what was repaired does not count (RFC 4588 §6.2: losses are those of the stream). */
  received(now: Instant, sequenceNumber: number, timestamp: number, payload: number, header: number): void {
    this.packetsReceived++;
    this.bytesReceived += payload;
    this.headerBytesReceived += header;
    this.lastPacketAt = now;
    if (this.#base < 0) this.#base = sequenceNumber;
    // A packet that came out of order before the first one was never expected.
    else if (sequenceNumber < this.#base) this.#base = sequenceNumber;
    if (sequenceNumber > this.#highest) this.#highest = sequenceNumber;
    // A.8: the difference of two transit times, both modulo 2^32.
    const arrival = (now * this.#clockRate) / 1000;
    const transit = arrival - timestamp;
    if (this.#transit !== undefined) {
      const difference = Math.abs(signed32(transit - this.#transit));
      this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** Interarrival jitter, seconds. */
  get jitter(): number {
    return this.#jitter / this.#clockRate;
  }

  /** Packets that were expected and did not come; negative with duplicates (RFC 3550 §6.4.1). */
  get packetsLost(): number {
    return this.#base < 0 ? 0 : this.#highest - this.#base + 1 - this.packetsReceived;
  }

  /** Whether there is something to report. */
  get active(): boolean {
    return this.#base >= 0;
  }

  /** Cycles are counted from the first packet on (RFC 3550 §6.4.1), wherever unwrapping has begun. */
  get #extendedHighest(): number {
    return this.#base < 0 ? 0 : this.#highest - Math.floor(this.#base / 0x1_0000) * 0x1_0000;
  }

  /** For the next report: the fraction is that of the time since the last one. */
  report(): ReceptionReport {
    const expected = this.#base < 0 ? 0 : this.#highest - this.#base + 1;
    const expectedNow = expected - this.#expectedBefore;
    const receivedNow = this.packetsReceived - this.#receivedBefore;
    this.#expectedBefore = expected;
    this.#receivedBefore = this.packetsReceived;
    const lost = expectedNow - receivedNow;
    return {
      fractionLost: expectedNow <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expectedNow)),
      cumulativeLost: Math.max(MIN_CUMULATIVE, Math.min(MAX_CUMULATIVE, this.packetsLost)),
      extendedHighestSequenceNumber: this.#extendedHighest % 0x1_0000_0000,
      jitter: Math.min(0xffff_ffff, Math.floor(this.#jitter)),
    };
  }
}

/** `difference` modulo 2^32, between -2^31 and 2^31. */
function signed32(difference: number): number {
  const modulus = 0x1_0000_0000;
  const rest = ((difference % modulus) + modulus) % modulus;
  return rest >= modulus / 2 ? rest - modulus : rest;
}
