import { describe, expect, test } from "vitest";
import { Pair, PERFECT, pattern } from "../exchange.testing.ts";
import { CHUNK } from "../packet/chunk.ts";
import {
  type DataFields,
  decodeData,
  FLAG_BEGINNING,
  FLAG_ENDING,
  FLAG_IMMEDIATE,
  FLAG_UNORDERED,
} from "../packet/data-chunk.ts";
import { CAUSE, decodeErrorCauses } from "../packet/error-cause.ts";
import { decodeForwardTsn, type ForwardTsnChunk } from "../packet/forward-tsn-chunk.ts";
import {
  chunksOf,
  dataChunk,
  forwardTsnChunk,
  type SeenChunk,
  sackChunk,
  typesOf,
} from "../packet/packet.testing.ts";
import type { Parameter } from "../packet/parameter.ts";
import { decodeSack, newSackFields, type SackFields } from "../packet/sack-chunk.ts";
import { bytesOf, PEER_TSN, Probe } from "../probe.testing.ts";

const RELIABLE = { ordered: true };
const WHOLE = FLAG_BEGINNING | FLAG_ENDING;

function data(offset: number, text: string, ssn = offset, flags = WHOLE, streamId = 1): Uint8Array {
  return dataChunk(PEER_TSN + offset, streamId, ssn, bytesOf(text), flags);
}

function sackIn(chunks: readonly SeenChunk[]): SackFields | undefined {
  const sack = chunks.find(({ type }) => type === CHUNK.SACK);
  if (sack === undefined) return undefined;
  const fields = newSackFields();
  expect(decodeSack(sack.whole, 0, sack.whole.length, fields)).toBeUndefined();
  fields.starts.length = fields.blocks;
  fields.ends.length = fields.blocks;
  return fields;
}

function dataIn(chunks: readonly SeenChunk[]): (DataFields & { text: string })[] {
  return chunks
    .filter(({ type }) => type === CHUNK.DATA)
    .map(({ whole }) => {
      const fields = newFields();
      decodeData(whole, 0, whole.length, fields);
      return { ...fields, text: Buffer.from(whole.subarray(fields.from)).toString() };
    });
}

function newFields(): DataFields {
  return { flags: 0, tsn: 0, streamId: 0, streamSequenceNumber: 0, payloadProtocolId: 0, from: 0, to: 0 };
}

function forwardIn(chunks: readonly SeenChunk[]): ForwardTsnChunk | undefined {
  const chunk = chunks.find(({ type }) => type === CHUNK.FORWARD_TSN);
  return chunk === undefined ? undefined : (decodeForwardTsn(chunk.value) as ForwardTsnChunk);
}

