import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { MAX_SEGMENT_DURATION, writeTelephoneEvent } from "../payload/telephone-event.ts";
import { ToneSender } from "../send/tone-sender.ts";
import { type HeardTone, TONE_SILENCE, ToneReceiver } from "./tone-receiver.ts";

function packet(event: number, duration: number, end = false): Uint8Array {
  const out = new Uint8Array(4);
  writeTelephoneEvent({ event, end, volume: 10, duration }, out, 0);
  return out;
}

test("an event is told once, when its end comes; the repetitions of the end are dropped (RFC 4733 §2.5.1.4)", () => {
  const tones = new ToneReceiver();
  expect(tones.received(0, 1000, packet(5, 160), 8000)).toBeUndefined();
  expect(tones.received(20, 1000, packet(5, 320), 8000)).toBeUndefined();
  expect(tones.received(40, 1000, packet(5, 800, true), 8000)).toEqual({
    event: 5,
    duration: 100,
    volume: 10,
    rtpTimestamp: 1000,
  });
  expect(tones.received(50, 1000, packet(5, 800, true), 8000)).toBeUndefined();
  expect(tones.received(60, 1000, packet(5, 800, true), 8000)).toBeUndefined();
  expect(tones.received(70, 1000, packet(5, 480), 8000)).toBeUndefined();
  expect(tones.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  // The same digit again is another event.
  expect(tones.received(200, 3000, packet(5, 400, true), 8000)).toMatchObject({ event: 5, duration: 50 });
});

test("an event whose end is lost is over with the next one, or with silence (§2.5.2.2)", () => {
  const tones = new ToneReceiver();
  tones.received(0, 1000, packet(1, 320), 8000);
  expect(tones.received(100, 2000, packet(2, 160), 8000)).toMatchObject({ event: 1, duration: 40 });
  expect(tones.handleTimeout(100 + TONE_SILENCE - 1)).toBeUndefined();
  expect(tones.handleTimeout(tones.nextTimeout())).toMatchObject({ event: 2, duration: 20 });
  expect(tones.received(400, 2000, packet(2, 320, true), 8000)).toBeUndefined();
});

test("segments of a long event are one (§2.5.1.3)", () => {
  const tones = new ToneReceiver();
  const begin = 0xffff_f000;
  tones.received(0, begin, packet(11, MAX_SEGMENT_DURATION), 48_000);
  const second = (begin + MAX_SEGMENT_DURATION) >>> 0;
  tones.received(1400, second, packet(11, 480), 48_000);
  const tone = tones.received(1500, second, packet(11, 4800, true), 48_000);
  expect(tone).toMatchObject({ event: 11, rtpTimestamp: begin });
  expect(tone?.duration).toBeCloseTo(((MAX_SEGMENT_DURATION + 4800) / 48_000) * 1000);
});

test("what is sent is heard, in order, at 30 % loss", () => {
  const seed = 9;
  const random = new SeededRandom(seed);
  const [sender, receiver] = [new ToneSender(), new ToneReceiver()];
  const heard: HeardTone[] = [];
  const out = new Uint8Array(4);
  for (let event = 0; event < 12; event++) sender.push(event, 150);
  for (let now = 0; now < 6000; now += 5) {
    for (;;) {
      if (sender.canBegin) sender.begin(now, now * 48, 48_000);
      if (sender.poll(now, out, 0) === 0) break;
      if (random.unit() < 0.3) continue;
      const tone = receiver.received(now, sender.timestamp, out, 48_000);
      if (tone !== undefined) heard.push(tone);
    }
    const late = receiver.handleTimeout(now);
    if (late !== undefined) heard.push(late);
  }
  if (heard.length !== 12) expect.fail(`seed ${seed}: ${JSON.stringify(heard)}`);
  expect(heard.map(({ event }) => event)).toEqual(Array.from({ length: 12 }, (_, event) => event));
  for (const { duration } of heard) expect(duration).toBeGreaterThan(80);
});

test("no payload makes it throw", () => {
  const random = new SeededRandom(3);
  const tones = new ToneReceiver();
  for (let i = 0; i < 2000; i++) {
    const payload = Uint8Array.from({ length: random.uint32() % 6 }, () => random.uint32() & 255);
    const tone = tones.received(i, random.uint32(), payload, 8000);
    expect(tone === undefined || tone.duration >= 0).toBe(true);
  }
});
