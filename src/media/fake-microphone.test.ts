import { afterEach, expect, test, vi } from "vitest";
import { feedSilence } from "./fake-microphone.ts";
import { subscribe, TrackSource, trackFrom } from "./index.ts";

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
