/** What a sender counts of one of its streams, its sender reports, and what receivers report back (RFC 3550 §6.4). */
import type { Duration, Instant } from "../../base/instant.ts";
import type { SourceClock } from "../../base/media-frame.ts";
import type { ReportBlock } from "../../rtcp/report-block.ts";
import type { SenderReport } from "../../rtcp/sender-report.ts";
import { compactDifference, compactNtp, fromCompactDelay, ntpFraction, ntpSeconds } from "../ntp.ts";

const MODULUS = 2 ** 32;
/** webrtc-stats hugeFramesSent: how much larger than the average. */
const HUGE = 2.5;
/** No path takes longer: clocks were set in between, or the peer lies. Milliseconds. */
const MAX_ROUND_TRIP: Duration = 60_000;
/** A source that was captured so long before or after it is sent makes no sense. Milliseconds. */
export const MAX_CAPTURE_DISTANCE: Duration = 10_000;

/** What the peer reports of the stream (RFC 3550 §6.4.1). */
export interface RemoteReport {
  readonly at: Instant;
  /** 0..1, since its last report. */
  readonly fractionLost: number;
  readonly packetsLost: number;
  readonly packetsReceived: number;
  /** Seconds. */
  readonly jitter: number;
  /** Milliseconds; undefined when the report does not tell. */
  readonly roundTrip: Duration | undefined;
}

/** Counters are named as webrtc-stats names them. */
export class SenderStatistics {
  readonly ssrc: number;
  /** Retransmissions, also those on a stream of their own, included. */
  packetsSent = 0;
  /** Octets of payload, retransmissions included. */
  bytesSent = 0;
  headerBytesSent = 0;
  retransmittedPacketsSent = 0;
  retransmittedBytesSent = 0;
  framesSent = 0;
  /** Those at least 2.5 times as large as frames were on average until then. */
  hugeFramesSent = 0;
  /** Octets of the frame that is being counted. */
  frameOctets = 0;
  keyFramesSent = 0;
  nackCount = 0;
  pliCount = 0;
  firCount = 0;
  /** Milliseconds that packets have waited to leave, in sum. */
  totalSendDelay: Duration = 0;
  /** The sum of all measured round trips in milliseconds, and how many there were. */
  totalRoundTrip: Duration = 0;
  roundTripMeasurements = 0;
  /** Undefined before the first report. */
  remote: RemoteReport | undefined;
  /** The media's timestamp at an instant: what reports extrapolate from. */
  lastTimestamp = 0;
  lastTimestampAt: Instant = Number.NEGATIVE_INFINITY;
  readonly #firstSequenceNumber: number;
  /** Of all frames that are counted. */
  #octetsOfFrames = 0;
  /** Those of the stream itself: what reports are about. */
  #streamPackets = 0;
  #streamOctets = 0;

  /** `firstSequenceNumber`: 16 bits, as the stream begins. */
  constructor(ssrc: number, firstSequenceNumber: number) {
    this.ssrc = ssrc;
    this.#firstSequenceNumber = firstSequenceNumber;
  }

  /** The frame of {@link frameOctets} is complete. */
  frameSent(): void {
    const isHuge = this.frameOctets * this.framesSent >= HUGE * this.#octetsOfFrames;
    if (isHuge && this.framesSent > 0) this.hugeFramesSent++;
    this.framesSent++;
    this.#octetsOfFrames += this.frameOctets;
    this.frameOctets = 0;
  }

  /** A packet of the stream has left. */
  sent(headerLength: number, payloadLength: number): void {
    this.packetsSent++;
    this.bytesSent += payloadLength;
    this.headerBytesSent += headerLength;
    this.#streamPackets++;
    this.#streamOctets += payloadLength;
  }

  /** One was sent again, on a stream of its own or on this one. */
  sentAgain(headerLength: number, payloadLength: number): void {
    this.packetsSent++;
    this.bytesSent += payloadLength;
    this.headerBytesSent += headerLength;
    this.retransmittedPacketsSent++;
    this.retransmittedBytesSent += payloadLength;
  }

  /**
   * A report for now. `wallClock`: milliseconds since 1970, of the same moment as `now`; `clockRate`: Hz; `source`: when what is
   * passed on was captured, in the stream's own timestamps, else it counts when it was queued.
   */
  report(
    now: Instant,
    wallClock: number,
    clockRate: number,
    reports: readonly ReportBlock[],
    source?: Omit<SourceClock, "ssrc">,
  ): Omit<SenderReport, "type"> {
    const queued = this.lastTimestamp + Math.round(((now - this.lastTimestampAt) * clockRate) / 1000);
    return {
      ssrc: this.ssrc,
      ntpSeconds: ntpSeconds(wallClock),
      ntpFraction: ntpFraction(wallClock),
      rtpTimestamp: (source === undefined ? queued : captured(source, now, clockRate, queued)) >>> 0,
      packetCount: this.#streamPackets % MODULUS,
      octetCount: this.#streamOctets % MODULUS,
      reports,
    };
  }

  /** The peer reports on this stream. */
  reported(now: Instant, wallClock: number, clockRate: number, block: ReportBlock): RemoteReport {
    const roundTrip = roundTripOf(wallClock, block.lastSenderReport, block.delaySinceLastSenderReport);
    if (roundTrip !== undefined) {
      this.totalRoundTrip += roundTrip;
      this.roundTripMeasurements++;
    }
    const expected = block.highestSequenceNumber - this.#firstSequenceNumber + 1;
    this.remote = {
      at: now,
      fractionLost: block.fractionLost / 256,
      packetsLost: block.cumulativeLost,
      packetsReceived: expected - block.cumulativeLost,
      jitter: block.jitter / clockRate,
      roundTrip,
    };
    return this.remote;
  }
}

/** The timestamp of what is captured now; `queued`, which is near, where that makes no sense. */
function captured(
  { rtpTimestamp, capturedAt }: Omit<SourceClock, "ssrc">,
  now: Instant,
  clockRate: number,
  queued: number,
): number {
  const timestamp = rtpTimestamp + Math.round(((now - capturedAt) * clockRate) / 1000);
  const distance = (timestamp - queued) | 0;
  return Math.abs(distance) > (MAX_CAPTURE_DISTANCE * clockRate) / 1000 ? queued : timestamp;
}

/**
 * The time since a report of ours less what the peer held it (RFC 3550 §6.4.1, RFC 3611 §4.5), in milliseconds; undefined when
 * there was none, or when clocks make nonsense of it. `reference`: the middle 32 bits of the report's NTP timestamp, `delay` in
 * 1/65,536 s.
 */
export function roundTripOf(wallClock: number, reference: number, delay: number): Duration | undefined {
  if (reference === 0) return undefined;
  const now = compactNtp(ntpSeconds(wallClock), ntpFraction(wallClock));
  const roundTrip = compactDifference(now, reference) - fromCompactDelay(delay);
  // Nothing takes less than no time, but rounding.
  return roundTrip < -1 || roundTrip > MAX_ROUND_TRIP ? undefined : Math.max(0, roundTrip);
}
