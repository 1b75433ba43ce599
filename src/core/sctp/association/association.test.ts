import { describe, expect, test } from "vitest";
import { Pair, PERFECT, pattern } from "../exchange.testing.ts";
import { CHUNK, encodeChunk, FLAG_TAG_REFLECTED } from "../packet/chunk.ts";
import { CAUSE, decodeErrorCauses } from "../packet/error-cause.ts";
import { encodeInit } from "../packet/init-chunk.ts";
import {
  chunksOf,
  dataChunk,
  emptyChunk,
  packetOf,
  sackChunk,
  tagOf,
  typesOf,
} from "../packet/packet.testing.ts";
import { encodeParameter, type Parameter } from "../packet/parameter.ts";
import { encodeShutdown } from "../packet/shutdown-chunk.ts";
import { readU32, writeU32 } from "../packet/wire.ts";
import { bytesOf, PEER_INIT, PEER_TAG, PEER_TSN, Probe } from "../probe.testing.ts";

const RELIABLE = { ordered: true };

function causesOf(value: Uint8Array): number[] {
  return (decodeErrorCauses(value) as Parameter[]).map(({ type }) => type);
}

function connecting(): Probe {
  const probe = new Probe();
  probe.association.connect(probe.now);
  const init = probe.takeInit(CHUNK.INIT);
  probe.tag = init.initiateTag;
  probe.tsn = init.initialTsn;
  return probe;
}

describe("verification tags come before anything else (RFC 9260 §8.5)", () => {
  test("ABORT, DATA, SHUTDOWN ACK and SHUTDOWN COMPLETE under a wrong tag change nothing (CVE-2021-3772 class)", () => {
    const probe = Probe.established();
    for (const chunk of [
      emptyChunk(CHUNK.ABORT),
      dataChunk(PEER_TSN, 1, 0, bytesOf("x")),
      emptyChunk(CHUNK.SHUTDOWN_COMPLETE),
      encodeShutdown(probe.tsn - 1),
    ]) {
      probe.receiveWith(probe.tag ^ 1, chunk);
    }
    expect(probe.packets()).toEqual([]);
    expect(probe.association.state).toBe("established");
    expect(probe.dropped(/verification tag/)).toBe(4);
  });

  test("ABORT with the T bit must carry the peer's own tag (RFC 9260 §8.5.1 B)", () => {
    const probe = Probe.established();
    probe.receiveWith(probe.tag, emptyChunk(CHUNK.ABORT, FLAG_TAG_REFLECTED));
    expect(probe.association.state).toBe("established");
    probe.receiveWith(PEER_TAG, emptyChunk(CHUNK.ABORT));
    expect(probe.association.state).toBe("established");
    probe.receiveWith(PEER_TAG, emptyChunk(CHUNK.ABORT, FLAG_TAG_REFLECTED));
    probe.packets();
    expect(probe.closed).toEqual({ type: "closed", reason: "aborted-by-peer" });
  });

  test("packets of other ports are dropped", () => {
    const probe = Probe.established();
    const packet = packetOf(probe.tag, emptyChunk(CHUNK.ABORT));
    packet[0] = 1;
    probe.receivePacket(packet);
    expect(probe.association.state).toBe("established");
  });

  test("after the end strays are answered with ABORT and T bit, but never an ABORT or SHUTDOWN COMPLETE (RFC 9260 §8.4)", () => {
    const probe = Probe.established();
    probe.association.abort(probe.now, "over");
    probe.packets();
    probe.receiveWith(77, dataChunk(PEER_TSN, 1, 0, bytesOf("x")));
    const [abort] = probe.packets();
    expect([tagOf(abort!), ...typesOf(abort!)]).toEqual([77, CHUNK.ABORT]);
    expect(chunksOf(abort!)[0]!.flags).toBe(FLAG_TAG_REFLECTED);
    for (const type of [CHUNK.ABORT, CHUNK.SHUTDOWN_COMPLETE, CHUNK.COOKIE_ACK]) {
      probe.receiveWith(77, emptyChunk(type));
    }
    expect(probe.packets()).toEqual([]);
    probe.receiveWith(77, emptyChunk(CHUNK.SHUTDOWN_ACK));
    expect(probe.types()).toEqual([CHUNK.SHUTDOWN_COMPLETE]);
  });
});

