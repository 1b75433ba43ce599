/** webrtc-pc §5.3.1: who has contributed to what a receiver's track got in the last ten seconds. */
import type { ReceivedFrame } from "../core/base/media-frame.ts";
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
    const { ssrc, csrcs, rtpTimestamp, audioLevel } = frame;
    const level = audioLevel === undefined ? {} : { audioLevel: linearLevel(audioLevel) };
    put(this.#synchronization, { source: ssrc, timestamp, rtpTimestamp, ...level });
    // RFC 6465 levels of contributors are not read.
    for (const source of csrcs) put(this.#contributing, { source, timestamp, rtpTimestamp });
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

/** The latest is the last of the map. */
function put(sources: Map<number, RTCRtpContributingSource>, entry: RTCRtpContributingSource): void {
  sources.delete(entry.source);
  sources.set(entry.source, entry);
  if (sources.size <= MAX_SOURCES) return;
  const [oldest] = sources.keys();
  sources.delete(oldest!);
}

function recent(sources: Map<number, RTCRtpContributingSource>, now: number): RTCRtpContributingSource[] {
  const all = [...sources.values()].reverse();
  return all.filter(({ timestamp }) => now - timestamp <= SOURCE_LIFETIME).map((entry) => ({ ...entry }));
}

/** From RFC 6464's negative decibels to 0..1, where 127 is silence. */
export function linearLevel(level: number): number {
  return level === 127 ? 0 : 10 ** (-level / 20);
}
