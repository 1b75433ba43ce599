import { expect, test } from "vitest";
import { ByteWriter } from "../../base/byte-writer.ts";
import { NEVER } from "../../base/instant.ts";
import { decodeCompound, writeCongestionControlFeedback } from "../../rtcp/index.ts";
import {
  CONGESTION_FEEDBACK_INTERVAL,
  CongestionFeedback,
  MAX_REPORT_METRICS,
  MAX_REPORTED_SOURCES,
} from "./congestion-feedback.ts";

const WALL_CLOCK = 1_790_000_000_000;

test("arrivals are told in 1/1024 s before the report, losses between them too, across the wrap (RFC 8888 §3.1)", () => {
  const feedback = new CongestionFeedback();
  expect(feedback.nextTimeout()).toBe(NEVER);
  feedback.received(0, 7, 65_535);
  feedback.received(10, 7, 1);
  feedback.received(20, 8, 5);
  expect(feedback.nextTimeout()).toBe(CONGESTION_FEEDBACK_INTERVAL);
  const report = feedback.take(100, WALL_CLOCK, 1)!;
  expect(report.streams.map(({ ssrc, beginSequenceNumber }) => [ssrc, beginSequenceNumber])).toEqual([
    [7, 65_535],
    [8, 5],
  ]);
  expect([...report.streams[0]!.metrics]).toEqual([0x8000 | 102, 0, 0x8000 | 92]);
  const out = new ByteWriter(new Uint8Array(1200));
  writeCongestionControlFeedback(out, report);
  expect(decodeCompound(out.written())).toEqual([report]);
  expect([feedback.take(100, WALL_CLOCK, 1), feedback.nextTimeout()]).toEqual([undefined, NEVER]);
});

test("each report goes on where the last one ended; what comes late is told with what came behind it", () => {
  const feedback = new CongestionFeedback();
  for (const number of [1, 2, 4]) feedback.received(0, 7, number);
  feedback.take(0, WALL_CLOCK, 1);
  feedback.received(5, 7, 5);
  expect(feedback.take(5, WALL_CLOCK, 1)!.streams[0]).toMatchObject({ beginSequenceNumber: 5 });
  feedback.received(6, 7, 3);
  expect(feedback.take(6, WALL_CLOCK, 1)!.streams[0]).toMatchObject({
    beginSequenceNumber: 3,
    metrics: { length: 3 },
  });
});

test("a flood is told in datagrams, of 32 sources at most, and what is too old is said to be (§3.1)", () => {
  const feedback = new CongestionFeedback();
  for (let number = 0; number < 1000; number++) feedback.received(0, 7, number);
  expect(feedback.nextTimeout()).toBe(0);
  const lengths: number[] = [];
  for (let report = feedback.take(9000, WALL_CLOCK, 1); report; report = feedback.take(9000, WALL_CLOCK, 1)) {
    lengths.push(report.streams[0]!.metrics.length);
    expect(report.streams[0]!.metrics[0]).toBe(0x8000 | 0x1ffe);
  }
  expect(lengths).toEqual([MAX_REPORT_METRICS, MAX_REPORT_METRICS, 200]);
  for (let ssrc = 100; ssrc < 200; ssrc++) feedback.received(0, ssrc, 1);
  expect(feedback.take(0, WALL_CLOCK, 1)!.streams).toHaveLength(MAX_REPORTED_SOURCES - 1);
  feedback.forget(100);
  feedback.received(0, 1000, 1);
  expect(feedback.take(0, WALL_CLOCK, 1)!.streams).toMatchObject([{ ssrc: 1000 }]);
});

test("counts whom it has told to be lost, each packet once, and which came all the same (webrtc-stats §8.2)", () => {
  const feedback = new CongestionFeedback();
  const counts = () => {
    const { packetsReportedAsLost, packetsReportedAsLostButRecovered } = feedback.reported(7);
    return [packetsReportedAsLost, packetsReportedAsLostButRecovered];
  };
  expect(counts()).toEqual([0, 0]);
  for (const number of [1, 5]) feedback.received(0, 7, number);
  feedback.take(0, WALL_CLOCK, 1);
  expect(counts()).toEqual([3, 0]);
  feedback.received(1, 7, 3);
  feedback.take(1, WALL_CLOCK, 1);
  feedback.received(2, 7, 2);
  feedback.take(2, WALL_CLOCK, 1);
  expect(counts()).toEqual([3, 2]);
  // What is not sent tells nobody.
  feedback.received(3, 7, 8);
  feedback.take(3, WALL_CLOCK, 1, false);
  expect(counts()).toEqual([3, 2]);
  expect(feedback.messagesSent).toBe(3);
  // The place of a number is another one's, a thousand packets later.
  feedback.received(4, 7, 8 + 2000);
  while (feedback.take(4, WALL_CLOCK, 1) !== undefined);
  expect(counts()).toEqual([3 + 1023, 2]);
});
