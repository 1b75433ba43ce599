import { expect, test } from "vitest";
import { NEVER } from "../../base/instant.ts";
import { decodeTelephoneEvent, type TelephoneEvent } from "../payload/telephone-event.ts";
import { MAX_WAITING_TONES, TONE_END_INTERVAL, TONE_PACKET_INTERVAL, ToneSender } from "./tone-sender.ts";

interface Sent extends TelephoneEvent {
  readonly at: number;
  readonly marker: boolean;
  readonly timestamp: number;
}

/** All packets of what waits, in virtual time from 1000 on. */
function play(tones: ToneSender, clockRate: number, firstTimestamp = 0): Sent[] {
  const out = new Uint8Array(4);
  const sent: Sent[] = [];
  for (let now = 1000; tones.active; now = Math.max(now, Math.min(now + 1000, tones.nextTimeout()))) {
    if (tones.canBegin) {
      tones.begin(now, (firstTimestamp + ((now - 1000) * clockRate) / 1000) % 2 ** 32, clockRate);
    }
    while (tones.poll(now, out, 0) > 0) {
      const event = decodeTelephoneEvent(out) as TelephoneEvent;
      sent.push({ ...event, at: now, marker: tones.marker, timestamp: tones.timestamp });
    }
  }
  expect(tones.nextTimeout()).toBe(NEVER);
  return sent;
}

test("a tone is packets of one timestamp with a growing duration, the first marked, then its end three times (RFC 4733 §2.5.1)", () => {
  const tones = new ToneSender();
  tones.push(5, 100);
  const sent = play(tones, 8000, 700);
  expect(sent.map(({ at }) => at)).toEqual([1000, 1020, 1040, 1060, 1080, 1100, 1110, 1120]);
  expect(sent.map(({ duration }) => duration)).toEqual([160, 160, 320, 480, 640, 800, 800, 800]);
  expect(sent.map(({ end }) => end)).toEqual([false, false, false, false, false, true, true, true]);
  expect(sent.map(({ marker }) => marker)).toEqual([true, ...Array(7).fill(false)]);
  for (const { event, volume, timestamp } of sent) expect([event, volume, timestamp]).toEqual([5, 10, 700]);
  expect(2 * TONE_END_INTERVAL).toBeLessThan(30);
});

test("a tone longer than the field goes on in segments, each with a timestamp of its own (RFC 4733 §2.5.1.3)", () => {
  const tones = new ToneSender();
  tones.push(1, 3000);
  const sent = play(tones, 48_000, 2 ** 32 - 1000);
  const segments = [...new Set(sent.map(({ timestamp }) => timestamp))];
  expect(segments).toEqual([2 ** 32 - 1000, 0xffff - 1000, 2 * 0xffff - 1000]);
  const last = sent.at(-1)!;
  expect(segments.length * 0xffff - 0xffff + last.duration).toBe(144_000);
  expect(sent.filter(({ end }) => end)).toHaveLength(3);
  expect(sent.filter(({ marker }) => marker)).toHaveLength(1);
});

test("tones follow each other, and more than can wait are refused", () => {
  const tones = new ToneSender();
  for (let i = 0; i < MAX_WAITING_TONES; i++) expect(tones.push(i % 16, 40)).toBe(true);
  expect(tones.push(0, 40)).toBe(false);
  const sent = play(tones, 8000);
  const begins = sent.filter(({ marker }) => marker);
  expect(begins.map(({ event }) => event)).toEqual(
    Array.from({ length: MAX_WAITING_TONES }, (_, i) => i % 16),
  );
  begins.slice(1).forEach(({ timestamp }, i) => {
    expect(timestamp).toBeGreaterThanOrEqual(begins[i]!.timestamp + 40 * 8);
  });
});

test("a late call tells where the tone is by then, and clearing ends it", () => {
  const tones = new ToneSender();
  const out = new Uint8Array(4);
  tones.push(3, 500);
  tones.begin(0, 0, 8000);
  expect(tones.poll(0, out, 0)).toBe(4);
  expect(tones.poll(TONE_PACKET_INTERVAL - 1, out, 0)).toBe(0);
  expect(tones.poll(200, out, 0)).toBe(4);
  expect(decodeTelephoneEvent(out)).toMatchObject({ duration: 1600, end: false });
  tones.clear();
  expect([tones.active, tones.poll(1000, out, 0)]).toEqual([false, 0]);
});
