import { expect, test } from "vitest";
import {
  MAX_PACED_PACKETS,
  MAX_QUEUE_TIME,
  PACER_BURST,
  PACER_INTERVAL,
  PACER_PRIORITY,
  Pacer,
} from "./pacer.ts";

interface Item {
  readonly octets: number;
  readonly name: string;
}

/** Everything that leaves, with its time, when the pacer is asked when it says so. */
function drain(pacer: Pacer<Item>): [number, string][] {
  const out: [number, string][] = [];
  for (let now = 0; pacer.queuedPackets > 0; now = pacer.nextTimeout()) {
    pacer.handleTimeout(now);
    for (let item = pacer.poll(now); item !== undefined; item = pacer.poll(now)) out.push([now, item.name]);
    expect(pacer.nextTimeout()).toBeGreaterThan(now);
  }
  return out;
}

test("the rate is kept, audio leaves at once, and priorities are kept", () => {
  const pacer = new Pacer<Item>(800_000);
  for (let i = 0; i < 11; i++) pacer.push(PACER_PRIORITY.VIDEO, { octets: 1000, name: "video" });
  pacer.push(PACER_PRIORITY.RETRANSMISSION, { octets: 1000, name: "again" });
  pacer.push(PACER_PRIORITY.AUDIO, { octets: 100, name: "audio" });
  const out = drain(pacer);
  expect(out.map(([, name]) => name)).toEqual(["audio", "again", ...Array(11).fill("video")]);
  // 12,100 octets at 100 octets per millisecond, less the first burst and the last packet's debt.
  expect(out.at(-1)![0]).toBeGreaterThan(12_100 / 100 - PACER_BURST - 10 - 1);
  expect(out.at(-1)![0]).toBeLessThan(12_100 / 100 + PACER_INTERVAL);
});

test("a queue at a high rate wakes up every few milliseconds, not for every packet", () => {
  const pacer = new Pacer<Item>(80_000_000);
  for (let i = 0; i < 1000; i++) pacer.push(PACER_PRIORITY.VIDEO, { octets: 1000, name: "video" });
  const times = new Set(drain(pacer).map(([at]) => at));
  expect(times.size).toBeLessThan(1000 / 10 / PACER_INTERVAL + 3);
});

test("a queue that would take too long raises the rate", () => {
  const pacer = new Pacer<Item>(8_000);
  for (let i = 0; i < 1000; i++) pacer.push(PACER_PRIORITY.VIDEO, { octets: 1000, name: "video" });
  const out = drain(pacer);
  const half = out[out.length / 2]![0];
  expect(half).toBeLessThan(MAX_QUEUE_TIME);
});

test("what nobody takes does not wake anybody", () => {
  const pacer = new Pacer<Item>(8_000);
  pacer.push(PACER_PRIORITY.VIDEO, { octets: 1000, name: "video" });
  for (let now = 1; now < 100; now++) {
    pacer.handleTimeout(now);
    expect(pacer.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  }
});

test("4,096 packets wait, not more", () => {
  const pacer = new Pacer<Item>(1);
  for (let i = 0; i < MAX_PACED_PACKETS - 1; i++) pacer.push(PACER_PRIORITY.VIDEO, { octets: 1, name: "" });
  expect(pacer.room).toBe(1);
  expect(pacer.push(PACER_PRIORITY.VIDEO, { octets: 1, name: "" })).toBe(true);
  expect(pacer.push(PACER_PRIORITY.AUDIO, { octets: 1, name: "" })).toBe(false);
  pacer.clear();
  expect([pacer.queuedOctets, pacer.poll(1e9)]).toEqual([0, undefined]);
});
