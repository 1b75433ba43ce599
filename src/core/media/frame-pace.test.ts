import { expect, test } from "vitest";
import { FramePace, MAX_FRAMES_PER_SECOND } from "./frame-pace.ts";

test("frames of the last second are counted, none after a second of silence", () => {
  const pace = new FramePace();
  expect(pace.perSecond(0)).toBeUndefined();
  for (let frame = 0; frame < 100; frame++) pace.note(frame * 40);
  expect(pace.perSecond(99 * 40)).toBe(25);
  expect(pace.perSecond(99 * 40 + 500)).toBe(13);
  expect(pace.perSecond(99 * 40 + 1000)).toBe(0);
});

test("of a flood as many as are remembered", () => {
  const pace = new FramePace();
  for (let frame = 0; frame < 2000; frame++) pace.note(frame / 10);
  expect(pace.perSecond(200)).toBe(MAX_FRAMES_PER_SECOND);
});

test("intervals add up; one of three times the average, and 150 ms above it, is a freeze, one of five seconds a pause", () => {
  const pace = new FramePace();
  let now = 0;
  pace.note(now);
  for (const interval of [...Array<number>(30).fill(40), 189, 40, 400, 5000, 40]) {
    now += interval;
    pace.note(now);
  }
  expect(pace.totalInterFrameDelay).toBeCloseTo(now / 1000);
  expect(pace.totalSquaredInterFrameDelay).toBeCloseTo(32 * 0.04 ** 2 + 0.189 ** 2 + 0.4 ** 2 + 25);
  expect([pace.freezeCount, pace.totalFreezesDuration]).toEqual([1, 0.4]);
  expect([pace.pauseCount, pace.totalPausesDuration]).toEqual([1, 5]);
});
