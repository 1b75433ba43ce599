import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import {
  MAX_AUDIO_GAP_WAIT,
  MAX_BUFFERED_AUDIO_PACKETS,
  MIN_AUDIO_GAP_WAIT,
  PacketBuffer,
} from "./packet-buffer.ts";

/** A packet of 20 ms. */
function insert(buffer: PacketBuffer, now: number, number: number, firstHand = true): void {
  buffer.insert(
    {
      payload: Uint8Array.of(number & 0xff),
      payloadType: 111,
      sequenceNumber: number,
      timestamp: (number * 960) % 2 ** 32,
      duration: 960,
      receiveTime: now,
      audioLevel: -1,
      voiceActivity: false,
      csrcs: [],
      csrcAudioLevels: [],
    },
    firstHand,
  );
}

function drain(buffer: PacketBuffer, now: number): number[] {
  const out: number[] = [];
  for (let packet = buffer.poll(now); packet !== undefined; packet = buffer.poll(now))
    out.push(packet.sequenceNumber);
  return out;
}

test("packets leave in order; what stays away is counted as lost", () => {
  const buffer = new PacketBuffer(48_000);
  insert(buffer, 2000, 100);
  insert(buffer, 2040, 102);
  expect(drain(buffer, 2040)).toEqual([100]);
  insert(buffer, 2041, 101, false);
  expect(drain(buffer, 2041)).toEqual([101, 102]);
  insert(buffer, 2100, 105);
  expect(drain(buffer, 2100)).toEqual([]);
  expect(buffer.nextTimeout()).toBe(2100 + MIN_AUDIO_GAP_WAIT);
  expect(drain(buffer, buffer.nextTimeout())).toEqual([105]);
  insert(buffer, 2200, 104, false);
  insert(buffer, 2200, 105, false);
  expect(drain(buffer, 2200)).toEqual([]);
  expect(buffer.statistics).toMatchObject({
    packetsDiscarded: 2,
    concealedSamples: 2 * 960,
    concealmentEvents: 1,
    jitterBufferEmittedCount: 4 * 960,
  });
});

test("a gap is waited for as long as asking again takes", () => {
  const buffer = new PacketBuffer(48_000);
  buffer.minimumGapWait = 80;
  insert(buffer, 0, 1);
  insert(buffer, 40, 3);
  expect(drain(buffer, 40)).toEqual([1]);
  expect(drain(buffer, 119)).toEqual([]);
  expect(drain(buffer, 120)).toEqual([3]);
  expect(buffer.minimumGapWait).toBeLessThan(MAX_AUDIO_GAP_WAIT);
});

test("jitterBufferTarget holds packets back by as much, and statistics tell (webrtc-pc §5.3)", () => {
  const buffer = new PacketBuffer(48_000);
  buffer.minimumDelay = 200;
  for (let i = 0; i < 10; i++) insert(buffer, i * 20, i);
  expect(drain(buffer, 199)).toEqual([]);
  expect(buffer.nextTimeout()).toBeCloseTo(200);
  expect(drain(buffer, 280.01)).toEqual([0, 1, 2, 3, 4]);
  const { jitterBufferEmittedCount, jitterBufferTargetDelay, jitterBufferMinimumDelay } = buffer.statistics;
  expect(jitterBufferTargetDelay / jitterBufferEmittedCount).toBe(200);
  expect(jitterBufferMinimumDelay).toBe(0);
});

test("the delay grows with jitter until nothing is late, reordering included", () => {
  const seed = 5;
  const random = new SeededRandom(seed);
  const buffer = new PacketBuffer(48_000);
  const arrivals = Array.from({ length: 2000 }, (_, i) => ({ i, at: i * 20 + (random.uint32() % 100) }));
  arrivals.sort((a, b) => a.at - b.at);
  let out = 0;
  let discardedBefore = 0;
  for (const { i, at } of arrivals) {
    drain(buffer, at);
    insert(buffer, at, i);
    out += drain(buffer, at).length;
    if (i === 1000) discardedBefore = buffer.statistics.packetsDiscarded;
  }
  expect(buffer.jitter.target).toBeGreaterThan(80);
  expect(buffer.jitter.target).toBeLessThan(130);
  const late = buffer.statistics.packetsDiscarded - discardedBefore;
  expect(late, `seed ${seed}`).toBeLessThan(1000 * 0.06);
  expect(out).toBeGreaterThan(0);
});

test("a jump beyond what can be held loses what is missing", () => {
  const buffer = new PacketBuffer(48_000);
  insert(buffer, 0, 1);
  insert(buffer, 0, 2);
  insert(buffer, 0, 1 + MAX_BUFFERED_AUDIO_PACKETS);
  expect(buffer.statistics.packetsDiscarded).toBe(1);
  insert(buffer, 0, 5_000_000);
  drain(buffer, 0);
  expect(drain(buffer, 600)).toEqual([5_000_000]);
});

test("what has stood in a queue for seconds is dropped; what a paused source goes on with is not", () => {
  const queued = new PacketBuffer(48_000);
  const out: number[] = [];
  for (let number = 0; number < 400; number++) {
    const now = number * 20 >= 1000 && number * 20 < 6000 ? 6000 : number * 20;
    insert(queued, now, number);
    out.push(...drain(queued, now));
  }
  expect(out.filter((number) => number < 50)).toHaveLength(50);
  // The last second and a half of what was held up has its use.
  expect(out.find((number) => number >= 50)).toBeGreaterThanOrEqual((6000 - 1500) / 20);
  expect(out.filter((number) => number >= 300)).toHaveLength(100);

  const paused = new PacketBuffer(48_000);
  const all: number[] = [];
  for (let number = 0; number < 100; number++) {
    const now = number * 20 + (number < 50 ? 0 : 9000);
    insert(paused, now, number);
    all.push(...drain(paused, now));
  }
  expect(all).toHaveLength(100);
});
