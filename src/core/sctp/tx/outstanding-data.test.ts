import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { NEVER } from "../../base/instant.ts";
import { OutboundMessage } from "./outbound-message.ts";
import { OutboundStream } from "./outbound-stream.ts";
import { CHUNK_STATE, dataChunkSize, OutstandingChunk, OutstandingData } from "./outstanding-data.ts";

const stream = new OutboundStream(1, 256);

function message(length = 100): OutboundMessage {
  return new OutboundMessage(stream, 53, new Uint8Array(length), false, Number.POSITIVE_INFINITY, NEVER);
}

function push(data: OutstandingData, of = message(), offset = 0, length = of.data.length): number {
  return data.push(new OutstandingChunk(of, offset, length));
}

test("counts chunks with their headers for congestion, without for the peer's window", () => {
  const data = new OutstandingData();
  push(data, message(5));
  expect([data.flightBytes, data.flightPayload]).toEqual([16 + 8, 5]);
  expect(data.acknowledgeUpTo(0)).toBe(24);
  expect([data.flightBytes, data.flightPayload, data.isEmpty]).toEqual([0, 0, true]);
});

test("a TSN acknowledged twice counts once", () => {
  const data = new OutstandingData();
  push(data);
  push(data);
  expect(data.acknowledge(1)).toBe(dataChunkSize(100));
  expect(data.acknowledge(1)).toBe(0);
  expect(data.acknowledgeUpTo(1)).toBe(dataChunkSize(100));
});

test("finds the lowest TSN to retransmit, whatever the order of losses", () => {
  const data = new OutstandingData();
  for (let i = 0; i < 10; i++) push(data);
  for (const tsn of [7, 3, 5]) data.markForRetransmission(tsn);
  const order: number[] = [];
  while (data.retransmitCount > 0) {
    const tsn = data.nextToRetransmit();
    order.push(tsn);
    data.retransmitted(data.get(tsn));
    if (tsn === 5) data.markForRetransmission(1);
  }
  expect(order).toEqual([3, 5, 1, 7]);
});

test("the advanced ack point passes abandoned chunks only, and stops at the first other (RFC 3758 §3.5 C2)", () => {
  const data = new OutstandingData();
  const doomed = message(300);
  for (let i = 0; i < 3; i++) push(data, doomed, i * 100, 100);
  push(data);
  data.acknowledge(1);
  data.abandon(doomed);
  expect(data.advancedAckPoint()).toBe(2);
  expect(data.flightBytes).toBe(dataChunkSize(100));
});

/** Compares the sums with what a walk over everything says. */
function check(data: OutstandingData): void {
  let flightBytes = 0;
  let flightPayload = 0;
  let retransmitCount = 0;
  let lowest = -1;
  for (let tsn = data.cumulativeAck + 1; tsn < data.nextTsn; tsn++) {
    const chunk = data.get(tsn);
    if (chunk.state === CHUNK_STATE.IN_FLIGHT) {
      flightBytes += dataChunkSize(chunk.length);
      flightPayload += chunk.length;
    }
    if (chunk.state !== CHUNK_STATE.TO_RETRANSMIT) continue;
    retransmitCount++;
    if (lowest < 0) lowest = tsn;
  }
  expect([data.flightBytes, data.flightPayload, data.retransmitCount, data.nextToRetransmit()]).toEqual([
    flightBytes,
    flightPayload,
    retransmitCount,
    lowest,
  ]);
}

test("after any sequence of operations the sums are those of the chunks", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new SeededRandom(seed);
    const data = new OutstandingData();
    const messages: OutboundMessage[] = [];
    for (let step = 0; step < 300; step++) {
      const count = data.nextTsn - data.cumulativeAck - 1;
      const tsn = data.cumulativeAck + 1 + random.below(Math.max(1, count));
      const kind = count === 0 ? 0 : random.below(8);
      if (kind <= 2) {
        const of = message(300);
        messages.push(of);
        const parts = 1 + random.below(3);
        for (let i = 0; i < parts; i++) push(data, of, i * 100, 100);
      } else if (kind === 3) data.acknowledgeUpTo(tsn);
      else if (kind === 4) data.acknowledge(tsn);
      else if (kind === 5 && data.get(tsn).state === CHUNK_STATE.IN_FLIGHT) data.markForRetransmission(tsn);
      else if (kind === 6 && data.retransmitCount > 0) data.retransmitted(data.get(data.nextToRetransmit()));
      else if (kind === 7 && data.get(tsn).state === CHUNK_STATE.ACKED) data.renege(data.get(tsn));
      else if (random.below(5) === 0) data.abandon(messages[random.below(messages.length)]!);
      check(data);
    }
  }
});
