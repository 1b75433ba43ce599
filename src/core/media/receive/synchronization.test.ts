import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  MAX_PLAYOUT_DELAY,
  MAX_SKEW,
  MAX_SYNCHRONIZATION_STEP,
  SYNCHRONIZATION_INTERVAL,
  SynchronizationDelay,
  synchronizedDelays,
} from "./synchronization.ts";

describe("the delays of a group", () => {
  test("all are played when the slowest can be, which is not held for longer than it asks", () => {
    const delays = synchronizedDelays([
      { transit: 1000, ownDelay: 20 },
      { transit: 1150, ownDelay: 80 },
    ]);
    expect(delays).toEqual([230, 80]);
  });

  test("who is alone keeps the own delay", () => {
    expect(synchronizedDelays([{ transit: 1e12, ownDelay: 70 }])).toEqual([70]);
  });

  test("streams that are too far apart are played for themselves", () => {
    const group = (skew: number) => [
      { transit: 0, ownDelay: 10 },
      { transit: skew, ownDelay: 10 },
    ];
    expect(synchronizedDelays(group(MAX_SKEW))).toEqual([MAX_SKEW + 10, 10]);
    expect(synchronizedDelays(group(MAX_SKEW + 1))).toEqual([10, 10]);
  });

  test("none is shorter than the own delay, none longer than the longest that is allowed, unless asked for", () => {
    const playout = fc.record({
      transit: fc.double({ min: -1e13, max: 1e13, noNaN: true }),
      ownDelay: fc.integer({ min: 0, max: 6000 }),
    });
    fc.assert(
      fc.property(fc.array(playout, { minLength: 1, maxLength: 6 }), (group) => {
        synchronizedDelays(group).forEach((delay, index) => {
          const { ownDelay } = group[index]!;
          expect(delay).toBeGreaterThanOrEqual(ownDelay);
          expect(delay).toBeLessThanOrEqual(Math.max(ownDelay, MAX_PLAYOUT_DELAY));
        });
      }),
    );
  });
});

describe("a stream's way to its delay", () => {
  test("is gradual, both ways, and ends where nothing is asked for (webrtc-pc §5.3)", () => {
    const delay = new SynchronizationDelay();
    let now = 0;
    const steps: number[] = [];
    for (; now < 1000; now += SYNCHRONIZATION_INTERVAL) {
      const before = Math.max(10, delay.delay);
      delay.approach(now, 110, 10);
      steps.push(delay.delay - before);
    }
    expect(delay.delay).toBe(110);
    expect(Math.max(...steps)).toBe(MAX_SYNCHRONIZATION_STEP);
    for (; now < 2000; now += SYNCHRONIZATION_INTERVAL) delay.approach(now, 10, 10);
    expect(delay.delay).toBe(0);
  });

  test("is not faster for being asked more often", () => {
    const delay = new SynchronizationDelay();
    for (let now = 0; now < SYNCHRONIZATION_INTERVAL; now++) delay.approach(now, 500, 0);
    expect(delay.delay).toBe(MAX_SYNCHRONIZATION_STEP);
  });
});
