/** What a made-up microphone yields: silence, as a real one in a silent room, encoded for each receiver of it. */
import type { EncodedFrame } from "../../core/base/media-frame.ts";
import type { MediaSink, TrackSource } from "../track-source.ts";

/** Milliseconds of one frame. */
const FRAME_DURATION = 20;

/** Frames that are made up for at once, after the process was busy; more are left out. */
const MAX_FRAMES_AT_ONCE = 50;

/** One frame of silence in each codec that it can be made in, by MIME type. */
const SILENCE: ReadonlyMap<string, Uint8Array> = new Map([
  // RFC 6716 §3.1: one mono frame of 20 ms, full band, CELT only; its two bytes of content decode to silence.
  ["audio/opus", Uint8Array.of(0xf8, 0xff, 0xfe)],
  // ITU-T G.711: the code of zero, 8,000 times in a second.
  ["audio/pcmu", new Uint8Array(FRAME_DURATION * 8).fill(0xff)],
  ["audio/pcma", new Uint8Array(FRAME_DURATION * 8).fill(0xd5)],
]);
const OPUS = "audio/opus";

/**
 * Feeds an audio source with silence, in real time, until nobody uses it any more or it has ended: in Opus or G.711, as the
 * receivers ask. Keeps no process alive.
 */
export function feedSilence(source: TrackSource): void {
  const start = performance.now();
  let written = 0;
  const timer = setInterval(() => {
    if (source.hasEnded) return stop();
    const due = Math.floor((performance.now() - start) / FRAME_DURATION);
    written = Math.max(written, due - MAX_FRAMES_AT_ONCE);
    for (; written < due; written++) {
      for (const sink of source.frameSinks) {
        const frame = silentFrame(written, sink);
        const captured = performance.timeOrigin + start + written * FRAME_DURATION;
        const absoluteCaptureTime = { timestamp: captured, clockOffset: 0 };
        if (frame) source.writeFrame({ ...frame, absoluteCaptureTime }, sink);
      }
    }
  }, FRAME_DURATION);
  timer.unref();
  const stop = () => clearInterval(timer);
  source.onunused = stop;
}

function silentFrame(index: number, { encodings }: MediaSink): EncodedFrame | undefined {
  const mimeType = encodings === undefined ? OPUS : encodings[0]?.mimeType;
  const data = mimeType === undefined ? undefined : SILENCE.get(mimeType.toLowerCase());
  if (mimeType === undefined || data === undefined) return undefined;
  const timestamp = index * FRAME_DURATION * 1000;
  return { type: "key", data, timestamp, mimeType, audioLevel: 127, voiceActivity: false };
}
