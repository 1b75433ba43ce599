import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { MAX_DROPOUT, ReceptionStatistics } from "./reception-statistics.ts";

/** Packets of 20 ms each, numbered beyond 65,535. */
function receive(statistics: ReceptionStatistics, ...numbers: number[]): number[] {
  return numbers.map((number) =>
    statistics.received(number * 20, number & 0xffff, (number * 960) % 2 ** 32, 48_000, 12, 100),
  );
}

test("loss: the fraction since the last report, and the whole, across the wrap (RFC 3550 §A.3)", () => {
  const statistics = new ReceptionStatistics(7);
  receive(statistics, 65_534, 65_535, 65_537, 65_536 + 3);
  expect(statistics.reportBlock(0)).toMatchObject({
    ssrc: 7,
    fractionLost: Math.floor((2 * 256) / 6),
    cumulativeLost: 2,
    highestSequenceNumber: 0x0001_0003,
  });
  receive(statistics, 65_536, 65_538);
  expect(statistics.reportBlock(0)).toMatchObject({ fractionLost: 0, cumulativeLost: 0 });
  receive(statistics, 65_536);
  expect(statistics.reportBlock(0)).toMatchObject({ fractionLost: 0, cumulativeLost: -1 });
  expect(statistics).toMatchObject({ packetsReceived: 7, bytesReceived: 700, headerBytesReceived: 84 });
});

test("cycles are counted from the first packet on (§6.4.1)", () => {
  const statistics = new ReceptionStatistics(7);
  receive(statistics, 131_071, 131_072);
  expect(statistics.reportBlock(0).highestSequenceNumber).toBe(0x1_0000);
  for (let number = 131_073; number < 400_000; number += 2) receive(statistics, number);
  expect(statistics.reportBlock(0).highestSequenceNumber).toBe(399_999 - 65_536);
});

test("a packet that the first one has overtaken is none too many", () => {
  const statistics = new ReceptionStatistics(7);
  receive(statistics, 65_537, 65_535, 65_536);
  expect(statistics.packetsLost).toBe(0);
});

test("numbers of repaired packets are those nearest to the newest, and count as nothing", () => {
  const statistics = new ReceptionStatistics(7);
  expect(statistics.unwrap(5)).toBe(-1);
  const [first] = receive(statistics, 65_535);
  expect([65_534, 0, 5].map((n) => statistics.unwrap(n) - first!)).toEqual([-1, 1, 6]);
  expect(statistics.packetsReceived).toBe(1);
});

test("jitter follows the formula of §A.8", () => {
  const statistics = new ReceptionStatistics(7);
  let transit = 0;
  let jitter = 0;
  const random = new SeededRandom(4);
  for (let i = 0; i < 500; i++) {
    const now = i * 20 + (random.uint32() % 10);
    statistics.received(now, i, i * 160, 8000, 12, 160);
    const next = now * 8 - i * 160;
    if (i > 0) jitter += (Math.abs(next - transit) - jitter) / 16;
    transit = next;
  }
  expect(statistics.jitter * 8000).toBeCloseTo(jitter, 6);
  expect(statistics.reportBlock(0).jitter).toBe(Math.floor(jitter));
});

test("jitter crosses the wrap of the timestamp; long silence and another clock rate are none (RFC 7160)", () => {
  const statistics = new ReceptionStatistics(7);
  for (let i = 0; i < 50; i++)
    statistics.received(i * 20, i, (2 ** 32 - 1600 + i * 160) % 2 ** 32, 8000, 12, 1);
  expect(statistics.jitter).toBeLessThan(1e-9);
  statistics.received(60_000, 50, 160, 8000, 12, 1);
  statistics.received(60_020, 51, 7_000_000, 48_000, 12, 1);
  statistics.received(60_040, 52, 7_000_960, 48_000, 12, 1);
  expect(statistics.jitter).toBeLessThan(1e-9);
});

test("a source that begins anew is believed after two packets in a row, and its numbers go on growing (§A.1)", () => {
  const statistics = new ReceptionStatistics(7);
  const receiveAt = (n: number) => statistics.received(0, n, 0, 8000, 12, 1);
  for (let i = 0; i < 5; i++) receiveAt(i);
  expect(receiveAt(4 + MAX_DROPOUT)).toBe(-1);
  const before = receiveAt(5);
  expect(before).toBeGreaterThan(0);
  expect(receiveAt(30_000)).toBe(-1);
  expect(receiveAt(30_001)).toBeGreaterThan(before + MAX_DROPOUT);
  expect([statistics.packetsLost, statistics.reportBlock(0).highestSequenceNumber]).toEqual([0, 30_001]);
  expect(receiveAt(30_001 + MAX_DROPOUT - 1)).toBeGreaterThan(0);
  expect(statistics.packetsReceived).toBe(8);
});

test("a report tells how long it is since the sender's last one (§6.4.1)", () => {
  const statistics = new ReceptionStatistics(7);
  expect(statistics.active).toBe(false);
  receive(statistics, 1);
  expect(statistics.reportBlock(9000)).toMatchObject({ lastSenderReport: 0, delaySinceLastSenderReport: 0 });
  statistics.senderReport(5000, 0xabcd);
  expect(statistics.reportBlock(5500)).toMatchObject({
    lastSenderReport: 0xabcd,
    delaySinceLastSenderReport: 32_768,
  });
});
