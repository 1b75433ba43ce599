import { describe, expect, test } from "vitest";
import { Pair, PERFECT, pattern } from "../exchange.testing.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { CHUNK } from "../packet/chunk.ts";
import { FLAG_BEGINNING, FLAG_ENDING } from "../packet/data-chunk.ts";
import { dataIn, forwardIn, forwardTsnChunk, sackChunk, sackIn } from "../packet/packet.testing.ts";
import { PEER_TSN, Probe, peerData } from "../probe.testing.ts";

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
    probe.receive(peerData(0, "begun", 0, FLAG_BEGINNING));
    probe.receive(peerData(3, "one", 1), peerData(4, "two", 2), peerData(6, "three", 4));
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
    expect(probe.association.statistics.receiverWindow).toBe(DEFAULT_LIMITS.receiveWindow);
  });

  test("receiving: orphans of a skipped message are dropped until the next one begins", () => {
    const probe = Probe.established();
    probe.receive(forwardTsnChunk({ newCumulativeTsn: PEER_TSN + 2, skipped: [] }));
    probe.receive(
      peerData(3, "orphan", 0, 0),
      peerData(4, "orphan", 0, FLAG_ENDING),
      peerData(5, "whole", 0),
    );
    probe.packets();
    expect(probe.texts).toEqual(["whole"]);
    probe.receive(peerData(6, "stray", 1, 0));
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
    probe.receive(peerData(0, "a"), peerData(1, "b"));
    probe.packets();
    probe.receive(
      forwardTsnChunk({ newCumulativeTsn: PEER_TSN, skipped: [{ streamId: 1, streamSequenceNumber: 0 }] }),
    );
    expect(sackIn(probe.chunks())?.cumulativeTsn).toBe(PEER_TSN + 1);
    probe.receive(peerData(2, "c"));
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
