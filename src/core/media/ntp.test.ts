import { expect, test } from "vitest";
import { compactDifference, NtpMapping, ntpFraction, ntpSeconds, wallClockOfNtp } from "./ntp.ts";

test("NTP timestamps come back to a microsecond", () => {
  for (const wallClock of [0, 1_790_000_000_123.456, 1_790_000_000_999.75, 2_085_978_495_999.5])
    expect(wallClockOfNtp(ntpSeconds(wallClock), ntpFraction(wallClock))).toBeCloseTo(wallClock, 2);
  expect(compactDifference(0x0000_8000, 0xffff_8000)).toBe(1000);
});

test("sender reports map timestamps to the sender's clock, across the wrap and at its real rate", () => {
  const mapping = new NtpMapping(90_000);
  expect(mapping.wallClockAt(5)).toBeUndefined();
  const begin = 1_790_000_000_000;
  const update = (wallClock: number, timestamp: number) =>
    mapping.update(ntpSeconds(wallClock), ntpFraction(wallClock), timestamp);
  update(begin, 2 ** 32 - 90_000);
  expect(mapping.wallClockAt(90_000)).toBeCloseTo(begin + 2000, 1);
  expect(mapping.wallClockAt(2 ** 32 - 180_000)).toBeCloseTo(begin - 1000, 1);
  update(begin + 10_000, 90_000 * 9 * 1.001 + 90);
  expect(mapping.wallClockAt(90_000 * 9 * 1.001 + 90 + 90_000)).toBeCloseTo(begin + 11_000 - 1, 0);
  update(begin + 3_600_000, 500);
  expect(mapping.wallClockAt(500 + 90)).toBeCloseTo(begin + 3_600_001, 1);
});

test("a jump between two reports is taken over, and for no rate", () => {
  const mapping = new NtpMapping(90_000);
  const begin = 1_790_000_000_000;
  mapping.update(ntpSeconds(begin), ntpFraction(begin), 0);
  mapping.update(ntpSeconds(begin + 2000), ntpFraction(begin + 2000), 90 * 2030);
  expect(mapping.wallClockAt(90 * 2030)).toBeCloseTo(begin + 2000, 1);
  expect(mapping.wallClockAt(90 * 3030)).toBeCloseTo(begin + 3000, 1);
});