describe("acknowledging (RFC 9260 §6.2)", () => {
  test("the first DATA is acknowledged at once, then every second packet, or after 200 ms", () => {
    const probe = Probe.established();
    probe.receive(data(0, "a"));
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN);
    probe.receive(data(1, "b"));
    expect(probe.types()).toEqual([]);
    probe.receive(data(2, "c"));
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN + 2);
    probe.receive(data(3, "d"));
    expect(probe.pass(199)).toEqual([]);
    expect(sackIn(probe.pass(1))?.cumulativeTsn).toBe(PEER_TSN + 3);
  });

  test("two DATA chunks in one packet count as one packet", () => {
    const probe = Probe.established();
    probe.receive(data(0, "a"));
    probe.packets();
    probe.receive(data(1, "b"), data(2, "c"));
    expect(probe.types()).toEqual([]);
    expect(probe.texts).toEqual(["a", "b", "c"]);
  });

  test("a gap, a duplicate and the I bit are answered at once", () => {
    const probe = Probe.established();
    probe.receive(data(0, "a"));
    probe.packets();
    probe.receive(data(2, "c"));
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN, starts: [2], ends: [2] });
    probe.receive(data(4, "e"));
    expect(sackIn(probe.chunks())).toMatchObject({ starts: [2, 4], ends: [2, 4] });
    probe.receive(data(3, "d"));
    expect(sackIn(probe.chunks())).toMatchObject({ starts: [2], ends: [4] });
    probe.receive(data(1, "b"));
    expect(probe.pass(200).length).toBe(1);
    probe.receive(data(5, "f", 5, WHOLE | FLAG_IMMEDIATE));
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN + 5, blocks: 0 });
    probe.receive(data(5, "f"));
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN + 5, duplicates: 1 });
    expect(probe.texts).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("duplicates are reported once, at most twenty", () => {
    const probe = Probe.established();
    probe.receive(data(0, "a"));
    probe.packets();
    for (let i = 0; i < 30; i++) probe.receive(data(0, "a"));
    expect(sackIn(probe.chunks())?.duplicates).toBe(20);
    probe.receive(data(0, "a"));
    expect(sackIn(probe.chunks())?.duplicates).toBe(1);
    expect(probe.texts).toEqual(["a"]);
  });

  test("gap ack blocks are written as many as fit the packet", () => {
    const probe = Probe.established();
    for (let i = 0; i < 400; i++) probe.receive(data(1 + i * 2, "x", 1 + i * 2));
    const [packet] = probe.packets();
    expect(packet!.length).toBeLessThanOrEqual(1191);
    expect(sackIn(chunksOf(packet!))?.blocks).toBe(Math.floor((1191 - 12 - 16) / 4));
  });

  test("SACK and DATA share a packet (RFC 9260 §6.10)", () => {
    const probe = Probe.established();
    probe.receive(data(0, "a"));
    probe.send("answer");
    expect(probe.packets().map(typesOf)).toEqual([[CHUNK.SACK, CHUNK.DATA]]);
  });

  test("DATA without user data ends the association, no user data (RFC 9260 §6.2)", () => {
    const probe = Probe.established();
    probe.receive(data(0, ""));
    const [abort] = probe.chunks();
    expect(abort?.type).toBe(CHUNK.ABORT);
    expect((decodeErrorCauses(abort!.value) as Parameter[])[0]!.type).toBe(CAUSE.NO_USER_DATA);
    expect(probe.closed).toMatchObject({ reason: "protocol-violation", causeCode: CAUSE.NO_USER_DATA });
  });

  test("DATA for a stream that does not exist is acknowledged and answered with ERROR (RFC 9260 §6.5)", () => {
    const probe = Probe.established();
    probe.receive(data(0, "x", 0, WHOLE, 1024), data(1, "y", 0));
    const chunks = probe.chunks();
    expect(sackIn(chunks)?.cumulativeTsn).toBe(PEER_TSN + 1);
    const error = chunks.find(({ type }) => type === CHUNK.ERROR);
    expect((decodeErrorCauses(error!.value) as Parameter[])[0]!.type).toBe(CAUSE.INVALID_STREAM_IDENTIFIER);
    expect(probe.texts).toEqual(["y"]);
  });

  test("a TSN beyond the limit is dropped, at the limit it is taken: no gap map without end", () => {
    const probe = Probe.established({ limits: { maxTsnGap: 100 } });
    probe.receive(data(100, "too far", 100));
    expect(probe.dropped(/too far ahead/)).toBe(1);
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN - 1, blocks: 0 });
    probe.receive(data(99, "just in", 99));
    expect(sackIn(probe.chunks())).toMatchObject({ starts: [100], ends: [100] });
  });
});

