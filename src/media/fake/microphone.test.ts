import { afterEach, expect, test, vi } from "vitest";
import type { EncodedFrame } from "../../core/base/media-frame.ts";
import { subscribe, TrackSource, trackFrom, type WantedEncoding } from "../index.ts";
import { attachSink } from "../MediaStreamTrack.ts";
import { feedSilence } from "./microphone.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("yields one Opus frame each 20 ms while a track uses it", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const source = new TrackSource("audio");
  const track = trackFrom(source);
  const timestamps: number[] = [];
  subscribe(track, { frame: ({ timestamp }) => timestamps.push(timestamp) });
  feedSilence(source);
  vi.advanceTimersByTime(100);
  expect(timestamps).toEqual([0, 20_000, 40_000, 60_000, 80_000]);
  timestamps.length = 0;
  track.stop();
  vi.advanceTimersByTime(1000);
  expect([timestamps.length, vi.getTimerCount()]).toEqual([0, 0]);
});

test("stops when its device is unplugged", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const source = new TrackSource("audio");
  trackFrom(source);
  feedSilence(source);
  source.end();
  vi.advanceTimersByTime(20);
  expect(vi.getTimerCount()).toBe(0);
});

test("yields silence in the codec that a receiver of it wants", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const source = new TrackSource("audio");
  const track = trackFrom(source);
  const frames: EncodedFrame[] = [];
  const wanted = [{ mimeType: "audio/PCMU" }, { mimeType: "audio/G722" }] as WantedEncoding[];
  for (const encoding of wanted) {
    attachSink(track, { encodings: [encoding], frame: (frame) => frames.push(frame) });
  }
  feedSilence(source);
  vi.advanceTimersByTime(20);
  expect(frames.map(({ mimeType, data }) => [mimeType, data.length, data[0]])).toEqual([
    ["audio/PCMU", 160, 0xff],
  ]);
});
