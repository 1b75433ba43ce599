import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { CongestionWindow } from "./congestion-window.ts";
import { RetransmissionTimeout } from "./rto.ts";

test("begins with RTO.Initial and no smoothed round trip (RFC 9260 §6.3.1 C1)", () => {
  const rto = new RetransmissionTimeout(DEFAULT_LIMITS);
  expect([rto.rto, rto.srtt]).toEqual([500, undefined]);
});

test("the first measurement R makes SRTT = R and RTO = R + 4 * R/2 (RFC 9260 §6.3.1 C2)", () => {
  const rto = new RetransmissionTimeout(DEFAULT_LIMITS);
  rto.measured(200);
  expect([rto.srtt, rto.rto]).toEqual([200, 600]);
});

test("later ones are smoothed with 1/8 and 1/4 (RFC 9260 §6.3.1 C3)", () => {
  const rto = new RetransmissionTimeout(DEFAULT_LIMITS);
  rto.measured(200);
  rto.measured(400);
  expect(rto.srtt).toBe(225);
  expect(rto.rto).toBe(225 + 4 * (0.75 * 100 + 0.25 * 200));
});

test("stays between RTO.Min and RTO.Max (RFC 9260 §6.3.1 C6, C7)", () => {
  const rto = new RetransmissionTimeout(DEFAULT_LIMITS);
  for (let i = 0; i < 50; i++) rto.measured(0);
  expect(rto.rto).toBe(400);
  for (let i = 0; i < 50; i++) rto.measured(30_000);
  expect(rto.rto).toBe(3000);
});

test("doubles on timeout up to RTO.Max, and a measurement brings it back (RFC 9260 §6.3.3 E2)", () => {
  const rto = new RetransmissionTimeout(DEFAULT_LIMITS);
  const seen: number[] = [];
  for (let i = 0; i < 4; i++) {
    rto.backOff();
    seen.push(rto.rto);
  }
  expect(seen).toEqual([1000, 2000, 3000, 3000]);
  rto.measured(100);
  expect(rto.rto).toBe(400);
});

test("impossible measurements are ignored", () => {
  const rto = new RetransmissionTimeout(DEFAULT_LIMITS);
  for (const rtt of [-1, Number.NaN, 60_001, Number.POSITIVE_INFINITY]) rto.measured(rtt);
  expect([rto.rto, rto.srtt]).toEqual([500, undefined]);
});

test("slow start adds what was acknowledged, at most two packets a SACK (RFC 9260 §7.2.1)", () => {
  const window = new CongestionWindow(1000, 10);
  window.acknowledged(500, 10_000, false);
  expect(window.cwnd).toBe(10_500);
  window.acknowledged(9000, 10_500, false);
  expect(window.cwnd).toBe(12_500);
});

test("neither grows while the window is not used up or something is recovered (RFC 9260 §7.2.1, §7.2.2)", () => {
  const window = new CongestionWindow(1000, 10);
  window.acknowledged(2000, 9000, false);
  window.acknowledged(2000, 10_000, true);
  expect(window.cwnd).toBe(10_000);
});

test("congestion avoidance adds one packet a window (RFC 9260 §7.2.2)", () => {
  const window = new CongestionWindow(1000, 10);
  window.lossFound();
  expect([window.cwnd, window.ssthresh]).toEqual([5000, 5000]);
  window.acknowledged(1000, 5000, false);
  expect(window.cwnd).toBe(6000);
  for (let i = 0; i < 5; i++) window.acknowledged(1000, 6000, false);
  expect(window.cwnd).toBe(6000);
  window.acknowledged(1000, 6000, false);
  expect(window.cwnd).toBe(7000);
});

test("a timeout leaves one packet and half the threshold, at least four packets (RFC 9260 §7.2.3)", () => {
  const window = new CongestionWindow(1000, 10);
  window.timedOut();
  expect([window.cwnd, window.ssthresh]).toEqual([1000, 5000]);
  window.timedOut();
  expect([window.cwnd, window.ssthresh]).toEqual([1000, 4000]);
});