describe("putting together (RFC 9260 §6.5, §6.6, §6.9)", () => {
  test("fragments in every order give the message", () => {
    const orders = permutations([0, 1, 2, 3]);
    for (const order of orders) {
      const probe = Probe.established();
      const parts = [
        data(0, "one ", 0, FLAG_BEGINNING),
        data(1, "two ", 0, 0),
        data(2, "three", 0, FLAG_ENDING),
        data(3, "next", 1),
      ];
      for (const index of order) probe.receive(parts[index]!);
      probe.packets();
      expect(probe.texts, order.join()).toEqual(["one two three", "next"]);
      expect(probe.association.statistics.receiverWindow).toBe(5 * 1024 * 1024);
    }
  });

  test("an unordered message is delivered though others miss, in any order of its fragments", () => {
    for (const order of permutations([1, 2, 3])) {
      const probe = Probe.established();
      const parts = [
        data(0, "missing"),
        data(1, "un", 0, FLAG_UNORDERED | FLAG_BEGINNING),
        data(2, "order", 0, FLAG_UNORDERED),
        data(3, "ed", 0, FLAG_UNORDERED | FLAG_ENDING),
      ];
      for (const index of order) probe.receive(parts[index]!);
      probe.packets();
      expect(probe.texts).toEqual(["unordered"]);
      probe.receive(parts[0]!);
      probe.packets();
      expect(probe.texts).toEqual(["unordered", "missing"]);
    }
  });

  test("a loss in one stream does not hold up another", () => {
    const probe = Probe.established();
    probe.receive(data(1, "stream 2, first", 0, WHOLE, 2));
    probe.receive(data(2, "stream 1, second", 1));
    probe.receive(data(3, "stream 2, second", 1, WHOLE, 2));
    probe.packets();
    expect(probe.texts).toEqual(["stream 2, first", "stream 2, second"]);
    probe.receive(data(0, "stream 1, first", 0));
    probe.packets();
    expect(probe.texts.slice(2)).toEqual(["stream 1, first", "stream 1, second"]);
  });

  test("stream sequence numbers wrap", () => {
    const pair = Pair.connected();
    let sent = 0;
    while (sent < 66_000) {
      for (let i = 0; i < 3000; i++)
        pair.a.association.send(pair.now, 1, 53, Uint8Array.of(sent++ & 0xff), RELIABLE);
      pair.run(10);
    }
    pair.settle();
    const received = pair.z.of("message");
    expect(received).toHaveLength(sent);
    expect(received.every(({ data }, index) => data[0] === (index & 0xff))).toBe(true);
  });

  const violations: [string, Uint8Array[]][] = [
    ["a fragment without the beginning of its message", [data(0, "x", 0, 0)]],
    ["a message inside another one", [data(0, "x", 0, FLAG_BEGINNING), data(1, "y", 1)]],
    ["fragments of two streams mixed, in order", [data(0, "x", 0, FLAG_BEGINNING), data(1, "y", 0, 0, 2)]],
    ["fragments of two streams mixed, after a gap", [data(1, "x", 0, FLAG_BEGINNING), data(2, "y", 0, 0, 2)]],
    ["fragments with other sequence numbers mixed", [data(2, "x", 0, FLAG_ENDING), data(1, "y", 1, 0)]],
    [
      "ordered and unordered fragments mixed",
      [data(1, "x", 0, FLAG_BEGINNING), data(2, "y", 0, FLAG_UNORDERED)],
    ],
  ];
  for (const [name, chunks] of violations) {
    test(`${name}: the association ends with ABORT, protocol violation`, () => {
      const probe = Probe.established();
      for (const chunk of chunks) probe.receive(chunk);
      expect(probe.types()).toContain(CHUNK.ABORT);
      expect(probe.closed).toMatchObject({
        reason: "protocol-violation",
        causeCode: CAUSE.PROTOCOL_VIOLATION,
      });
    });
  }

  test("a message of the announced size is taken, one byte more ends the association", () => {
    for (const inOrder of [true, false]) {
      for (const extra of [0, 1]) {
        const probe = Probe.established({ maxReceiveMessageSize: 2000 });
        const parts = [
          dataChunk(PEER_TSN, 1, 0, pattern(1000), FLAG_BEGINNING),
          dataChunk(PEER_TSN + 1, 1, 0, pattern(1000 + extra), FLAG_ENDING),
        ];
        for (const part of inOrder ? parts : parts.reverse()) probe.receive(part);
        probe.packets();
        expect(probe.of("message").length).toBe(extra === 0 ? 1 : 0);
        expect(probe.closed?.reason).toBe(extra === 0 ? undefined : "protocol-violation");
      }
    }
  });

  test("data handed out is the receiver's own", () => {
    const probe = Probe.established();
    const packet = data(0, "mine");
    probe.receive(packet);
    probe.packets();
    packet.fill(0);
    expect(probe.texts).toEqual(["mine"]);
    expect(probe.of("message")[0]!.data.buffer.byteLength).toBe(4);
  });
});

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