describe("chunks that are not understood (RFC 9260 §3.2)", () => {
  const rest = dataChunk(PEER_TSN, 1, 0, bytesOf("rest"));
  const cases: [number, boolean, boolean][] = [
    [0x3e, false, false],
    [0x7e, false, true],
    [0xbe, true, false],
    [0xfe, true, true],
  ];
  for (const [type, skipped, reported] of cases) {
    test(`type 0x${type.toString(16)}: the rest is ${skipped ? "taken" : "discarded"}, ${reported ? "reported" : "in silence"}`, () => {
      const probe = Probe.established();
      probe.receive(encodeChunk(type, 0, bytesOf("abcd")), rest);
      const errors = probe.chunks().filter((chunk) => chunk.type === CHUNK.ERROR);
      expect(probe.texts).toEqual(skipped ? ["rest"] : []);
      expect(errors.map(({ value }) => causesOf(value))).toEqual(
        reported ? [[CAUSE.UNRECOGNIZED_CHUNK_TYPE]] : [],
      );
    });
  }

  test("PAD is tolerated anywhere (RFC 4820)", () => {
    const probe = Probe.established();
    probe.receive(encodeChunk(CHUNK.PAD, 0, new Uint8Array(20)), rest);
    probe.packets();
    expect(probe.texts).toEqual(["rest"]);
  });

  test("INIT or COOKIE ECHO in the middle of a packet discards the rest", () => {
    const probe = Probe.established();
    probe.receive(emptyChunk(CHUNK.COOKIE_ACK), encodeInit(PEER_INIT), rest);
    expect(probe.types()).toEqual([]);
    expect(probe.texts).toEqual([]);
  });
});

describe("heartbeats (RFC 9260 §8.3)", () => {
  test("an idle association sends one every 30 s, and its answer measures the round trip", () => {
    const pair = Pair.connected();
    pair.link = { ...PERFECT, latency: 30 };
    pair.a.keepPackets = true;
    pair.run(130_000);
    const heartbeats = pair.a.sent.flatMap(typesOf).filter((type) => type === CHUNK.HEARTBEAT);
    expect(heartbeats.length).toBeGreaterThanOrEqual(3);
    expect(heartbeats.length).toBeLessThanOrEqual(5);
    expect(pair.a.association.statistics.smoothedRoundTripTime).toBeCloseTo(60, 0);
  });

  test("a peer's HEARTBEAT is answered with its info unchanged", () => {
    const probe = Probe.established();
    const info = encodeParameter(1, bytesOf("any info"));
    probe.receive(encodeChunk(CHUNK.HEARTBEAT, 0, info));
    const [ack] = probe.chunks();
    expect(ack?.type).toBe(CHUNK.HEARTBEAT_ACK);
    expect(Buffer.from(ack!.value)).toEqual(Buffer.from(info));
  });

  test("an answer that nobody asked for measures nothing", () => {
    const probe = Probe.established();
    probe.receive(encodeChunk(CHUNK.HEARTBEAT_ACK, 0, encodeParameter(1, new Uint8Array(8))));
    expect(probe.association.statistics.smoothedRoundTripTime).toBeUndefined();
  });

  test("silence is no reason to end: ICE and DTLS watch the path", () => {
    const probe = Probe.established();
    probe.pass(3_600_000);
    expect(probe.association.state).toBe("established");
  });

  test("at most 64 answers wait, however many a peer asks for", () => {
    const probe = Probe.established();
    const beat = encodeChunk(CHUNK.HEARTBEAT, 0, encodeParameter(1, bytesOf("12345678")));
    for (let i = 0; i < 10; i++) probe.receive(...Array(50).fill(beat));
    expect(probe.types()).toHaveLength(64);
  });
});

