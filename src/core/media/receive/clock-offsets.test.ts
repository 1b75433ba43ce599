import { expect, test } from "vitest";
import { CLOCK_JUMP, ClockOffsets, MAX_CLOCK_DRIFT, MAX_CLOCK_OFFSETS } from "./clock-offsets.ts";

test("a clock that drifts is followed; reports that were held up on their way change next to nothing", () => {
  const offsets = new ClockOffsets();
  expect(offsets.update(0, "a", 1000)).toBe(1000);
  expect(offsets.update(1000, "a", 700)).toBe(1000 - MAX_CLOCK_DRIFT);
  expect(offsets.update(3000, "a", 1000)).toBe(1000);
  expect(offsets.update(4000, "a", 1000.1)).toBe(1000.1);
});

test("a clock that was set is taken over, and each source has its own", () => {
  const offsets = new ClockOffsets();
  offsets.update(0, "a", 1000);
  expect(offsets.update(0, "b", -3)).toBe(-3);
  expect(offsets.update(1, "a", 1000 + CLOCK_JUMP)).toBeLessThan(1001);
  expect(offsets.update(2, "a", 1001 + CLOCK_JUMP)).toBe(1001 + CLOCK_JUMP);
});

test(`${MAX_CLOCK_OFFSETS} sources are remembered, whatever a peer makes up`, () => {
  const offsets = new ClockOffsets();
  for (let i = 0; i < MAX_CLOCK_OFFSETS; i++) offsets.update(0, String(i), 0);
  expect(offsets.update(0, "0", 9)).toBe(0);
  offsets.update(0, "one more", 0);
  expect(offsets.update(0, "0", 9)).toBe(0);
  expect(offsets.update(0, "1", 9)).toBe(9);
});