describe("flow control on receiving (RFC 9260 §6.2)", () => {
  test("a_rwnd tells the truth about what is held", () => {
    const probe = Probe.established({ limits: { receiveWindow: 100_000 }, maxReceiveMessageSize: 50_000 });
    probe.receive(dataChunk(PEER_TSN + 1, 1, 0, pattern(1000), FLAG_BEGINNING));
    const held = sackIn(probe.chunks())!.receiverWindow;
    expect(held).toBeLessThanOrEqual(99_000);
    expect(held).toBeGreaterThan(98_000);
  });

  test("a full window takes only what is next in order, and says so when it opens", () => {
    const probe = Probe.established({ limits: { receiveWindow: 10_000 }, maxReceiveMessageSize: 5000 });
    for (let i = 1; i <= 9; i++) probe.receive(dataChunk(PEER_TSN + i, 1, i, pattern(1000)));
    expect(probe.dropped(/window is full/)).toBe(0);
    expect(sackIn(probe.chunks())?.receiverWindow).toBe(0);
    probe.receive(dataChunk(PEER_TSN + 10, 1, 10, pattern(1000)));
    expect(probe.dropped(/window is full/)).toBe(1);
    probe.receive(dataChunk(PEER_TSN, 1, 0, pattern(1000)));
    probe.packets();
    expect(probe.of("message")).toHaveLength(10);
    // The events were taken after the SACK went out: the update comes at once, without a timer.
    expect(probe.association.nextTimeout()).toBeLessThanOrEqual(probe.now);
    expect(sackIn(probe.pass(0))?.receiverWindow).toBe(10_000);
  });

  test("begun and never ended messages, tiny fragments and gaps stay inside the budget", () => {
    const probe = Probe.established({ limits: { receiveWindow: 500_000 }, maxReceiveMessageSize: 200_000 });
    for (let i = 1; i < 17_000; i++)
      probe.receive(data(i * 2, "x", i & 0xffff, FLAG_BEGINNING | (i & 1 ? FLAG_UNORDERED : 0)));
    expect(probe.association.state).toBe("established");
    const chunks = probe.chunks();
    expect(sackIn(chunks)?.receiverWindow).toBe(0);
    expect(probe.association.statistics.dataChunksReceived).toBeLessThan(500_000 / 200 + 2);
  });

  test("messages that wait for an earlier one are at most 4096", () => {
    const probe = Probe.established();
    for (let i = 1; i <= 4096; i++) probe.receive(data(i, "x", i));
    probe.packets();
    expect(probe.association.state).toBe("established");
    probe.receive(data(4097, "x", 4097));
    probe.packets();
    expect(probe.closed?.reason).toBe("protocol-violation");
  });

  test("a receiver that is slow for long loses nothing and holds no more than its window", () => {
    const pair = Pair.connected(3, { limits: { receiveWindow: 200_000 }, maxReceiveMessageSize: 100_000 });
    // Nobody takes z's events: its association is polled for packets only.
    const taken: number[] = [];
    const association = pair.z.association;
    const pollEvent = association.pollEvent.bind(association);
    let slow = true;
    association.pollEvent = () => (slow ? undefined : pollEvent());
    for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, 1, 53, pattern(50_000, i), RELIABLE);
    pair.run(600_000);
    const { receiverWindow } = association.statistics;
    expect(receiverWindow).toBeLessThan(2000);
    expect(pair.a.association.bufferedAmount(1)).toBeGreaterThan(700_000);
    slow = false;
    pair.run(60_000);
    for (const { data } of pair.z.of("message")) taken.push(data.length);
    expect(taken).toEqual(Array(20).fill(50_000));
  });
});

