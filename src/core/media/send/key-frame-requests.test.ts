import { expect, test } from "vitest";
import { KeyFrameRequests, MIN_KEY_FRAME_INTERVAL } from "./key-frame-requests.ts";

test("the first request is passed on, a flood of them once in an interval, and the last one is not forgotten", () => {
  const requests = new KeyFrameRequests();
  const passedOn: number[] = [];
  for (let now = 0; now < 2000; now++) {
    if (now < 1000 && requests.received(now)) passedOn.push(now);
    if (requests.handleTimeout(now)) passedOn.push(now);
  }
  expect(passedOn).toEqual(
    [0, 1, 2, 3, 4].map((count) => count * MIN_KEY_FRAME_INTERVAL).slice(0, passedOn.length),
  );
  expect(passedOn.at(-1)).toBeGreaterThanOrEqual(999);
  expect(requests.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
});

test("a request that waits is answered by a key frame that is sent meanwhile", () => {
  const requests = new KeyFrameRequests();
  expect(requests.received(0)).toBe(true);
  expect(requests.received(10)).toBe(false);
  expect(requests.nextTimeout()).toBe(MIN_KEY_FRAME_INTERVAL);
  requests.answered();
  expect(requests.handleTimeout(MIN_KEY_FRAME_INTERVAL)).toBe(false);
  expect(requests.received(MIN_KEY_FRAME_INTERVAL)).toBe(true);
});
