import { describe, expect, test } from "vitest";
import { Pair, PERFECT, pattern } from "../exchange.testing.ts";
import { CHUNK } from "../packet/chunk.ts";
import { FLAG_BEGINNING, FLAG_ENDING, FLAG_IMMEDIATE } from "../packet/data-chunk.ts";
import { chunksOf, dataIn, sackChunk, typesOf } from "../packet/packet.testing.ts";
import { Probe, peerData } from "../probe.testing.ts";

const RELIABLE = { ordered: true };
const WHOLE = FLAG_BEGINNING | FLAG_ENDING;

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

  test("only who has data under way, and owes no SACK, may take more packets before it answers", () => {
    const probe = Probe.established();
    expect(probe.association.mayAnswerLater).toBe(false);
    probe.association.send(probe.now, 1, 53, pattern(100_000), RELIABLE);
    probe.packets();
    probe.receive(sackChunk(probe.tsn));
    expect(probe.association.mayAnswerLater).toBe(true);
    // Of the peer's own data every second packet is to be acknowledged (§6.2): its bursts are as short as ours.
    probe.receive(peerData(0, "a"));
    expect(probe.association.mayAnswerLater).toBe(false);
    probe.packets();
    expect(probe.association.mayAnswerLater).toBe(true);
    probe.receive(peerData(1, "b"));
    expect(probe.association.mayAnswerLater).toBe(true);
    probe.receive(peerData(2, "c"));
    expect(probe.association.mayAnswerLater).toBe(false);
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

  test("on another path nothing waits for a timeout of the path before (RFC 9260 §6.3.1)", () => {
    const probe = Probe.established();
    for (let i = 0; i < 3; i++) probe.association.send(probe.now, 1, 53, pattern(1100), RELIABLE);
    probe.packets();
    probe.pass(4000);
    expect(probe.association.statistics.retransmissionTimeout).toBe(3000);
    probe.association.pathChanged(probe.now, 1191);
    expect(dataIn(probe.chunks()).map(({ tsn }) => (tsn - probe.tsn) >>> 0)).toEqual([0]);
    probe.receive(sackChunk(probe.tsn));
    expect(dataIn(probe.chunks()).map(({ tsn }) => (tsn - probe.tsn) >>> 0)).toEqual([1, 2]);
    expect(probe.association.statistics.retransmissionTimeout).toBe(500);
  });

  test("another path by itself repeats nothing and keeps what is known of the round trip", () => {
    const probe = Probe.established();
    probe.association.send(probe.now, 1, 53, pattern(100), RELIABLE);
    probe.packets();
    probe.pass(50);
    probe.receive(sackChunk(probe.tsn));
    probe.association.send(probe.now, 1, 53, pattern(100), RELIABLE);
    probe.packets();
    probe.association.pathChanged(probe.now, 1191);
    expect(probe.chunks()).toEqual([]);
    expect(probe.association.statistics.smoothedRoundTripTime).toBe(50);
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