describe("sending (RFC 9260 §6.1)", () => {
  test("small messages share a packet, large ones are cut to it", () => {
    const probe = Probe.established();
    for (const text of ["a", "b", "c"]) probe.send(text);
    expect(probe.packets().map(typesOf)).toEqual([[CHUNK.DATA, CHUNK.DATA, CHUNK.DATA]]);
    probe.receive(sackChunk(probe.tsn + 2));
    probe.association.send(probe.now, 1, 53, pattern(3000), RELIABLE);
    const packets = probe.packets();
    const chunks = dataIn(packets.flatMap(chunksOf));
    expect(packets.every(({ length }) => length <= 1191)).toBe(true);
    expect(chunks.map(({ flags }) => flags)).toEqual([FLAG_BEGINNING, 0, FLAG_ENDING]);
    expect(new Set(chunks.map(({ streamSequenceNumber }) => streamSequenceNumber))).toEqual(new Set([3]));
    expect(chunks.map(({ tsn }) => (tsn - probe.tsn) >>> 0)).toEqual([3, 4, 5]);
  });

  test("a message is never cut to fill a packet when it fits the next one", () => {
    const probe = Probe.established();
    probe.association.send(probe.now, 1, 53, pattern(600), RELIABLE);
    probe.association.send(probe.now, 1, 53, pattern(700), RELIABLE);
    expect(probe.packets().map((packet) => packet.length)).toEqual([12 + 16 + 600, 12 + 16 + 700]);
  });

  test("at most four packets leave in one go, and no more than the congestion window (RFC 9260 §6.1 D, §7.2.1)", () => {
    const probe = Probe.established();
    probe.association.send(probe.now, 1, 53, pattern(100_000), RELIABLE);
    expect(probe.packets()).toHaveLength(4);
    probe.receive(sackChunk(probe.tsn));
    expect(probe.packets().length).toBeLessThanOrEqual(5);
    const { congestionWindow, unacknowledged } = probe.association.statistics;
    expect(unacknowledged).toBeLessThanOrEqual(congestionWindow!);
  });

  test("the peer's window is respected; a closed one is probed with one chunk, with back-off (RFC 9260 §6.1 A)", () => {
    const probe = Probe.established({}, { receiverWindow: 1500 });
    probe.association.send(probe.now, 1, 53, pattern(5000), RELIABLE);
    expect(dataIn(probe.chunks())).toHaveLength(1);
    probe.receive(sackChunk(probe.tsn, 0));
    expect(dataIn(probe.chunks())).toHaveLength(1);
    // The peer drops it, and says so again and again: repeated ever more slowly, never given up.
    let probes = 0;
    for (let i = 0; i < 60; i++) {
      const seen = dataIn(probe.pass(1000));
      probes += seen.length;
      if (seen.length > 0) probe.receive(sackChunk(probe.tsn, 0));
    }
    expect(probes).toBeGreaterThan(15);
    expect(probes).toBeLessThan(30);
    probe.receive(sackChunk(probe.tsn + 1, 100_000));
    expect(dataIn(probe.chunks()).length).toBeGreaterThan(1);
  });

  test("bytes leave the queue's account when they are first sent", () => {
    const probe = Probe.established();
    probe.association.send(probe.now, 1, 53, pattern(20_000), RELIABLE);
    expect(probe.association.bufferedAmount(1)).toBe(20_000);
    probe.packets();
    const rest = probe.association.bufferedAmount(1);
    expect(rest).toBeLessThan(20_000);
    expect(probe.of("buffered-amount-decrease")).toEqual([
      { type: "buffered-amount-decrease", streamId: 1, bytes: 20_000 - rest },
    ]);
  });

  test("streams take turns message by message, weighed by priority (RFC 8260 §3.6)", () => {
    const probe = Probe.established();
    probe.association.setStreamPriority(1, 256);
    probe.association.setStreamPriority(2, 1024);
    for (let i = 0; i < 20; i++) {
      probe.association.send(probe.now, 1, 53, pattern(1000), RELIABLE);
      probe.association.send(probe.now, 2, 53, pattern(1000), RELIABLE);
    }
    const order: number[] = [];
    for (let acked = 0; order.length < 25; acked++) {
      order.push(...dataIn(probe.chunks()).map(({ streamId }) => streamId));
      probe.receive(sackChunk(probe.tsn + order.length - 1));
      expect(acked).toBeLessThan(50);
    }
    const first = order.slice(0, 20);
    expect(first.filter((id) => id === 2).length).toBe(16);
  });

  test("a message that has begun is sent whole before another one (RFC 9260 §6.9)", () => {
    const pair = Pair.connected();
    pair.a.keepPackets = true;
    for (let i = 0; i < 8; i++) pair.a.association.send(pair.now, i % 3, 53, pattern(20_000, i), RELIABLE);
    pair.settle();
    const flags = dataIn(pair.a.sent.flatMap(chunksOf)).map(({ flags }) => flags & WHOLE);
    const open = flags.reduce((depth, flag) => {
      expect(depth === 0).toBe((flag & FLAG_BEGINNING) !== 0);
      return flag & FLAG_ENDING ? 0 : 1;
    }, 0);
    expect(open).toBe(0);
    expect(pair.z.of("message")).toHaveLength(8);
  });

  test("a smaller path MTU cuts what comes; what was cut before goes alone", () => {
    const probe = Probe.established();
    probe.association.send(probe.now, 1, 53, pattern(20_000), RELIABLE);
    probe.packets();
    probe.association.setPathMtu(576);
    probe.receive(sackChunk(probe.tsn));
    const sizes = probe.packets().map(({ length }) => length);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.every((size) => size <= 576)).toBe(true);
    const again = probe.pass(600).filter(({ type }) => type === CHUNK.DATA);
    expect(again.some(({ whole }) => whole.length > 1000)).toBe(true);
  });
});