describe("ending (RFC 9260 §9)", () => {
  test("abort tells the peer at once, with the reason (RFC 9260 §9.1)", () => {
    const pair = Pair.connected();
    pair.a.association.abort(pair.now, "Close called");
    pair.settle();
    expect(pair.a.of("closed")).toEqual([
      { type: "closed", reason: "aborted", causeCode: 12, message: "Close called" },
    ]);
    expect(pair.z.of("closed")).toEqual([
      { type: "closed", reason: "aborted-by-peer", causeCode: 12, message: "Close called" },
    ]);
  });

  test("shutdown delivers what is queued, then both ends are through (RFC 9260 §9.2)", () => {
    const pair = Pair.connected();
    const data = pattern(100_000);
    pair.a.association.send(pair.now, 1, 53, data, RELIABLE);
    pair.a.association.shutdown(pair.now);
    expect(pair.a.association.send(pair.now, 1, 53, data, RELIABLE)).toBe(false);
    pair.settle();
    expect(pair.z.of("message")).toHaveLength(1);
    expect(pair.a.of("closed")).toEqual([{ type: "closed", reason: "shutdown" }]);
    expect(pair.z.of("closed")).toEqual([{ type: "closed", reason: "shutdown" }]);
  });

  test("both ends may shut down at the same time (RFC 9260 §9.2)", () => {
    const pair = Pair.connected();
    pair.link = { ...PERFECT, latency: 10 };
    pair.a.association.shutdown(pair.now);
    pair.z.association.shutdown(pair.now);
    pair.settle();
    expect(
      pair.a
        .of("closed")
        .concat(pair.z.of("closed"))
        .map(({ reason }) => reason),
    ).toEqual(["shutdown", "shutdown"]);
  });

  test("shutdown survives loss: SHUTDOWN, SHUTDOWN ACK and SHUTDOWN COMPLETE are repeated (RFC 9260 §9.2)", () => {
    for (const lost of [CHUNK.SHUTDOWN, CHUNK.SHUTDOWN_ACK, CHUNK.SHUTDOWN_COMPLETE]) {
      const pair = Pair.connected();
      let count = 0;
      pair.filter = (_, packet) => !(typesOf(packet).includes(lost) && count++ < 2);
      pair.a.association.shutdown(pair.now);
      pair.run(30_000);
      expect(count, `type ${lost}`).toBeGreaterThan(2);
      expect([pair.a.association.state, pair.z.association.state]).toEqual(["ended", "ended"]);
    }
  });

  test("SHUTDOWN is given up after eight repetitions (RFC 9260 §9.2)", () => {
    const probe = Probe.established();
    probe.association.shutdown(probe.now);
    const sent = probe.pass(60_000).map(({ type }) => type);
    expect(sent).toEqual([...Array(9).fill(CHUNK.SHUTDOWN), CHUNK.ABORT]);
    expect(probe.closed?.reason).toBe("timeout");
  });

  test("SHUTDOWN waits until everything is acknowledged (RFC 9260 §9.2)", () => {
    const probe = Probe.established();
    probe.send("one");
    expect(probe.types()).toEqual([CHUNK.DATA]);
    probe.association.shutdown(probe.now);
    expect(probe.types()).toEqual([]);
    probe.receive(sackChunk(probe.tsn));
    expect(probe.types()).toEqual([CHUNK.SHUTDOWN]);
  });

  test("a SHUTDOWN acknowledges like a SACK and is answered once all is acknowledged (RFC 9260 §9.2)", () => {
    const probe = Probe.established();
    probe.send("one");
    probe.send("two", 2);
    probe.packets();
    probe.receive(encodeShutdown(probe.tsn - 1));
    expect(probe.types()).toEqual([]);
    expect(probe.association.state).toBe("shutdown-received");
    expect(probe.association.send(probe.now, 1, 51, bytesOf("x"), RELIABLE)).toBe(false);
    probe.receive(sackChunk(probe.tsn + 1));
    expect(probe.types()).toEqual([CHUNK.SHUTDOWN_ACK]);
    probe.receive(emptyChunk(CHUNK.SHUTDOWN_COMPLETE));
    probe.packets();
    expect(probe.closed).toEqual({ type: "closed", reason: "shutdown" });
  });

  test("a SHUTDOWN that acknowledges what was never sent is worth nothing", () => {
    const probe = Probe.established();
    probe.receive(encodeShutdown(probe.tsn + 5));
    expect(probe.association.state).toBe("established");
  });

  test("DATA in SHUTDOWN-SENT is delivered and answered with SHUTDOWN and SACK (RFC 9260 §9.2)", () => {
    const probe = Probe.established();
    probe.association.shutdown(probe.now);
    expect(probe.types()).toEqual([CHUNK.SHUTDOWN]);
    probe.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("late")));
    expect(probe.types()).toEqual([CHUNK.SHUTDOWN, CHUNK.SACK]);
    expect(probe.texts).toEqual(["late"]);
  });

  test("SHUTDOWN ACK while setting up is answered with SHUTDOWN COMPLETE and T bit (RFC 9260 §8.5.1 E)", () => {
    const probe = connecting();
    probe.receiveWith(4711, emptyChunk(CHUNK.SHUTDOWN_ACK));
    const [packet] = probe.packets();
    expect([tagOf(packet!), ...typesOf(packet!)]).toEqual([4711, CHUNK.SHUTDOWN_COMPLETE]);
    expect(chunksOf(packet!)[0]!.flags).toBe(FLAG_TAG_REFLECTED);
    expect(probe.association.state).toBe("cookie-wait");
  });

  test("INIT in SHUTDOWN-ACK-SENT is answered with SHUTDOWN ACK (RFC 9260 §9.2)", () => {
    const probe = Probe.established();
    probe.receive(encodeShutdown(probe.tsn - 1));
    expect(probe.types()).toEqual([CHUNK.SHUTDOWN_ACK]);
    probe.receiveWith(0, encodeInit({ ...PEER_INIT, initiateTag: 9 }));
    expect(probe.types()).toEqual([CHUNK.SHUTDOWN_ACK]);
  });

  test("shutting down before establishment ends it", () => {
    const probe = connecting();
    probe.association.shutdown(probe.now);
    probe.packets();
    expect(probe.closed?.reason).toBe("aborted");
  });

  test("after the end nothing happens any more", () => {
    const probe = Probe.established();
    probe.association.abort(probe.now);
    probe.packets();
    probe.association.abort(probe.now);
    probe.association.shutdown(probe.now);
    probe.association.connect(probe.now);
    probe.association.handleTimeout(probe.now + 1e9);
    expect(probe.association.send(probe.now, 1, 51, bytesOf("x"), RELIABLE)).toBe(false);
    expect(probe.packets()).toEqual([]);
    expect(probe.of("closed")).toHaveLength(1);
  });
});

