import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_TIMEOUT, NodeTimer } from "./timer.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

test("rounds up: a wake-up is never early", () => {
  const wake = vi.fn();
  new NodeTimer(performance.now() + 10.25, wake, true);
  vi.advanceTimersByTime(10);
  expect(wake).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(wake).toHaveBeenCalledTimes(1);
});

test("arms again when the system wakes it before its time", () => {
  const wake = vi.fn();
  const at = performance.now() + 5;
  const now = vi.spyOn(performance, "now");
  new NodeTimer(at, wake, true);
  now.mockReturnValueOnce(at - 0.4);
  vi.advanceTimersByTime(5);
  expect(wake).not.toHaveBeenCalled();
  now.mockRestore();
  vi.advanceTimersByTime(1);
  expect(wake).toHaveBeenCalledTimes(1);
});

test("waits for instants beyond setTimeout's longest delay in several steps", () => {
  const wake = vi.fn();
  const delay = MAX_TIMEOUT + 1000;
  const armed = vi.spyOn(globalThis, "setTimeout");
  new NodeTimer(performance.now() + delay, wake, true);
  expect(armed.mock.calls[0]?.[1]).toBe(MAX_TIMEOUT);
  armed.mockRestore();
  vi.advanceTimersByTime(MAX_TIMEOUT);
  expect(wake).not.toHaveBeenCalled();
  vi.advanceTimersByTime(999);
  expect(wake).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(wake).toHaveBeenCalledTimes(1);
});

test("wakes on the next turn for an instant that is past, once, and not when canceled", () => {
  const wake = vi.fn();
  const canceled = vi.fn();
  new NodeTimer(performance.now() - 100, wake, true);
  new NodeTimer(performance.now(), canceled, true).cancel();
  expect(wake).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(wake).toHaveBeenCalledTimes(1);
  expect(canceled).not.toHaveBeenCalled();
});

test("does not keep the process alive unless asked to", () => {
  vi.useRealTimers();
  const before = timers();
  const idle = [
    new NodeTimer(performance.now() + 60_000, () => {}, false),
    new NodeTimer(0, () => {}, false),
  ];
  expect(timers()).toBe(before);
  const alive = new NodeTimer(performance.now() + 60_000, () => {}, true);
  expect(timers()).toBe(before + 1);
  for (const timer of [...idle, alive]) timer.cancel();
  expect(timers()).toBe(before);
});

/** Timers that hold the process. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "Immediate").length;
}