describe("retransmitting (RFC 9260 §6.3, §7.2)", () => {
  function fiveSent(): Probe {
    const probe = Probe.established();
    for (let i = 0; i < 5; i++) probe.association.send(probe.now, 1, 53, pattern(1100), RELIABLE);
    expect(probe.packets()).toHaveLength(4);
    probe.receive(sackChunk(probe.tsn));
    probe.packets();
    return probe;
  }

  test("three misses and the chunk is sent again at once, once, and the window halves (RFC 9260 §7.2.4)", () => {
    const probe = fiveSent();
    const before = probe.association.statistics.congestionWindow!;
    probe.receive(sackChunk(probe.tsn, 1e6, [[2, 2]]));
    probe.receive(sackChunk(probe.tsn, 1e6, [[2, 3]]));
    expect(dataIn(probe.chunks())).toEqual([]);
    probe.receive(sackChunk(probe.tsn, 1e6, [[2, 4]]));
    expect(dataIn(probe.chunks()).map(({ tsn }) => (tsn - probe.tsn) >>> 0)).toEqual([1]);
    const { congestionWindow, fastRetransmits, retransmissions } = probe.association.statistics;
    expect(congestionWindow).toBe(Math.max(before / 2, 4 * 1191));
    expect([fastRetransmits, retransmissions]).toEqual([1, 1]);
    probe.receive(sackChunk(probe.tsn, 1e6, [[2, 4]]));
    expect(dataIn(probe.chunks())).toEqual([]);
  });

  test("a SACK that acknowledges nothing new is no evidence of loss", () => {
    const probe = fiveSent();
    for (let i = 0; i < 10; i++) probe.receive(sackChunk(probe.tsn, 1e6, [[2, 2]]));
    expect(dataIn(probe.chunks())).toEqual([]);
  });

  test("T3 sends the earliest again, one packet, with doubled timeouts up to 3 s, for ever (RFC 9260 §6.3.3)", () => {
    const probe = Probe.established();
    for (let i = 0; i < 4; i++) probe.association.send(probe.now, 1, 53, pattern(1100), RELIABLE);
    probe.packets();
    const times: number[] = [];
    const begun = probe.now;
    for (let i = 0; i < 3600; i++) {
      const seen = dataIn(probe.pass(100));
      if (seen.length === 0) continue;
      expect(seen.map(({ tsn }) => (tsn - probe.tsn) >>> 0)).toEqual([0]);
      times.push(probe.now - begun);
    }
    expect(times.slice(0, 5)).toEqual([500, 1500, 3500, 6500, 9500]);
    expect(times.length).toBeGreaterThan(100);
    expect(probe.association.state).toBe("established");
    probe.receive(sackChunk(probe.tsn + 3));
    expect(probe.association.statistics.unacknowledged).toBe(0);
  });

  test("a limit on retransmissions ends the association where one is set (RFC 9260 §8.1)", () => {
    const probe = Probe.established({ limits: { maxDataRetransmissions: 3 } });
    probe.send("lost");
    probe.pass(60_000);
    expect(probe.closed?.reason).toBe("timeout");
  });

  test("what waits for retransmission goes before what is new (RFC 9260 §6.1 C)", () => {
    const probe = Probe.established();
    probe.send("old");
    probe.packets();
    probe.send("new");
    probe.packets();
    const chunks = dataIn(probe.pass(600));
    expect(chunks.map(({ text }) => text)).toEqual(["old", "new"]);
  });

  test("a blackout of 20 s loses nothing", () => {
    const pair = Pair.connected();
    pair.link = { ...PERFECT, latency: 20 };
    for (let i = 0; i < 40; i++) pair.a.association.send(pair.now, 1, 53, pattern(50_000, i), RELIABLE);
    pair.run(100);
    pair.filter = () => false;
    pair.run(20_000);
    pair.filter = () => true;
    pair.run(30_000);
    const received = pair.z.of("message");
    expect(received.map(({ data }) => data.length)).toEqual(Array(40).fill(50_000));
    expect(received.every(({ data }, i) => Buffer.compare(data, pattern(50_000, i)) === 0)).toBe(true);
  });

  test("round trips are not measured on what was sent twice (Karn, RFC 9260 §6.3.1 C5)", () => {
    const probe = Probe.established();
    probe.send("lost once");
    probe.packets();
    probe.pass(600);
    probe.receive(sackChunk(probe.tsn));
    expect(probe.association.statistics.smoothedRoundTripTime).toBeUndefined();
  });

  test("a SACK older than what we know, or for what was never sent, or broken, changes nothing", () => {
    const probe = fiveSent();
    const before = probe.association.statistics;
    probe.receive(sackChunk(probe.tsn - 1, 5));
    probe.receive(sackChunk(probe.tsn + 5, 5));
    probe.receive(sackChunk(probe.tsn, 5, [[4, 5]]));
    probe.receive(sackChunk(probe.tsn, 5, [[3, 2]]));
    probe.receive(sackChunk(probe.tsn + 0x7fff_ffff, 5));
    const { dropped: _, packetsReceived: __, bytesReceived: ___, ...after } = probe.association.statistics;
    expect(before).toMatchObject(after);
    expect(probe.dropped(/never sent/)).toBe(3);
  });

  test("what the peer acknowledged in a block and then dropped is sent again (RFC 9260 §6.2.1 D iii)", () => {
    const probe = fiveSent();
    probe.receive(sackChunk(probe.tsn, 1e6, [[2, 4]]));
    probe.receive(sackChunk(probe.tsn + 1, 1e6));
    const again = dataIn(probe.pass(1000)).map(({ tsn }) => (tsn - probe.tsn) >>> 0);
    expect(again).toContain(2);
  });

  test("the window grows in slow start only while it is used, and drops to one packet on timeout (RFC 9260 §7.2)", () => {
    const probe = Probe.established();
    const initial = probe.association.statistics.congestionWindow!;
    expect(initial).toBe(10 * 1191);
    probe.send("tiny");
    probe.packets();
    probe.receive(sackChunk(probe.tsn));
    expect(probe.association.statistics.congestionWindow).toBe(initial);
    probe.association.send(probe.now, 1, 53, pattern(100_000), RELIABLE);
    probe.packets();
    probe.pass(600);
    expect(probe.association.statistics.congestionWindow).toBe(1191);
    expect(dataIn(probe.pass(3000)).every(({ flags }) => flags & FLAG_IMMEDIATE)).toBe(true);
  });
});

