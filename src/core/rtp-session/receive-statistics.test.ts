import { expect, test } from "vitest";
import { ReceiveStatistics } from "./receive-statistics.ts";

function receive(statistics: ReceiveStatistics, ...sequenceNumbers: number[]): void {
  for (const n of sequenceNumbers) statistics.received(n * 20, n, n * 960, 100, 12);
}

test("cycles are counted from the first packet on (RFC 3550 §6.4.1)", () => {
  const statistics = new ReceiveStatistics(48_000);
  receive(statistics, 131_071, 131_072);
  expect(statistics.report().extendedHighestSequenceNumber).toBe(0x1_0000);
});

test("loss: the fraction since the last report, and the whole (RFC 3550 A.3)", () => {
  const statistics = new ReceiveStatistics(48_000);
  receive(statistics, 65_536, 65_537, 65_539, 65_540);
  expect(statistics.report()).toMatchObject({
    fractionLost: Math.floor(256 / 5),
    cumulativeLost: 1,
    extendedHighestSequenceNumber: 4,
  });
  receive(statistics, 65_541, 65_542);
  expect(statistics.report()).toMatchObject({ fractionLost: 0, cumulativeLost: 1 });
});

test("a late packet takes a loss back; duplicates make the number negative (§6.4.1)", () => {
  const statistics = new ReceiveStatistics(48_000);
  receive(statistics, 10, 12, 11);
  expect(statistics.packetsLost).toBe(0);
  receive(statistics, 12);
  expect(statistics.report()).toMatchObject({ fractionLost: 0, cumulativeLost: -1 });
});

test("jitter is nothing for packets on their time, and follows late ones slowly (A.8)", () => {
  const statistics = new ReceiveStatistics(48_000);
  receive(statistics, 1, 2, 3);
  expect(statistics.jitter).toBe(0);
  statistics.received(4 * 20 + 16, 4, 4 * 960, 100, 12);
  expect(statistics.jitter).toBeCloseTo(0.001, 6);
  expect(statistics.report().jitter).toBe(48);
});

test("jitter does not jump when timestamps wrap (A.8)", () => {
  const statistics = new ReceiveStatistics(90_000);
  statistics.received(0, 1, 0xffff_ffff - 899, 1, 12);
  statistics.received(20, 2, 900, 1, 12);
  expect(statistics.jitter).toBeCloseTo(0, 6);
});

test("there is nothing to report before the first packet", () => {
  expect(new ReceiveStatistics(8000).active).toBe(false);
});