describe("zero checksum (RFC 9653)", () => {
  function checksums(a: boolean, z: boolean) {
    const pair = new Pair(1, { zeroChecksum: a }, { zeroChecksum: z });
    pair.a.keepPackets = true;
    pair.a.association.connect(pair.now);
    pair.settle();
    pair.a.association.send(pair.now, 1, 53, pattern(5000), RELIABLE);
    pair.settle();
    expect(pair.z.of("message")).toHaveLength(1);
    return pair.a.sent.map((packet) => [typesOf(packet)[0], readU32(packet, 8) !== 0] as const);
  }

  test("is used when both ends accept it, never with INIT and COOKIE ECHO", () => {
    for (const [type, hasChecksum] of checksums(true, true)) {
      expect(hasChecksum, `type ${type}`).toBe(type === CHUNK.INIT || type === CHUNK.COOKIE_ECHO);
    }
  });

  test("is not used when one end does not accept it", () => {
    expect(checksums(true, false).every(([, hasChecksum]) => hasChecksum)).toBe(true);
    expect(checksums(false, true).every(([, hasChecksum]) => hasChecksum)).toBe(true);
  });

  test("a zero checksum that we did not announce is refused, and always on INIT and COOKIE ECHO", () => {
    const zeroed = (packet: Uint8Array) => {
      writeU32(packet, 8, 0);
      return packet;
    };
    const strict = Probe.established();
    strict.receivePacket(zeroed(packetOf(strict.tag, emptyChunk(CHUNK.ABORT))));
    expect(strict.association.state).toBe("established");
    const lenient = new Probe({ zeroChecksum: true });
    lenient.receivePacket(zeroed(packetOf(0, encodeInit(PEER_INIT))));
    expect(lenient.types()).toEqual([]);
  });
});
