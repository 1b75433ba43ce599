/**
 * Times of capture from hop to hop (abs-capture-time, as libwebrtc's description of the header extension has it): told now and
 * then, and calculated for the packets in between from their RTP timestamps.
 */
import type { Duration, Instant } from "../base/instant.ts";
import type { AbsoluteCaptureTime } from "../base/media-frame.ts";
import {
  ABS_CAPTURE_TIME_LENGTH,
  ABS_CAPTURE_TIME_WITH_OFFSET_LENGTH,
  decodeAbsCaptureTime,
  decodeCaptureClockOffset,
  encodeAbsCaptureTime,
  encodeCaptureClockOffset,
} from "../rtp/index.ts";
import { NTP_EPOCH_OFFSET } from "./ntp.ts";

/** Told at least as often as this. Milliseconds. */
export const CAPTURE_TIME_INTERVAL: Duration = 1000;
/** What receivers would calculate may be wrong by so much. Milliseconds. */
const TOLERANCE: Duration = 1;
/** Farther away from what was told nothing is calculated: clocks drift. Milliseconds. */
export const MAX_INTERPOLATION: Duration = 5000;
/** Of NTP seconds: from 2036 on they begin anew (RFC 4330 §3). */
const ERA = 2 ** 32 * 1000;

/** Of one stream that is sent: when the time of capture is told. */
export class CaptureTimeSender {
  #toldAt: Instant = Number.NEGATIVE_INFINITY;
  #rtpTimestamp = 0;
  #told: AbsoluteCaptureTime | undefined;

  /** The extension's data for the frame with this RTP timestamp; undefined: receivers can do without. */
  take(
    now: Instant,
    captured: AbsoluteCaptureTime,
    rtpTimestamp: number,
    clockRate: number,
  ): Uint8Array | undefined {
    const told = this.#told;
    if (told !== undefined && now - this.#toldAt < CAPTURE_TIME_INTERVAL) {
      const expected = told.timestamp + elapsed(rtpTimestamp, this.#rtpTimestamp, clockRate);
      const isExpected = Math.abs(captured.timestamp - expected) <= TOLERANCE;
      if (isExpected && told.clockOffset === captured.clockOffset) return undefined;
    }
    this.#toldAt = now;
    this.#rtpTimestamp = rtpTimestamp;
    this.#told = captured;
    return encode(captured);
  }
}

function encode({ timestamp, clockOffset }: AbsoluteCaptureTime): Uint8Array {
  const length = clockOffset === undefined ? ABS_CAPTURE_TIME_LENGTH : ABS_CAPTURE_TIME_WITH_OFFSET_LENGTH;
  const data = new Uint8Array(length);
  encodeAbsCaptureTime(timestamp + NTP_EPOCH_OFFSET, data, 0);
  if (clockOffset !== undefined) encodeCaptureClockOffset(clockOffset, data, 0);
  return data;
}

/** Of one stream that is received: what was told last, and what follows from it. */
export class CaptureTimes {
  /** The CSRC of who has captured it; 0: the stream's own source. */
  #source = 0;
  #timestamp = Number.NaN;
  #clockOffset: number | undefined;
  #rtpTimestamp = 0;

  /** A packet has the extension at `at`. `source`: its first CSRC, 0 without. */
  told(source: number, rtpTimestamp: number, packet: Uint8Array, at: number, length: number): void {
    const sinceNtpEpoch = decodeAbsCaptureTime(packet, at, length);
    if (sinceNtpEpoch < 0) return;
    const isOther = source !== this.#source || Number.isNaN(this.#timestamp);
    // One that comes late says nothing of what comes now.
    if (!isOther && ((rtpTimestamp - this.#rtpTimestamp) | 0) < 0) return;
    const clockOffset = decodeCaptureClockOffset(packet, at, length);
    this.#clockOffset = isOther ? clockOffset : (clockOffset ?? this.#clockOffset);
    this.#source = source;
    this.#timestamp = sinceNtpEpoch + (sinceNtpEpoch < ERA / 2 ? ERA : 0) - NTP_EPOCH_OFFSET;
    this.#rtpTimestamp = rtpTimestamp;
  }

  /** Of a frame of that source; undefined: nothing that was told is near enough. */
  at(source: number, rtpTimestamp: number, clockRate: number): AbsoluteCaptureTime | undefined {
    const distance = elapsed(rtpTimestamp, this.#rtpTimestamp, clockRate);
    if (source !== this.#source || Number.isNaN(this.#timestamp) || Math.abs(distance) > MAX_INTERPOLATION)
      return undefined;
    const timestamp = this.#timestamp + distance;
    return this.#clockOffset === undefined ? { timestamp } : { timestamp, clockOffset: this.#clockOffset };
  }
}

/**
 * The extension's data as a forwarder sends it: the clocks' difference is to be told as the forwarder sees it. `ahead`: milliseconds
 * by which the clock of who has sent it to us is ahead of ours; undefined: not known, and nothing is said of clocks.
 */
export function passedOnCaptureTime(data: Uint8Array, ahead: Duration | undefined): Uint8Array {
  const offset = decodeCaptureClockOffset(data, 0, data.length);
  if (offset === undefined) return data.slice();
  const passedOn = data.slice(0, ahead === undefined ? ABS_CAPTURE_TIME_LENGTH : data.length);
  if (ahead !== undefined) encodeCaptureClockOffset(offset + ahead, passedOn, 0);
  return passedOn;
}

/** Milliseconds between two RTP timestamps. */
function elapsed(later: number, earlier: number, clockRate: number): Duration {
  return (((later - earlier) | 0) * 1000) / clockRate;
}
