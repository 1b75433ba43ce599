/** webrtc-pc §5.3.1: who has contributed to what a receiver's track got in the last ten seconds. */
import type { AbsoluteCaptureTime, ReceivedFrame } from "../core/base/media-frame.ts";
import { putLatest } from "../core/base/put-latest.ts";
import { NTP_EPOCH_OFFSET } from "../core/media/index.ts";
import type { RTCRtpContributingSource, RTCRtpSynchronizationSource } from "./rtp-parameters.ts";

/** Milliseconds that a source is told of after its last frame. */
export const SOURCE_LIFETIME = 10_000;

/** Sources of each kind that are remembered; of more, those that were heard last. RFC 3550 §5.1: 15 CSRCs per packet. */
export const MAX_SOURCES = 64;

/** What `getSynchronizationSources()` and `getContributingSources()` return. Times: see `Host.timeOrigin`. */
export class RtpSources {
  readonly #synchronization = new Map<number, RTCRtpSynchronizationSource>();
  readonly #contributing = new Map<number, RTCRtpContributingSource>();

  /** A frame is delivered to the track at `timestamp`. */
  note(frame: ReceivedFrame, timestamp: number): void {
    const { ssrc, csrcs, rtpTimestamp, audioLevel, csrcAudioLevels, absoluteCaptureTime } = frame;
    const captured = captureMembers(absoluteCaptureTime);
    put(this.#synchronization, {
      source: ssrc,
      timestamp,
      rtpTimestamp,
      ...levelMember(audioLevel),
      ...captured,
    });
    csrcs.forEach((source, index) => {
      const level = levelMember(csrcAudioLevels?.[index]);
      put(this.#contributing, { source, timestamp, rtpTimestamp, ...level, ...captured });
    });
  }

  /** Those of the last ten seconds, the latest first. */
  synchronization(now: number): RTCRtpSynchronizationSource[] {
    return recent(this.#synchronization, now);
  }

  /** Likewise. */
  contributing(now: number): RTCRtpContributingSource[] {
    return recent(this.#contributing, now);
  }
}

/** webrtc-extensions §7.1 */
function captureMembers(
  captured: AbsoluteCaptureTime | undefined,
): Pick<RTCRtpContributingSource, "captureTimestamp" | "senderCaptureTimeOffset"> {
  if (captured === undefined) return {};
  const { timestamp, clockOffset } = captured;
  const captureTimestamp = timestamp + NTP_EPOCH_OFFSET;
  return clockOffset === undefined
    ? { captureTimestamp }
    : { captureTimestamp, senderCaptureTimeOffset: clockOffset };
}

/** webrtc-pc §5.3.1: what no packet says is not there. */
function levelMember(level: number | undefined): Pick<RTCRtpContributingSource, "audioLevel"> {
  return level === undefined ? {} : { audioLevel: linearLevel(level) };
}

function put(sources: Map<number, RTCRtpContributingSource>, entry: RTCRtpContributingSource): void {
  putLatest(sources, entry.source, entry, MAX_SOURCES);
}

function recent(sources: Map<number, RTCRtpContributingSource>, now: number): RTCRtpContributingSource[] {
  const all = [...sources.values()].reverse();
  return all.filter(({ timestamp }) => now - timestamp <= SOURCE_LIFETIME).map((entry) => ({ ...entry }));
}

/** From RFC 6464's and RFC 6465's negative decibels to 0..1, where 127 is silence. */
export function linearLevel(level: number): number {
  return level === 127 ? 0 : 10 ** (-level / 20);
}
