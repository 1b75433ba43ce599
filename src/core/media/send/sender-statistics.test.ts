import { expect, test } from "vitest";
import { compactNtp, toCompactDelay } from "../ntp.ts";
import { MAX_CAPTURE_DISTANCE, roundTripOf, SenderStatistics } from "./sender-statistics.ts";

const WALL_CLOCK = 1_790_000_000_000;

function block(lastSenderReport: number, heldFor: number) {
  return {
    ssrc: 7,
    fractionLost: 64,
    cumulativeLost: 3,
    highestSequenceNumber: 0x1_0004,
    jitter: 90,
    lastSenderReport,
    delaySinceLastSenderReport: toCompactDelay(heldFor),
  };
}

test("a report extrapolates the timestamp to its own time, across the wrap (RFC 3550 §6.4.1)", () => {
  const sender = new SenderStatistics(7, 65_530);
  sender.sent(12, 500);
  sender.lastTimestamp = 2 ** 32 - 45;
  sender.lastTimestampAt = 1000;
  expect(sender.report(1001, WALL_CLOCK, 90_000, [])).toMatchObject({
    ssrc: 7,
    rtpTimestamp: 45,
    packetCount: 1,
    octetCount: 500,
  });
});

test("what was sent again counts for statistics, and not in reports: it has a stream of its own (RFC 4588 §4)", () => {
  const sender = new SenderStatistics(7, 0);
  sender.sent(12, 500);
  sender.sentAgain(12, 502);
  expect(sender).toMatchObject({
    packetsSent: 2,
    bytesSent: 1002,
    headerBytesSent: 24,
    retransmittedPacketsSent: 1,
    retransmittedBytesSent: 502,
  });
  expect(sender.report(0, WALL_CLOCK, 90_000, [])).toMatchObject({ packetCount: 1, octetCount: 500 });
});

test("the round trip is measured from our report to the peer's, less what it held it", () => {
  const sender = new SenderStatistics(7, 65_530);
  const report = sender.report(1000, WALL_CLOCK, 90_000, []);
  const reference = compactNtp(report.ntpSeconds, report.ntpFraction);
  const remote = sender.reported(1380, WALL_CLOCK + 380, 90_000, block(reference, 300));
  expect(remote.roundTrip).toBeCloseTo(80, 0);
  expect(remote).toMatchObject({
    at: 1380,
    fractionLost: 0.25,
    packetsLost: 3,
    packetsReceived: 8,
    jitter: 0.001,
  });
  expect([sender.roundTripMeasurements, sender.remote]).toEqual([1, remote]);
});

test("without a report there is no round trip, nor when clocks make nonsense of it", () => {
  const sender = new SenderStatistics(7, 0);
  expect(sender.reported(0, WALL_CLOCK, 90_000, block(0, 0)).roundTrip).toBeUndefined();
  const report = sender.report(0, WALL_CLOCK, 90_000, []);
  const reference = compactNtp(report.ntpSeconds, report.ntpFraction);
  expect(roundTripOf(WALL_CLOCK + 100, reference, toCompactDelay(300))).toBeUndefined();
  expect(roundTripOf(WALL_CLOCK + 61_000, reference, 0)).toBeUndefined();
  expect(roundTripOf(WALL_CLOCK + 59_000, reference, 0)).toBeCloseTo(59_000, 0);
});

test("a frame is huge from two and a half times the average on; the first one is what it is (hugeFramesSent)", () => {
  const sender = new SenderStatistics(7, 0);
  const send = (...packets: readonly number[]) => {
    for (const octets of packets) sender.frameOctets += octets;
    sender.frameSent();
  };
  send(10_000);
  for (let i = 0; i < 9; i++) send(600, 400);
  expect([sender.framesSent, sender.hugeFramesSent]).toEqual([10, 0]);
  send(4749); // 1,900 on average
  expect(sender.hugeFramesSent).toBe(0);
  send(3000, Math.ceil((2.5 * 23_749) / 11) - 3000);
  expect(sender.hugeFramesSent).toBe(1);
});

test("a report of what is passed on tells when it was captured, unless that makes no sense", () => {
  const sender = new SenderStatistics(7, 0);
  sender.lastTimestamp = 2 ** 32 - 45;
  sender.lastTimestampAt = 1000;
  const timestamp = (rtpTimestamp: number, capturedAt: number) =>
    sender.report(1001, WALL_CLOCK, 90_000, [], { rtpTimestamp, capturedAt }).rtpTimestamp;
  // 200 ms on its way to us: what is captured now is that much further.
  expect(timestamp(2 ** 32 - 45, 800)).toBe(45 + 200 * 90);
  expect(timestamp(45, 1001 + MAX_CAPTURE_DISTANCE)).toBe((45 - MAX_CAPTURE_DISTANCE * 90) >>> 0);
  expect(timestamp(45, 1001 + MAX_CAPTURE_DISTANCE + 1)).toBe(45);
  for (const capturedAt of [-1e18, 1e18]) expect(timestamp(0, capturedAt)).toBe(45);
});
