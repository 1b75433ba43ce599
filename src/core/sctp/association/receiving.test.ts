import { describe, expect, test } from "vitest";
import { Pair, pattern } from "../exchange.testing.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { CHUNK } from "../packet/chunk.ts";
import { FLAG_BEGINNING, FLAG_ENDING, FLAG_IMMEDIATE, FLAG_UNORDERED } from "../packet/data-chunk.ts";
import { CAUSE, decodeErrorCauses } from "../packet/error-cause.ts";
import { chunksOf, dataChunk, sackIn, typesOf } from "../packet/packet.testing.ts";
import type { Parameter } from "../packet/parameter.ts";
import { PEER_TSN, Probe, peerData } from "../probe.testing.ts";

const RELIABLE = { ordered: true };
const WHOLE = FLAG_BEGINNING | FLAG_ENDING;

describe("acknowledging (RFC 9260 §6.2)", () => {
  test("the first DATA is acknowledged at once, then every second packet, or after 200 ms", () => {
    const probe = Probe.established();
    probe.receive(peerData(0, "a"));
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN);
    probe.receive(peerData(1, "b"));
    expect(probe.types()).toEqual([]);
    probe.receive(peerData(2, "c"));
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN + 2);
    probe.receive(peerData(3, "d"));
    expect(probe.pass(199)).toEqual([]);
    expect(sackIn(probe.pass(1))?.cumulativeTsn).toBe(PEER_TSN + 3);
  });

  test("two DATA chunks in one packet count as one packet", () => {
    const probe = Probe.established();
    probe.receive(peerData(0, "a"));
    probe.packets();
    probe.receive(peerData(1, "b"), peerData(2, "c"));
    expect(probe.types()).toEqual([]);
    expect(probe.texts).toEqual(["a", "b", "c"]);
  });

  test("a gap, a duplicate and the I bit are answered at once", () => {
    const probe = Probe.established();
    probe.receive(peerData(0, "a"));
    probe.packets();
    probe.receive(peerData(2, "c"));
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN, starts: [2], ends: [2] });
    probe.receive(peerData(4, "e"));
    expect(sackIn(probe.chunks())).toMatchObject({ starts: [2, 4], ends: [2, 4] });
    probe.receive(peerData(3, "d"));
    expect(sackIn(probe.chunks())).toMatchObject({ starts: [2], ends: [4] });
    probe.receive(peerData(1, "b"));
    expect(probe.pass(200).length).toBe(1);
    probe.receive(peerData(5, "f", 5, WHOLE | FLAG_IMMEDIATE));
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN + 5, blocks: 0 });
    probe.receive(peerData(5, "f"));
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN + 5, duplicates: 1 });
    expect(probe.texts).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("duplicates are reported once, at most twenty", () => {
    const probe = Probe.established();
    probe.receive(peerData(0, "a"));
    probe.packets();
    for (let i = 0; i < 30; i++) probe.receive(peerData(0, "a"));
    expect(sackIn(probe.chunks())?.duplicates).toBe(20);
    probe.receive(peerData(0, "a"));
    expect(sackIn(probe.chunks())?.duplicates).toBe(1);
    expect(probe.texts).toEqual(["a"]);
  });

  test("gap ack blocks are written as many as fit the packet", () => {
    const probe = Probe.established();
    for (let i = 0; i < 400; i++) probe.receive(peerData(1 + i * 2, "x", 1 + i * 2));
    const [packet] = probe.packets();
    expect(packet!.length).toBeLessThanOrEqual(1191);
    expect(sackIn(chunksOf(packet!))?.blocks).toBe(Math.floor((1191 - 12 - 16) / 4));
  });

  test("SACK and DATA share a packet (RFC 9260 §6.10)", () => {
    const probe = Probe.established();
    probe.receive(peerData(0, "a"));
    probe.send("answer");
    expect(probe.packets().map(typesOf)).toEqual([[CHUNK.SACK, CHUNK.DATA]]);
  });

  test("DATA without user data ends the association, no user data (RFC 9260 §6.2)", () => {
    const probe = Probe.established();
    probe.receive(peerData(0, ""));
    const [abort] = probe.chunks();
    expect(abort?.type).toBe(CHUNK.ABORT);
    expect((decodeErrorCauses(abort!.value) as Parameter[])[0]!.type).toBe(CAUSE.NO_USER_DATA);
    expect(probe.closed).toMatchObject({ reason: "protocol-violation", causeCode: CAUSE.NO_USER_DATA });
  });

  test("DATA for a stream that does not exist is acknowledged and answered with ERROR (RFC 9260 §6.5)", () => {
    const probe = Probe.established();
    probe.receive(peerData(0, "x", 0, WHOLE, 1024), peerData(1, "y", 0));
    const chunks = probe.chunks();
    expect(sackIn(chunks)?.cumulativeTsn).toBe(PEER_TSN + 1);
    const error = chunks.find(({ type }) => type === CHUNK.ERROR);
    expect((decodeErrorCauses(error!.value) as Parameter[])[0]!.type).toBe(CAUSE.INVALID_STREAM_IDENTIFIER);
    expect(probe.texts).toEqual(["y"]);
  });

  test("no limit on the gap above 40 000 can be asked for", () => {
    const probe = Probe.established({ limits: { maxTsnGap: 1e9 } });
    probe.receive(peerData(40_000, "too far"), peerData(39_999, "just in"));
    expect(sackIn(probe.chunks())).toMatchObject({ starts: [40_000], ends: [40_000] });
  });

  test("a TSN beyond the limit is dropped, at the limit it is taken: no gap map without end", () => {
    const probe = Probe.established({ limits: { maxTsnGap: 100 } });
    probe.receive(peerData(100, "too far", 100));
    expect(probe.dropped(/too far ahead/)).toBe(1);
    expect(sackIn(probe.chunks())).toMatchObject({ cumulativeTsn: PEER_TSN - 1, blocks: 0 });
    probe.receive(peerData(99, "just in", 99));
    expect(sackIn(probe.chunks())).toMatchObject({ starts: [100], ends: [100] });
  });
});

