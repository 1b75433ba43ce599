/** What a made-up microphone yields: Opus frames of silence, as a real one in a silent room. */
import type { EncodedFrame } from "../core/base/media-frame.ts";
import type { TrackSource } from "./track-source.ts";

/** Milliseconds of one frame. */
const FRAME_DURATION = 20;

/** Frames that are made up for at once, after the process was busy; more are left out. */
const MAX_FRAMES_AT_ONCE = 50;

/**
 * RFC 6716 §3.1: one mono frame of 20 ms, full band, CELT only; its two bytes of content decode to silence.
 */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

/**
 * Feeds an audio source with silence, in real time, until nobody uses it any more or it has ended. Keeps no process alive.
 */
export function feedSilence(source: TrackSource): void {
  const start = performance.now();
  let written = 0;
  const timer = setInterval(() => {
    if (source.hasEnded) return stop();
    const due = Math.floor((performance.now() - start) / FRAME_DURATION);
    written = Math.max(written, due - MAX_FRAMES_AT_ONCE);
    for (; written < due; written++) source.writeFrame(silentFrame(written));
  }, FRAME_DURATION);
  timer.unref();
  const stop = () => clearInterval(timer);
  source.onunused = stop;
}

function silentFrame(index: number): EncodedFrame {
  return {
    type: "key",
    data: SILENCE,
    timestamp: index * FRAME_DURATION * 1000,
    mimeType: "audio/opus",
    audioLevel: 127,
    voiceActivity: false,
  };
}
