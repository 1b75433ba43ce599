import { describe, expect, test } from "vitest";
import { Pair, pattern } from "../exchange.testing.ts";
import { CHUNK, encodeChunk } from "../packet/chunk.ts";
import { chunksOf } from "../packet/packet.testing.ts";
import { encodeParameter } from "../packet/parameter.ts";
import { Probe } from "../probe.testing.ts";

describe("path MTU probes (RFC 8899 §6.2.1, RFC 4820)", () => {
  test("a probe is HEARTBEAT and PAD in a packet of exactly the size asked for", () => {
    const probe = Probe.established();
    for (const size of [36, 1200, 1472, 2000]) {
      expect(probe.association.probePath(size)).toBe(true);
      const [packet] = probe.packets();
      expect(packet).toHaveLength(size);
      expect(chunksOf(packet!).map(({ type }) => type)).toEqual([CHUNK.HEARTBEAT, CHUNK.PAD]);
    }
  });

  test("the answer to the probe on its way tells its size, once", () => {
    const probe = Probe.established();
    probe.association.probePath(1472);
    const [heartbeat] = probe.chunks();
    const ack = encodeChunk(CHUNK.HEARTBEAT_ACK, 0, heartbeat!.value);
    probe.receive(ack, ack);
    probe.packets();
    expect(probe.of("path-probe-answered")).toEqual([{ type: "path-probe-answered", size: 1472 }]);
  });

  test("an answer that was not asked for, or to a probe that was replaced, proves nothing", () => {
    const probe = Probe.established();
    probe.association.probePath(1472);
    const [first] = probe.chunks();
    probe.association.probePath(1400);
    probe.chunks();
    probe.receive(encodeChunk(CHUNK.HEARTBEAT_ACK, 0, first!.value));
    probe.receive(encodeChunk(CHUNK.HEARTBEAT_ACK, 0, encodeParameter(1, new Uint8Array(12))));
    probe.packets();
    expect(probe.of("path-probe-answered")).toEqual([]);
  });

  test("sizes that no packet has, and associations that are not up, are refused", () => {
    const probe = Probe.established();
    expect(probe.association.probePath(32)).toBe(false);
    expect(probe.association.probePath(1201)).toBe(false);
    expect(new Probe().association.probePath(1200)).toBe(false);
    expect(probe.packets()).toEqual([]);
  });

  test("our own stack answers a probe with something small", () => {
    const pair = Pair.connected();
    pair.z.keepPackets = true;
    pair.a.association.probePath(2000);
    pair.settle();
    expect(pair.a.of("path-probe-answered")).toEqual([{ type: "path-probe-answered", size: 2000 }]);
    expect(Math.max(...pair.z.sent.map(({ length }) => length))).toBeLessThan(100);
  });
});

describe("a path that carries more (RFC 8261 §5)", () => {
  test("wide packets carry several DATA chunks, none larger than the first MTU asked for", () => {
    const pair = Pair.connected();
    pair.a.association.setPathMtu(2048);
    pair.a.keepPackets = true;
    pair.a.association.send(pair.now, 1, 53, pattern(100_000), { ordered: true });
    pair.settle();
    expect(Math.max(...pair.a.sent.map(({ length }) => length))).toBeGreaterThan(2000);
    const data = pair.a.sent.flatMap(chunksOf).filter(({ type }) => type === CHUNK.DATA);
    expect(Math.max(...data.map(({ value }) => value.length))).toBeLessThanOrEqual(1191);
    expect(pair.z.of("message")[0]?.data).toEqual(pattern(100_000));
  });

  test("retransmission timeouts are told with their number in a row", () => {
    const pair = Pair.connected();
    pair.filter = (from) => from !== pair.a;
    pair.a.association.send(pair.now, 1, 53, pattern(10), { ordered: true });
    pair.run(4000);
    expect(pair.a.of("retransmission-timeout").map(({ inRow }) => inRow)).toEqual([1, 2, 3]);
  });
});