describe("putting together (RFC 9260 §6.5, §6.6, §6.9)", () => {
  test("fragments in every order give the message", () => {
    const orders = permutations([0, 1, 2, 3]);
    for (const order of orders) {
      const probe = Probe.established();
      const parts = [
        peerData(0, "one ", 0, FLAG_BEGINNING),
        peerData(1, "two ", 0, 0),
        peerData(2, "three", 0, FLAG_ENDING),
        peerData(3, "next", 1),
      ];
      for (const index of order) probe.receive(parts[index]!);
      probe.packets();
      expect(probe.texts, order.join()).toEqual(["one two three", "next"]);
      expect(probe.association.statistics.receiverWindow).toBe(DEFAULT_LIMITS.receiveWindow);
    }
  });

  test("an unordered message is delivered though others miss, in any order of its fragments", () => {
    for (const order of permutations([1, 2, 3])) {
      const probe = Probe.established();
      const parts = [
        peerData(0, "missing"),
        peerData(1, "un", 0, FLAG_UNORDERED | FLAG_BEGINNING),
        peerData(2, "order", 0, FLAG_UNORDERED),
        peerData(3, "ed", 0, FLAG_UNORDERED | FLAG_ENDING),
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
    probe.receive(peerData(1, "stream 2, first", 0, WHOLE, 2));
    probe.receive(peerData(2, "stream 1, second", 1));
    probe.receive(peerData(3, "stream 2, second", 1, WHOLE, 2));
    probe.packets();
    expect(probe.texts).toEqual(["stream 2, first", "stream 2, second"]);
    probe.receive(peerData(0, "stream 1, first", 0));
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
    ["a fragment without the beginning of its message", [peerData(0, "x", 0, 0)]],
    ["a message inside another one", [peerData(0, "x", 0, FLAG_BEGINNING), peerData(1, "y", 1)]],
    [
      "fragments of two streams mixed, in order",
      [peerData(0, "x", 0, FLAG_BEGINNING), peerData(1, "y", 0, 0, 2)],
    ],
    [
      "fragments of two streams mixed, after a gap",
      [peerData(1, "x", 0, FLAG_BEGINNING), peerData(2, "y", 0, 0, 2)],
    ],
    [
      "fragments with other sequence numbers mixed",
      [peerData(2, "x", 0, FLAG_ENDING), peerData(1, "y", 1, 0)],
    ],
    [
      "ordered and unordered fragments mixed",
      [peerData(1, "x", 0, FLAG_BEGINNING), peerData(2, "y", 0, FLAG_UNORDERED)],
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
    const packet = peerData(0, "mine");
    probe.receive(packet);
    probe.packets();
    packet.fill(0);
    expect(probe.texts).toEqual(["mine"]);
    expect(probe.of("message")[0]!.data.buffer.byteLength).toBe(4);
  });
});

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
      probe.receive(peerData(i * 2, "x", i & 0xffff, FLAG_BEGINNING | (i & 1 ? FLAG_UNORDERED : 0)));
    expect(probe.association.state).toBe("established");
    const chunks = probe.chunks();
    expect(sackIn(chunks)?.receiverWindow).toBe(0);
    expect(probe.association.statistics.dataChunksReceived).toBeLessThan(500_000 / 200 + 2);
  });

  test("of incomplete messages ahead of a gap 4096 are kept, the beginning of one more is dropped", () => {
    const probe = Probe.established();
    for (let i = 1; i <= 4096; i++) probe.receive(peerData(i * 2, "x", 0, FLAG_BEGINNING | FLAG_UNORDERED));
    expect(probe.association.statistics.dataChunksReceived).toBe(4096);
    probe.receive(peerData(4097 * 2, "x", 0, FLAG_BEGINNING | FLAG_UNORDERED));
    expect(probe.dropped(/too many incomplete/)).toBe(1);
    probe.receive(peerData(3, "y", 0, FLAG_ENDING | FLAG_UNORDERED));
    probe.receive(peerData(4097 * 2, "x", 0, FLAG_BEGINNING | FLAG_UNORDERED));
    expect(probe.dropped(/too many incomplete/)).toBe(1);
    probe.packets();
    expect(probe.texts).toEqual(["xy"]);
  });

  test("many small messages may wait for a lost one: they count by their bytes", () => {
    const probe = Probe.established();
    for (let i = 1; i <= 10_000; i++) probe.receive(peerData(i, "x", i));
    probe.receive(peerData(0, "lost", 0));
    probe.packets();
    expect(probe.texts).toHaveLength(10_001);
    expect(probe.association.state).toBe("established");
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

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
