/** Remembers when packets came, by their RTP sequence numbers, and makes congestion control feedback of it (RFC 8888 §3.1). */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";
import { SerialUnwrapper } from "../../base/serial.ts";
import {
  ARRIVAL_TOO_OLD,
  arrivalMetric,
  type CongestionControlFeedback,
  NOT_ARRIVED,
  type StreamMetrics,
} from "../../rtcp/congestion-control-feedback.ts";
import { compactNtp, ntpFraction, ntpSeconds } from "../ntp.ts";

/** Between two reports (§6: 50 to 200 ms at common bitrates). Milliseconds. */
export const CONGESTION_FEEDBACK_INTERVAL: Duration = 100;
/** Sources that are reported on: those beyond are not. */
export const MAX_REPORTED_SOURCES = 32;
/** Packets of one source that are remembered. */
export const MAX_SOURCE_ARRIVALS = 1024;
/** Packets that one report speaks of, so that it fits into a datagram. */
export const MAX_REPORT_METRICS = 400;

const MASK = MAX_SOURCE_ARRIVALS - 1;
const UNITS_PER_MILLISECOND = 1024 / 1000;
/** §3.1: 0x1FFE and 0x1FFF mean something else. */
const MAX_OFFSET = 0x1ffd;

/** What the peer was told of the packets of one source; members are named as webrtc-stats names them (§8.2). */
export interface ReportedPackets {
  /** Packets that a report has said were not there. */
  readonly packetsReportedAsLost: number;
  /** Those of them that a later report has said were there. */
  readonly packetsReportedAsLostButRecovered: number;
}

const NOTHING_REPORTED: ReportedPackets = { packetsReportedAsLost: 0, packetsReportedAsLostButRecovered: 0 };

/** The arrivals of one source that were not reported. */
class SourceArrivals implements ReportedPackets {
  packetsReportedAsLost = 0;
  packetsReportedAsLostButRecovered = 0;
  /** 1: it was reported as lost, and not as received since. */
  readonly #lost = new Uint8Array(MAX_SOURCE_ARRIVALS);
  readonly #unwrapper = new SerialUnwrapper(16);
  readonly #arrivals = new Float64Array(MAX_SOURCE_ARRIVALS).fill(Number.NaN);
  #begin = -1;
  #end = -1;

  /** Packets that the next reports speak of, missing ones between included. */
  get pending(): number {
    return this.#end - this.#begin;
  }

  received(now: Instant, sequenceNumber: number): void {
    const number = this.#unwrapper.unwrap(sequenceNumber);
    if (this.#end < 0) {
      this.#begin = number;
      this.#end = number;
    }
    if (number < this.#end - MAX_SOURCE_ARRIVALS) return;
    for (let missing = Math.max(this.#end, number - MASK); missing <= number; missing++) {
      this.#arrivals[missing & MASK] = Number.NaN;
      this.#lost[missing & MASK] = 0;
    }
    this.#arrivals[number & MASK] = now;
    this.#end = Math.max(this.#end, number + 1);
    // What comes late is reported with what came behind it, again.
    this.#begin = Math.max(Math.min(this.#begin, number), this.#end - MAX_SOURCE_ARRIVALS);
  }

  /** `isSent`: the report leaves, and counts. */
  take(now: Instant, ssrc: number, limit: number, isSent: boolean): StreamMetrics {
    const count = Math.min(limit, this.pending);
    const metrics = new Uint16Array(count);
    for (let i = 0; i < count; i++) {
      const slot = (this.#begin + i) & MASK;
      const arrival = this.#arrivals[slot]!;
      if (isSent) this.#count(slot, Number.isNaN(arrival));
      if (Number.isNaN(arrival)) metrics[i] = NOT_ARRIVED;
      else {
        const offset = Math.round((now - arrival) * UNITS_PER_MILLISECOND);
        metrics[i] = arrivalMetric(0, offset > MAX_OFFSET ? ARRIVAL_TOO_OLD : offset);
      }
    }
    const beginSequenceNumber = this.#begin & 0xffff;
    this.#begin += count;
    return { ssrc, beginSequenceNumber, metrics };
  }

  #count(slot: number, isLost: boolean): void {
    const wasLost = this.#lost[slot] === 1;
    if (isLost === wasLost) return;
    if (isLost) this.packetsReportedAsLost++;
    else this.packetsReportedAsLostButRecovered++;
    this.#lost[slot] = isLost ? 1 : 0;
  }
}

export class CongestionFeedback {
  /** Messages that were sent, and that have come (webrtc-stats §8.13). */
  messagesSent = 0;
  messagesReceived = 0;
  readonly #sources = new Map<number, SourceArrivals>();
  #due: Instant = NEVER;

  /** A packet of a source has come. */
  received(now: Instant, ssrc: number, sequenceNumber: number): void {
    let source = this.#sources.get(ssrc);
    if (source === undefined) {
      if (this.#sources.size >= MAX_REPORTED_SOURCES) return;
      source = new SourceArrivals();
      this.#sources.set(ssrc, source);
    }
    source.received(now, sequenceNumber);
    if (this.#due === NEVER) this.#due = now + CONGESTION_FEEDBACK_INTERVAL;
    else if (source.pending >= MAX_REPORT_METRICS) this.#due = Math.min(this.#due, now);
  }

  /** When the next report is due. */
  nextTimeout(): Instant {
    return this.#due;
  }

  /**
   * The next report; undefined: there is nothing to say. Ask until then. `wallClock`: milliseconds since 1970, now; `isSent`: false
   * if it will not leave.
   */
  take(
    now: Instant,
    wallClock: number,
    senderSsrc: number,
    isSent = true,
  ): CongestionControlFeedback | undefined {
    const streams: StreamMetrics[] = [];
    let left = MAX_REPORT_METRICS;
    for (const [ssrc, source] of this.#sources) {
      if (source.pending === 0 || left === 0) continue;
      const metrics = source.take(now, ssrc, left, isSent);
      left -= metrics.metrics.length;
      streams.push(metrics);
    }
    if (streams.length === 0) {
      this.#due = NEVER;
      return undefined;
    }
    if (isSent) this.messagesSent++;
    const reportTimestamp = compactNtp(ntpSeconds(wallClock), ntpFraction(wallClock));
    return { type: "congestion-control-feedback", senderSsrc, streams, reportTimestamp };
  }

  /** Of the source with that SSRC. */
  reported(ssrc: number): ReportedPackets {
    return this.#sources.get(ssrc) ?? NOTHING_REPORTED;
  }

  /** The source has ended. */
  forget(ssrc: number): void {
    this.#sources.delete(ssrc);
  }
}
