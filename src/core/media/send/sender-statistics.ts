/** What a sender counts of one of its streams, its sender reports, and what receivers report back (RFC 3550 §6.4). */
import type { Duration, Instant } from "../../base/instant.ts";
import type { ReportBlock } from "../../rtcp/report-block.ts";
import type { SenderReport } from "../../rtcp/sender-report.ts";
import { compactDifference, compactNtp, fromCompactDelay, ntpFraction, ntpSeconds } from "../ntp.ts";

const MODULUS = 2 ** 32;

export class SenderStatistics {
  readonly ssrc: number;
  packets = 0;
  /** Payload octets. */
  octets = 0;
  /** Header and padding octets. */
  headerOctets = 0;
  /** Milliseconds by the last report that told; undefined before. */
  roundTrip: Duration | undefined;
  /** The sum of all measured round trips, and how many there were. */
  totalRoundTrip: Duration = 0;
  roundTripMeasurements = 0;
  /** What the peer has reported last. */
  remote: ReportBlock | undefined;
  readonly #clockRate: number;
  #timestamp = 0;
  #timestampAt: Instant = Number.NaN;

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  /** A packet leaves. `timestamp` is the media's at `captured`. */
  sent(captured: Instant, timestamp: number, headerLength: number, payloadLength: number): void {
    this.packets++;
    this.octets += payloadLength;
    this.headerOctets += headerLength;
    this.#timestamp = timestamp;
    this.#timestampAt = captured;
  }

  /** A report for now; undefined before the first packet. `wallClock`: milliseconds since 1970, of the same moment as `now`. */
  report(now: Instant, wallClock: number, reports: readonly ReportBlock[]): SenderReport | undefined {
    if (Number.isNaN(this.#timestampAt)) return undefined;
    const ticks = Math.round(((now - this.#timestampAt) * this.#clockRate) / 1000);
    return {
      type: "sender-report",
      ssrc: this.ssrc,
      ntpSeconds: ntpSeconds(wallClock),
      ntpFraction: ntpFraction(wallClock),
      rtpTimestamp: (((this.#timestamp + ticks) % MODULUS) + MODULUS) % MODULUS,
      packetCount: this.packets % MODULUS,
      octetCount: this.octets % MODULUS,
      reports,
    };
  }

  /** The peer reports on this stream: the round trip is the time since our report less what it was held there. */
  reported(wallClock: number, block: ReportBlock): void {
    this.remote = block;
    if (block.lastSenderReport === 0) return;
    const now = compactNtp(ntpSeconds(wallClock), ntpFraction(wallClock));
    const roundTrip =
      compactDifference(now, block.lastSenderReport) - fromCompactDelay(block.delaySinceLastSenderReport);
    // Clock steps and lies: nothing takes less than no time, and an hour is no round trip.
    if (roundTrip < -1 || roundTrip > 3_600_000) return;
    this.roundTrip = Math.max(0, roundTrip);
    this.totalRoundTrip += this.roundTrip;
    this.roundTripMeasurements++;
  }
}
