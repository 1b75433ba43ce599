import { expect, test } from "vitest";
import { PathMtu, PMTU_RAISE_TIMER, PROBE_TIMER, PROBE_TRIES } from "./path-mtu.ts";

/** Plays a path that carries up to `limit` and returns the probes sent and the time used. */
function discover(mtu: PathMtu, limit: number, now = 0): { probes: number[]; now: number } {
  const probes: number[] = [];
  let clock = now;
  for (let i = 0; i < 1000; i++) {
    const size = mtu.nextProbe(clock, 10);
    if (size === undefined) {
      const next = mtu.nextTimeout();
      if (next === Number.POSITIVE_INFINITY || next - clock > 10_000) break;
      clock = next;
      mtu.handleTimeout(clock);
      continue;
    }
    probes.push(size);
    if (size <= limit) mtu.acknowledged(clock + 10, size);
  }
  return { probes, now: clock };
}

test("finds a path as wide as the local link with one probe (RFC 8899 §5.3)", () => {
  const mtu = new PathMtu(1200, 1472);
  expect(discover(mtu, 9000).probes).toEqual([1472]);
  expect(mtu.confirmed).toBe(1472);
});

test("goes down to what the path carries, each size tried MAX_PROBES times (RFC 8899 §5.1.2)", () => {
  const mtu = new PathMtu(1200, 1472);
  const { probes } = discover(mtu, 1420);
  expect(mtu.confirmed).toBe(1420);
  expect(probes.filter((size) => size === 1472)).toHaveLength(PROBE_TRIES);
  expect(probes.at(-1)).toBe(1420);
});

test("stays at the base where nothing larger gets through, and asks again after PMTU_RAISE_TIMER", () => {
  const mtu = new PathMtu(1200, 1472);
  const { now } = discover(mtu, 1200);
  expect(mtu.confirmed).toBe(1200);
  expect(mtu.nextTimeout()).toBeGreaterThanOrEqual(now + PMTU_RAISE_TIMER - 1);
  discover(mtu, 9000, mtu.nextTimeout());
  expect(mtu.confirmed).toBe(1472);
});

test("a probe has a deadline of two round trips and PROBE_TIMER, and only one is on its way", () => {
  const mtu = new PathMtu(1200, 1472);
  expect(mtu.nextProbe(1000, 40)).toBe(1472);
  expect(mtu.nextProbe(1001, 40)).toBeUndefined();
  expect(mtu.nextTimeout()).toBe(1000 + 80 + PROBE_TIMER);
});

test("retransmission timeouts in a row fall back to the base: a black hole (RFC 8899 §4.3)", () => {
  const mtu = new PathMtu(1200, 16_421);
  discover(mtu, 20_000);
  expect(mtu.retransmissionTimeouts(5000, 1)).toBe(false);
  expect(mtu.retransmissionTimeouts(5000, 2)).toBe(true);
  expect(mtu.confirmed).toBe(1200);
  expect(mtu.nextProbe(5001, 10)).toBeUndefined();
});

test("an answer to a size that was not asked for, or is no news, changes nothing", () => {
  const mtu = new PathMtu(1200, 1472);
  expect(mtu.acknowledged(0, 1100)).toBe(false);
  expect(mtu.acknowledged(0, 5000)).toBe(false);
  expect(mtu.confirmed).toBe(1200);
});

test("a new path starts from the base", () => {
  const mtu = new PathMtu(1200, 1472);
  discover(mtu, 9000);
  mtu.restart(1300);
  expect(mtu.confirmed).toBe(1200);
  expect(discover(mtu, 9000).probes).toEqual([1300]);
});

test("a link narrower than the base does not lower it", () => {
  const mtu = new PathMtu(1200, 500);
  expect(mtu.nextProbe(0, 10)).toBeUndefined();
  expect(mtu.confirmed).toBe(1200);
});
