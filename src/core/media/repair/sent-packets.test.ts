import { expect, test } from "vitest";
import {
  MAX_RESEND_CREDIT,
  MAX_RESEND_HOLD,
  MAX_SENT_PACKETS,
  type RepeatedPacket,
  SENT_PACKET_LIFETIME,
  type SentPacket,
  SentPackets,
} from "./sent-packets.ts";

function sent(sequenceNumber: number, octets = 1000): SentPacket {
  return {
    sequenceNumber,
    octets,
    payloadType: 96,
    marker: false,
    timestamp: 0,
    payload: Uint8Array.of(sequenceNumber),
    csrcs: [],
    extensions: [],
  };
}

function filled(count: number, sentAt = 0): SentPackets {
  const packets = new SentPackets();
  for (let i = 0; i < count; i++) packets.keep(sentAt, sent(i));
  return packets;
}

/** What is sent again; undefined: nothing. */
function take(packets: SentPackets, now: number, sequenceNumber: number, roundTrip = 20) {
  const into: RepeatedPacket & { wire?: Uint8Array } = {
    ...sent(-1, 0),
    keepWire: (octets) => {
      into.wire = octets.slice();
    },
  };
  return packets.take(now, sequenceNumber, roundTrip, into) ? into : undefined;
}

test("are there by their 16-bit numbers, across the wrap, while they are young (RFC 8834 §6.1)", () => {
  const packets = new SentPackets();
  packets.keep(0, sent(65_535));
  packets.keep(0, sent(0));
  expect(take(packets, 10, 65_535)?.payload).toEqual(Uint8Array.of(255));
  expect(take(packets, SENT_PACKET_LIFETIME, 0)?.payload).toEqual(Uint8Array.of(0));
  expect(take(packets, SENT_PACKET_LIFETIME + 1, 65_535)).toBeUndefined();
  expect(take(packets, 10, 65_534)).toBeUndefined();
});

test("come back with everything that they are made from", () => {
  const packets = new SentPackets();
  const whole: SentPacket = {
    sequenceNumber: 7,
    octets: 320,
    payloadType: 127,
    marker: true,
    timestamp: 0xffff_fff0,
    payload: new Uint8Array(300).fill(5),
    csrcs: [1, 2],
    extensions: [{ uri: "urn:x", data: Uint8Array.of(9) }],
  };
  packets.keep(0, whole);
  packets.keep(0, sent(8));
  expect(take(packets, 1, 7)).toMatchObject(whole);
  expect(take(packets, 1, 8)).toMatchObject(sent(8));
});

test("those that were octets come back as the octets, whatever has left since", () => {
  const packets = new SentPackets();
  const octets = (i: number) => new Uint8Array(1100).fill(i);
  for (let i = 0; i < 500; i++) {
    if (i % 3 === 0) packets.keep(i, sent(i));
    else packets.keepOctets(i, sent(i), octets(i));
  }
  for (let i = 0; i < 500; i++) {
    const again = take(packets, 500, i);
    if (i % 3 === 0) expect(again).toMatchObject(sent(i));
    else expect(Buffer.compare(again!.wire!, octets(i))).toBe(0);
  }
});

test("the newest take the places of the oldest", () => {
  const packets = filled(MAX_SENT_PACKETS);
  expect(take(packets, 0, 0)).toBeDefined();
  packets.keep(0, sent(MAX_SENT_PACKETS));
  expect(take(packets, 1, 0)).toBeUndefined();
  expect(take(packets, 1, 1)).toBeDefined();
  expect(take(packets, 1, MAX_SENT_PACKETS)).toBeDefined();
});

test("octets that are kept for ever take no more memory than those of two seconds", () => {
  const packets = new SentPackets();
  const octets = new Uint8Array(1200);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 200_000; i++) packets.keepOctets(i, sent(i & 0xffff), octets);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
  expect(take(packets, 200_000, 199_999 & 0xffff)?.wire).toEqual(octets);
});

test("a number that comes again means the packet that has it now, and both go when they are too old", () => {
  const packets = new SentPackets();
  packets.keep(0, sent(5));
  packets.keep(1, sent(5 + MAX_SENT_PACKETS));
  packets.keep(2, sent(6));
  expect(take(packets, 2, 5)).toBeUndefined();
  packets.keep(SENT_PACKET_LIFETIME + 1, sent(7));
  expect(take(packets, SENT_PACKET_LIFETIME + 1, 5 + MAX_SENT_PACKETS)).toBeDefined();
  packets.keep(SENT_PACKET_LIFETIME + 2, sent(8));
  expect(take(packets, SENT_PACKET_LIFETIME + 2, 5 + MAX_SENT_PACKETS)).toBeUndefined();
  expect(take(packets, SENT_PACKET_LIFETIME + 2, 6)).toBeDefined();
});

test("are not given twice within half a round trip, however often they are asked for", () => {
  const packets = filled(100);
  expect(take(packets, 10, 1, 40)).toBeDefined();
  expect(take(packets, 29, 1, 40)).toBeUndefined();
  expect(take(packets, 30, 1, 40)).toBeDefined();
  expect(take(packets, 30 + MAX_RESEND_HOLD - 1, 1, 5000)).toBeUndefined();
  expect(take(packets, 30 + MAX_RESEND_HOLD, 1, 5000)).toBeDefined();
});

test("never take more rate than media has had, however much is asked for", () => {
  const packets = filled(100);
  let octets = 0;
  for (let now = 0; now < 900; now += 10)
    for (let i = 0; i < 100; i++) octets += take(packets, now, i, 0)?.octets ?? 0;
  expect(octets).toBe(100_000);
  for (let i = 0; i < 2_000; i++) packets.keep(900, sent(i));
  let burst = 0;
  for (let i = 0; i < 2_000; i++) burst += take(packets, 901, i, 0)?.octets ?? 0;
  expect(burst).toBeLessThanOrEqual(MAX_RESEND_CREDIT);
  expect(burst).toBeGreaterThan(MAX_RESEND_CREDIT - 1000);
});

test("cleared, there are none", () => {
  const packets = filled(10);
  packets.keepOctets(0, sent(10), new Uint8Array(100));
  packets.clear();
  expect(take(packets, 0, 5)).toBeUndefined();
  packets.keepOctets(0, sent(11), Uint8Array.of(4));
  expect(take(packets, 0, 11)?.wire).toEqual(Uint8Array.of(4));
  expect(take(packets, 0, 10)).toBeUndefined();
});
