import { expect, test } from "vitest";
import { NEVER } from "../base/instant.ts";
import { MAX_MISSING, MAX_MISSING_AGE, MAX_NACKS, NackTracker, REORDERING_WAIT } from "./nack-tracker.ts";

function asked(tracker: NackTracker, now: number, roundTrip?: number): number[] {
  const out: number[] = [];
  tracker.take(now, roundTrip, out);
  return out;
}

test("asks for what is missing after the time that reordering may take, in order (RFC 4585 §6.2.1)", () => {
  const tracker = new NackTracker();
  tracker.received(0, 10);
  tracker.received(1, 14);
  expect(tracker.nextTimeout()).toBe(1 + REORDERING_WAIT);
  expect(asked(tracker, 1)).toEqual([]);
  tracker.received(2, 12);
  expect(asked(tracker, 1 + REORDERING_WAIT)).toEqual([11, 13]);
});

test("asks again when an answer could have come, and not before", () => {
  const tracker = new NackTracker();
  tracker.received(0, 1);
  tracker.received(0, 3);
  expect(asked(tracker, 5, 80)).toEqual([2]);
  expect(asked(tracker, 84, 80)).toEqual([]);
  expect(asked(tracker, 85, 80)).toEqual([2]);
  tracker.received(90, 2);
  expect([asked(tracker, 200, 80), tracker.nextTimeout(), tracker.waiting]).toEqual([[], NEVER, false]);
  expect(tracker.requested).toBe(2);
});

test("gives a packet up after its last request, or its time", () => {
  const tracker = new NackTracker();
  tracker.received(0, 1);
  tracker.received(0, 3);
  let requests = 0;
  for (let now = 0; now < 3000; now += 5) requests += asked(tracker, now, 10).length;
  expect(requests).toBe(MAX_NACKS);
  const old = new NackTracker();
  old.received(0, 1);
  old.received(0, 3);
  expect(asked(old, MAX_MISSING_AGE + 1)).toEqual([]);
  expect(old.waiting).toBe(false);
});

test("a gap that is too long is not asked for: there it takes a key frame", () => {
  const tracker = new NackTracker();
  tracker.received(0, 1);
  expect(tracker.received(0, 2 + MAX_MISSING)).toBe(true);
  expect(tracker.received(0, 4 + MAX_MISSING)).toBe(false);
  expect(tracker.waiting).toBe(false);
});

test("what nobody needs any more is not asked for", () => {
  const tracker = new NackTracker();
  tracker.received(0, 1);
  tracker.received(0, 5);
  tracker.forgetBefore(4);
  expect(asked(tracker, 10)).toEqual([4]);
});