describe("partial reliability (RFC 3758)", () => {
  test("with no retransmissions allowed a lost message is skipped with FORWARD TSN", () => {
    const probe = Probe.established();
    probe.send("given up", 1, { maxRetransmits: 0 });
    probe.packets();
    const forward = forwardIn(probe.pass(600));
    expect(forward).toEqual({
      newCumulativeTsn: probe.tsn,
      skipped: [{ streamId: 1, streamSequenceNumber: 0 }],
    });
    expect(probe.of("messages-abandoned")).toEqual([{ type: "messages-abandoned", streamId: 1, count: 1 }]);
    probe.receive(sackChunk(probe.tsn));
    expect(probe.pass(10_000)).toEqual([]);
  });

  test("maxRetransmits counts the repetitions of a fragment", () => {
    const probe = Probe.established();
    probe.send("thrice in all", 1, { maxRetransmits: 2 });
    const sent = probe.pass(20_000);
    expect(dataIn(sent)).toHaveLength(3);
    expect(forwardIn(sent)).toBeDefined();
  });

  test("FORWARD TSN is repeated until it is acknowledged", () => {
    const probe = Probe.established();
    probe.send("given up", 1, { maxRetransmits: 0 });
    const sent = probe.pass(20_000).filter(({ type }) => type === CHUNK.FORWARD_TSN);
    expect(sent.length).toBeGreaterThan(4);
    expect(sent.length).toBeLessThan(20);
  });

  test("a lifetime gives up what waits and what was sent", () => {
    const probe = Probe.established({}, { receiverWindow: 0 });
    probe.send("sent and lost", 1, { lifetime: 100 });
    probe.packets();
    probe.send("never sent", 1, { lifetime: 100 });
    probe.send("reliable", 2);
    const sent = probe.pass(3000);
    expect(new Set(dataIn(sent).map(({ text }) => text))).toEqual(new Set(["reliable"]));
    expect(probe.of("messages-abandoned").reduce((sum, { count }) => sum + count, 0)).toBe(2);
    expect(forwardIn(sent)?.newCumulativeTsn).toBe(probe.tsn);
    expect(probe.association.bufferedAmount(1)).toBe(0);
  });

  test("giving up a message sent in part spends one TSN on the rest, which FORWARD TSN skips too", () => {
    const probe = Probe.established();
    probe.association.send(probe.now, 1, 53, pattern(50_000), { ordered: true, maxRetransmits: 0 });
    probe.send("next");
    const sent = dataIn(probe.chunks()).length;
    const later = probe.pass(600);
    expect(forwardIn(later)?.newCumulativeTsn).toBe((probe.tsn + sent) >>> 0);
    expect(probe.association.bufferedAmount(1)).toBe(0);
    const next = dataIn(later).find(({ text }) => text === "next");
    expect(next).toMatchObject({ streamSequenceNumber: 1, tsn: (probe.tsn + sent + 1) >>> 0 });
  });

  test("unordered messages are skipped without a stream entry", () => {
    const probe = Probe.established();
    probe.send("given up", 1, { maxRetransmits: 0, ordered: false });
    probe.packets();
    expect(forwardIn(probe.pass(600))).toEqual({ newCumulativeTsn: probe.tsn, skipped: [] });
  });

  test("a peer that does not know FORWARD TSN gets everything reliably", () => {
    const probe = Probe.established({}, { extensions: [] });
    probe.send("kept", 1, { maxRetransmits: 0 });
    const sent = probe.pass(10_000);
    expect(dataIn(sent).length).toBeGreaterThan(3);
    expect(forwardIn(sent)).toBeUndefined();
  });

  test("receiving: a partial message is dropped, what waited behind it is delivered in order (RFC 3758 §3.6)", () => {
    const probe = Probe.established();
    probe.receive(data(0, "begun", 0, FLAG_BEGINNING));
    probe.receive(data(3, "one", 1), data(4, "two", 2), data(6, "three", 4));
    probe.packets();
    expect(probe.texts).toEqual([]);
    probe.receive(
      forwardTsnChunk({
        newCumulativeTsn: PEER_TSN + 2,
        skipped: [{ streamId: 1, streamSequenceNumber: 0 }],
      }),
    );
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN + 4, starts: [2], ends: [2] });
    expect(probe.texts).toEqual(["one", "two"]);
    probe.receive(
      forwardTsnChunk({
        newCumulativeTsn: PEER_TSN + 5,
        skipped: [{ streamId: 1, streamSequenceNumber: 3 }],
      }),
    );
    probe.packets();
    expect(probe.texts).toEqual(["one", "two", "three"]);
    expect(probe.association.statistics.receiverWindow).toBe(5 * 1024 * 1024);
  });

  test("receiving: orphans of a skipped message are dropped until the next one begins", () => {
    const probe = Probe.established();
    probe.receive(forwardTsnChunk({ newCumulativeTsn: PEER_TSN + 2, skipped: [] }));
    probe.receive(data(3, "orphan", 0, 0), data(4, "orphan", 0, FLAG_ENDING), data(5, "whole", 0));
    probe.packets();
    expect(probe.texts).toEqual(["whole"]);
    probe.receive(data(6, "stray", 1, 0));
    probe.packets();
    expect(probe.closed?.reason).toBe("protocol-violation");
  });

  test("receiving: a jump of 2^31, or one beyond the limit, is dropped without work; at the limit it is taken", () => {
    const probe = Probe.established({ limits: { maxTsnGap: 100 } });
    for (const jump of [0x7fff_fffe, 0x4000_0000, 100]) {
      probe.receive(forwardTsnChunk({ newCumulativeTsn: (PEER_TSN + jump) >>> 0, skipped: [] }));
    }
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN - 1);
    expect(probe.dropped(/FORWARD TSN too far/)).toBe(3);
    probe.receive(forwardTsnChunk({ newCumulativeTsn: PEER_TSN + 99, skipped: [] }));
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN + 99);
  });

  test("receiving: an old FORWARD TSN is answered with a SACK and changes nothing", () => {
    const probe = Probe.established();
    probe.receive(data(0, "a"), data(1, "b"));
    probe.packets();
    probe.receive(
      forwardTsnChunk({ newCumulativeTsn: PEER_TSN, skipped: [{ streamId: 1, streamSequenceNumber: 0 }] }),
    );
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN + 1);
    probe.receive(data(2, "c"));
    probe.packets();
    expect(probe.texts).toEqual(["a", "b", "c"]);
  });

  test("over a lossy link nothing is torn or doubled, order holds, and losses are reported", () => {
    for (let seed = 0; seed < 20; seed++) {
      const pair = Pair.connected(seed, { zeroChecksum: false });
      pair.link = { latency: 20, loss: 0.1, reorder: 0.2, reorderBy: 50, duplicate: 0.1, corrupt: 0.01 };
      const options = [{ maxRetransmits: 0 }, { lifetime: 150 }, { maxRetransmits: 2 }][seed % 3]!;
      const ordered = seed % 2 === 0;
      let sent = 0;
      for (let round = 0; round < 40; round++) {
        for (let i = 0; i < 5; i++) {
          const message = pattern(4 + ((sent * 977) % 5000), sent);
          new DataView(message.buffer).setUint32(0, sent);
          pair.a.association.send(pair.now, 1, 53, message, { ordered, ...options });
          sent++;
        }
        pair.run(30);
      }
      pair.link = PERFECT;
      pair.run(20_000);
      const numbers = pair.z.of("message").map(({ data }) => {
        const number = new DataView(data.buffer, data.byteOffset).getUint32(0);
        const whole = pattern(4 + ((number * 977) % 5000), number);
        new DataView(whole.buffer).setUint32(0, number);
        expect(Buffer.compare(data, whole), `torn, seed ${seed}`).toBe(0);
        return number;
      });
      expect(new Set(numbers).size, `doubled, seed ${seed}`).toBe(numbers.length);
      if (ordered) expect(numbers, `seed ${seed}`).toEqual([...numbers].sort((a, b) => a - b));
      const abandoned = pair.a.of("messages-abandoned").reduce((sum, { count }) => sum + count, 0);
      expect(numbers.length + abandoned, `seed ${seed}`).toBeGreaterThanOrEqual(sent);
      expect(numbers.length, `seed ${seed}`).toBeGreaterThan(sent / 5);
      expect(pair.a.association.statistics.unacknowledged, `seed ${seed}`).toBe(0);
    }
  });
});
