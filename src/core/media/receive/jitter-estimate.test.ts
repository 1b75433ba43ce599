import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { JitterEstimate, MAX_JITTER_DELAY, VERDICT_TIME } from "./jitter-estimate.ts";

const TICKS = 90;

test("packets on their time ask for no delay, and one that is late does not change that", () => {
  const estimate = new JitterEstimate(90_000);
  for (let now = 0; now < 330; now += 33) estimate.update(now, now * TICKS);
  estimate.update(830, 330 * TICKS);
  expect(estimate.target).toBe(0);
  expect(estimate.earliestArrival(330 * TICKS)).toBeCloseTo(330);
});

test("the delay is that with which 95 % are in time, and it goes when jitter does", () => {
  const random = new SeededRandom(1);
  const estimate = new JitterEstimate(90_000);
  for (let i = 0; i < 1000; i++) estimate.update(i * 33 + (random.uint32() % 100), i * 33 * TICKS);
  expect(estimate.target).toBeGreaterThan(80);
  expect(estimate.target).toBeLessThan(120);
  for (let i = 1000; i < 5000; i++) estimate.update(i * 33, i * 33 * TICKS);
  expect(estimate.target).toBe(0);
});

test("it never asks for more than a second", () => {
  const random = new SeededRandom(2);
  const estimate = new JitterEstimate(90_000);
  for (let i = 0; i < 1000; i++) estimate.update(i * 33 + (random.uint32() % 1990), i * 33 * TICKS);
  expect(estimate.target).toBe(MAX_JITTER_DELAY);
});

test("what comes much later than ever is held until it is clear whether it is old", () => {
  const estimate = new JitterEstimate(90_000);
  for (let now = 0; now < 3300; now += 33) estimate.update(now, now * TICKS);
  expect(estimate.isStale(3300, 0, 3299)).toBe(true);
  expect(estimate.isStale(3300, 0, 3301)).toBe(false);
  estimate.update(9000, 3300 * TICKS);
  expect(estimate.heldUntil).toBe(9000 + VERDICT_TIME);
  expect(estimate.isStale(9000, 3300 * TICKS, 2000)).toBe(false);
  // The next ones come as fast as they can: a queue.
  estimate.update(9001, 3420 * TICKS);
  expect(estimate.heldUntil).toBe(Number.NEGATIVE_INFINITY);
  expect(estimate.isStale(9001, 3300 * TICKS, 2000)).toBe(true);
  expect(estimate.isStale(9001, 8000 * TICKS, 2000)).toBe(false);
  estimate.update(9002, 9000 * TICKS);
  expect(estimate.earliestArrival(9000 * TICKS)).toBe(9000);
});

test("a queue that does not empty any more is the path", () => {
  const estimate = new JitterEstimate(90_000);
  for (let now = 0; now < 3300; now += 33) estimate.update(now, now * TICKS);
  estimate.update(9000, 3300 * TICKS);
  estimate.update(9001, 3500 * TICKS);
  for (let now = 9002; now < 9800; now += 33) estimate.update(now, (now - 5502) * TICKS);
  expect(estimate.earliestArrival(0)).toBeCloseTo(5502);
});

test("a source whose clock jumps back begins anew", () => {
  const estimate = new JitterEstimate(90_000);
  for (let now = 0; now < 3300; now += 33) estimate.update(now, (now + 100_000) * TICKS);
  for (let now = 3300; now < 6600; now += 33) estimate.update(now, (now - 3300) * TICKS);
  expect(estimate.target).toBe(0);
  expect(estimate.earliestArrival(0)).toBeCloseTo(3300);
});
