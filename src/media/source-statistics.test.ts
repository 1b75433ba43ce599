import { describe, expect, test } from "vitest";
import type { EncodedFrame } from "../core/base/media-frame.ts";
import { MAX_REMEMBERED_FRAMES, SourceStatistics } from "./source-statistics.ts";

function source() {
  const clock = { now: 0 };
  const statistics = new SourceStatistics(() => clock.now);
  /** A frame every `interval` milliseconds, for `duration`. */
  const run = (duration: number, interval: number, more: Partial<EncodedFrame> = {}) => {
    for (const end = clock.now + duration; clock.now < end; clock.now += interval) {
      statistics.count({ type: "key", data: new Uint8Array(0), timestamp: clock.now * 1000, ...more });
    }
  };
  return { clock, statistics, run };
}

describe("what a source has yielded (webrtc-stats §8.10 to §8.12)", () => {
  test("nothing is told before the first frame", () => {
    expect(source().statistics.counts).toBeUndefined();
  });

  test("frames of the last second; none are told in the first second, none are left after a stall", () => {
    const { clock, statistics, run } = source();
    run(900, 40);
    expect(statistics.counts).toMatchObject({ frames: 23, framesPerSecond: undefined });
    run(2000, 40);
    expect(statistics.counts!.framesPerSecond).toBe(25);
    clock.now += 5000;
    expect(statistics.counts).toMatchObject({ frames: 73, framesPerSecond: 0 });
  });

  test("the layers of one picture are one frame", () => {
    const { statistics } = source();
    for (const rid of ["a", "b", "c"]) {
      statistics.count({ type: "key", data: new Uint8Array(0), timestamp: 5, rid });
    }
    expect(statistics.counts!.frames).toBe(1);
  });

  test("energy is level squared times duration; 6 dB less is half the level, 127 is silence", () => {
    const { statistics, run } = source();
    run(1020, 20, { audioLevel: 0 });
    expect(statistics.counts!.totalSamplesDuration).toBeCloseTo(1, 9);
    expect(statistics.counts!.totalAudioEnergy).toBeCloseTo(1, 9);
    run(1000, 20, { audioLevel: 20 });
    expect(statistics.counts!.audioLevel).toBeCloseTo(0.1, 9);
    run(20, 20, { audioLevel: 127 });
    expect(statistics.counts!.audioLevel).toBe(0);
  });

  test("a pause is no sound", () => {
    const { clock, statistics, run } = source();
    run(1020, 20, { audioLevel: 0 });
    clock.now += 10_000;
    run(1020, 20, { audioLevel: 0 });
    expect(statistics.counts).toMatchObject({ totalSamplesDuration: expect.closeTo(2, 9) });
    expect(statistics.counts!.totalAudioEnergy).toBeCloseTo(2, 9);
  });

  test("without levels there is no energy", () => {
    const { statistics, run } = source();
    run(100, 20);
    expect(statistics.counts).toMatchObject({ audioLevel: undefined, totalAudioEnergy: undefined });
  });

  test("a flood of frames is counted, and remembered up to a limit", () => {
    for (const count of [MAX_REMEMBERED_FRAMES - 1, MAX_REMEMBERED_FRAMES, MAX_REMEMBERED_FRAMES + 1]) {
      const { clock, statistics, run } = source();
      run(2000, 100);
      clock.now += 5000;
      for (let i = 0; i < count; i++) {
        statistics.count({ type: "key", data: new Uint8Array(0), timestamp: 1e9 + i });
      }
      expect(statistics.counts!.frames).toBe(20 + count);
      expect(statistics.counts!.framesPerSecond).toBe(Math.min(count, MAX_REMEMBERED_FRAMES));
    }
  });
});
