import { expect, test } from "vitest";
import {
  MAX_RESEND_CREDIT,
  MAX_RESEND_HOLD,
  MAX_SENT_PACKETS,
  SENT_PACKET_LIFETIME,
  type SentPacket,
  SentPackets,
} from "./sent-packets.ts";

function sent(sequenceNumber: number, sentAt = 0, octets = 1000): SentPacket {
  return { sequenceNumber, octets, sentAt, resentAt: 0 };
}

function filled(count: number, sentAt = 0): SentPackets<SentPacket> {
  const packets = new SentPackets<SentPacket>();
  for (let i = 0; i < count; i++) packets.keep(sent(i, sentAt));
  return packets;
}

test("are there by their 16-bit numbers, across the wrap, while they are young (RFC 8834 §6.1)", () => {
  const packets = new SentPackets<SentPacket>();
  const last = sent(65_535);
  const first = sent(0);
  packets.keep(last);
  packets.keep(first);
  expect(packets.take(10, 65_535, 20)).toBe(last);
  expect(packets.take(SENT_PACKET_LIFETIME, 0, 20)).toBe(first);
  expect(packets.take(SENT_PACKET_LIFETIME + 1, 65_535, 20)).toBeUndefined();
  expect(packets.take(10, 65_534, 20)).toBeUndefined();
});

test("the newest take the places of the oldest, which are given back", () => {
  const packets = filled(MAX_SENT_PACKETS);
  expect(packets.release(0)).toBeUndefined();
  packets.keep(sent(MAX_SENT_PACKETS));
  expect(packets.release(0)?.sequenceNumber).toBe(0);
  expect(packets.release(0)).toBeUndefined();
  expect(packets.take(0, 0, 20)).toBeUndefined();
  expect(packets.take(0, MAX_SENT_PACKETS, 20)).toBeDefined();
});

test("what is too old is given back, once, also where another has its place by then", () => {
  const packets = new SentPackets<SentPacket>();
  packets.keep(sent(5, 0));
  packets.keep(sent(5 + MAX_SENT_PACKETS, 1));
  packets.keep(sent(6, 2));
  expect(packets.release(SENT_PACKET_LIFETIME)).toBeUndefined();
  expect(packets.release(SENT_PACKET_LIFETIME + 1)?.sentAt).toBe(0);
  expect(packets.release(SENT_PACKET_LIFETIME + 1)).toBeUndefined();
  expect(packets.take(SENT_PACKET_LIFETIME + 1, 5 + MAX_SENT_PACKETS, 20)).toBeDefined();
  expect(packets.release(SENT_PACKET_LIFETIME + 2)?.sentAt).toBe(1);
  expect(packets.take(SENT_PACKET_LIFETIME + 2, 6, 20)).toBeDefined();
});

test("are not given twice within half a round trip, however often they are asked for", () => {
  const packets = filled(100);
  expect(packets.take(10, 1, 40)).toBeDefined();
  expect(packets.take(29, 1, 40)).toBeUndefined();
  expect(packets.take(30, 1, 40)).toBeDefined();
  expect(packets.take(30 + MAX_RESEND_HOLD - 1, 1, 5000)).toBeUndefined();
  expect(packets.take(30 + MAX_RESEND_HOLD, 1, 5000)).toBeDefined();
});

test("never take more rate than media has had, however much is asked for", () => {
  const packets = filled(100);
  let octets = 0;
  for (let now = 0; now < 900; now += 10)
    for (let i = 0; i < 100; i++) octets += packets.take(now, i, 0)?.octets ?? 0;
  expect(octets).toBe(100_000);
  for (let i = 0; i < 2_000; i++) packets.keep(sent(i, 900));
  let burst = 0;
  for (let i = 0; i < 2_000; i++) burst += packets.take(901, i, 0)?.octets ?? 0;
  expect(burst).toBeLessThanOrEqual(MAX_RESEND_CREDIT);
  expect(burst).toBeGreaterThan(MAX_RESEND_CREDIT - 1000);
});

test("cleared, there are none", () => {
  const packets = filled(10);
  packets.clear();
  expect(packets.take(0, 5, 20)).toBeUndefined();
});
