import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { ByteWriter } from "../../base/byte-writer.ts";
import { NEVER } from "../../base/instant.ts";
import {
  decodeCompound,
  NOT_RECEIVED,
  type TransportWideFeedback,
  writeTransportWideFeedback,
} from "../../rtcp/index.ts";
import {
  FEEDBACK_INTERVAL,
  MAX_REMEMBERED_ARRIVALS,
  MAX_REPORTED_ARRIVALS,
  SHORT_FEEDBACK_INTERVAL,
  TransportFeedback,
} from "./transport-feedback.ts";

/** Arrival times by number, as the peer reads them. */
function arrivalsOf(feedback: TransportWideFeedback): Map<number, number> {
  const arrivals = new Map<number, number>();
  let time = feedback.referenceTime * 64;
  feedback.deltas.forEach((delta, i) => {
    if (delta === NOT_RECEIVED) return;
    time += delta / 4;
    arrivals.set((feedback.baseSequenceNumber + i) & 0xffff, time);
  });
  return arrivals;
}

function takeAll(recorder: TransportFeedback): TransportWideFeedback[] {
  const all: TransportWideFeedback[] = [];
  for (let next = recorder.take(1, 2); next !== undefined; next = recorder.take(1, 2)) all.push(next);
  return all;
}

test("arrivals are told to a quarter of a millisecond, across the wrap, with loss, reordering and silence", () => {
  const seed = 31;
  const random = new SeededRandom(seed);
  const recorder = new TransportFeedback();
  const sent = new Map<number, number>();
  let now = 1_000_000;
  for (let number = 64_000; number < 67_000; number++) {
    now += (random.uint32() % 400) / 100 + (number % 700 === 0 ? 20_000 : 0);
    if (random.uint32() % 5 === 0) continue;
    const order = random.uint32() % 10 === 0 ? number - (random.uint32() % 20) : number;
    recorder.received(now, order & 0xffff);
    sent.set(order & 0xffff, now);
    if (number % 40 !== 0) continue;
    for (const feedback of takeAll(recorder)) {
      const out = new ByteWriter(new Uint8Array(1500));
      writeTransportWideFeedback(out, feedback);
      expect(out.ok).toBe(true);
      expect(decodeCompound(out.written())).toEqual([feedback]);
      for (const [told, time] of arrivalsOf(feedback))
        if (!(Math.abs(time - sent.get(told)!) <= 0.25)) expect.fail(`seed ${seed}, number ${told}`);
    }
    expect(recorder.pending).toBe(false);
  }
});

test("each report continues where the last one ended, and losses between them are told", () => {
  const recorder = new TransportFeedback();
  expect(recorder.take(1, 2)).toBeUndefined();
  recorder.received(0, 10);
  recorder.received(1, 12);
  expect(recorder.take(1, 2)).toMatchObject({
    baseSequenceNumber: 10,
    feedbackCount: 0,
    deltas: { length: 3 },
  });
  expect(recorder.take(1, 2)).toBeUndefined();
  recorder.received(2, 15);
  const second = recorder.take(1, 2)!;
  expect(second).toMatchObject({ baseSequenceNumber: 13, feedbackCount: 1 });
  expect([...second.deltas]).toEqual([NOT_RECEIVED, NOT_RECEIVED, 8]);
  recorder.received(3, 14);
  expect(recorder.take(1, 2)).toMatchObject({ baseSequenceNumber: 14, deltas: { length: 2 } });
});

test("few packets are told after 100 ms, many after 50 ms, a flood at once", () => {
  const recorder = new TransportFeedback();
  expect(recorder.nextTimeout()).toBe(NEVER);
  let number = 0;
  for (; number < 9; number++) recorder.received(1000 + number, number);
  expect(recorder.nextTimeout()).toBe(1000 + FEEDBACK_INTERVAL);
  recorder.received(1010, number++);
  expect(recorder.nextTimeout()).toBe(1000 + SHORT_FEEDBACK_INTERVAL);
  while (number < MAX_REPORTED_ARRIVALS / 2) recorder.received(1011, number++);
  expect(recorder.nextTimeout()).toBeLessThanOrEqual(1011);
  takeAll(recorder);
  expect(recorder.nextTimeout()).toBe(NEVER);
  recorder.received(1020, number);
  expect(recorder.nextTimeout()).toBe(1020 + FEEDBACK_INTERVAL);
});

test("a flood is reported in datagrams, jumps forget what cannot be held", () => {
  const recorder = new TransportFeedback();
  for (let number = 0; number < 1_200; number++) recorder.received(number, number);
  expect(takeAll(recorder).map(({ deltas }) => deltas.length)).toEqual([
    MAX_REPORTED_ARRIVALS,
    MAX_REPORTED_ARRIVALS,
    200,
  ]);
  for (let number = 1_200; number < 1_200 + 2 * MAX_REMEMBERED_ARRIVALS; number++)
    recorder.received(number, number);
  const told = takeAll(recorder).reduce((sum, { deltas }) => sum + deltas.length, 0);
  expect(told).toBe(MAX_REMEMBERED_ARRIVALS);
  recorder.received(20_000, 30_000);
  const jump = takeAll(recorder);
  expect(jump.map(({ baseSequenceNumber, deltas }) => [baseSequenceNumber, deltas.length])).toEqual([
    [30_000, 1],
  ]);
});
