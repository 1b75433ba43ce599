import { describe, expect, test } from "vitest";
import { Pair } from "../exchange.testing.ts";
import { CHUNK, encodeChunk } from "../packet/chunk.ts";
import { CAUSE, decodeErrorCauses, staleCookieCause } from "../packet/error-cause.ts";
import { encodeInit } from "../packet/init-chunk.ts";
import { chunksOf, dataChunk, emptyChunk, tagOf, typesOf } from "../packet/packet.testing.ts";
import { encodeParameter, type Parameter } from "../packet/parameter.ts";
import { readU32 } from "../packet/wire.ts";
import { bytesOf, PEER_INIT, PEER_TAG, PEER_TSN, Probe } from "../probe.testing.ts";
import type { SctpOptions } from "./options.ts";

const RELIABLE = { ordered: true };

function causesOf(value: Uint8Array): number[] {
  return (decodeErrorCauses(value) as Parameter[]).map(({ type }) => type);
}

function initAck(
  cookie: Uint8Array | undefined,
  more: Partial<Parameters<typeof encodeInit>[0]> = {},
): Uint8Array {
  const chunk = encodeInit({
    initiateTag: PEER_TAG,
    receiverWindow: 100_000,
    outboundStreams: 10,
    inboundStreams: 20,
    initialTsn: PEER_TSN,
    extensions: [130, 192],
    zeroChecksumMethod: undefined,
    cookie,
    ...more,
  });
  chunk[0] = CHUNK.INIT_ACK;
  return chunk;
}

function connecting(options: Partial<SctpOptions> = {}): Probe {
  const probe = new Probe(options);
  probe.association.connect(probe.now);
  const init = probe.takeInit(CHUNK.INIT);
  probe.tag = init.initiateTag;
  probe.tsn = init.initialTsn;
  return probe;
}

describe("setting up (RFC 9260 §5)", () => {
  test("both ends send INIT at the same time and one association comes of it (RFC 9260 §5.2.1)", () => {
    const pair = Pair.connected();
    for (const peer of [pair.a, pair.z]) {
      expect(peer.association.state).toBe("established");
      expect(peer.of("connected")).toEqual([
        { type: "connected", inboundStreams: 65_535, outboundStreams: 65_535 },
      ]);
    }
  });

  test("one end alone may connect while the other only answers", () => {
    const pair = new Pair();
    pair.a.association.connect(pair.now);
    pair.settle();
    expect([pair.a.association.state, pair.z.association.state]).toEqual(["established", "established"]);
  });

  test("an INIT costs the answering end nothing but its INIT ACK (RFC 9260 §5.1)", () => {
    const probe = new Probe();
    for (let i = 0; i < 100; i++) probe.sendInit({ initiateTag: i + 1 });
    expect(probe.association.state).toBe("closed");
    expect(probe.association.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("the INIT ACK has a fresh tag each time, and both it and the second one lead on (RFC 9260 §5.1)", () => {
    const probe = new Probe();
    const first = probe.sendInit();
    const second = probe.sendInit();
    expect(first.initiateTag).not.toBe(second.initiateTag);
    probe.receiveWith(first.initiateTag, encodeChunk(CHUNK.COOKIE_ECHO, 0, first.cookie!));
    expect(probe.association.state).toBe("established");
  });

  test("in COOKIE-WAIT the INIT ACK says the same as our INIT (RFC 9260 §5.2.1)", () => {
    const probe = connecting();
    const ack = probe.sendInit();
    expect([ack.initiateTag, ack.initialTsn]).toEqual([probe.tag, probe.tsn]);
    expect(probe.association.state).toBe("cookie-wait");
  });

  test("streams are the smaller of what both ends offer (RFC 9260 §5.1.1)", () => {
    const probe = connecting();
    probe.receive(initAck(bytesOf("cookie")));
    probe.receive(emptyChunk(CHUNK.COOKIE_ACK));
    probe.packets();
    expect(probe.of("connected")).toEqual([{ type: "connected", inboundStreams: 10, outboundStreams: 20 }]);
    expect(probe.association.maxInboundStreams).toBe(10);
    expect(probe.association.maxOutboundStreams).toBe(20);
  });

  test("INIT is sent again with the same content, after 0.5 s and then every second (RFC 9260 §5.1)", () => {
    const probe = new Probe();
    probe.association.connect(probe.now);
    const inits = probe.pass(10_000);
    expect(inits.map(({ type }) => type)).toEqual(Array(11).fill(CHUNK.INIT));
    expect(new Set(inits.map(({ value }) => Buffer.from(value).toString("hex"))).size).toBe(1);
  });

  test("neither INIT nor COOKIE ECHO is given up while the path lives: ICE and DTLS say when it does not", () => {
    const probe = new Probe();
    probe.association.connect(probe.now);
    expect(probe.pass(600_000).length).toBeGreaterThan(590);
    expect(probe.association.state).toBe("cookie-wait");
    const echoing = connecting();
    echoing.receive(initAck(bytesOf("cookie")));
    const echoes = echoing.pass(600_000);
    expect(echoes.length).toBeGreaterThan(590);
    expect(new Set(echoes.map(({ type }) => type))).toEqual(new Set([CHUNK.COOKIE_ECHO]));
    expect(echoing.association.state).toBe("cookie-echoed");
  });

  test("with a limit, both are given up after so many retransmissions (RFC 9260 §16)", () => {
    const limits = { maxInitRetransmissions: 8 };
    const probe = new Probe({ limits });
    probe.association.connect(probe.now);
    expect(probe.pass(60_000)).toHaveLength(9);
    expect(probe.closed).toEqual({ type: "closed", reason: "timeout" });
    const echoing = connecting({ limits });
    echoing.receive(initAck(bytesOf("cookie")));
    expect(echoing.pass(60_000).map(({ type }) => type)).toEqual(Array(9).fill(CHUNK.COOKIE_ECHO));
    expect(echoing.closed?.reason).toBe("timeout");
  });

  test("sends no DATA until COOKIE ACK arrives (RFC 9260 §5.1)", () => {
    const probe = connecting();
    probe.send("early");
    expect(probe.types()).toEqual([]);
    probe.receive(initAck(bytesOf("cookie")));
    expect(probe.types()).toEqual([CHUNK.COOKIE_ECHO]);
    probe.receive(emptyChunk(CHUNK.COOKIE_ACK));
    expect(probe.types()).toEqual([CHUNK.DATA]);
  });

  test("DATA bundled with COOKIE ECHO and with COOKIE ACK is taken (RFC 9260 §5.1)", () => {
    const probe = new Probe();
    const ack = probe.sendInit();
    probe.receiveWith(
      ack.initiateTag,
      encodeChunk(CHUNK.COOKIE_ECHO, 0, ack.cookie!),
      dataChunk(PEER_TSN, 1, 0, bytesOf("hello")),
    );
    probe.packets();
    expect(probe.texts).toEqual(["hello"]);
  });

  test("a lost COOKIE ACK is repaired: the second COOKIE ECHO is answered too (RFC 9260 §5.2.4 D)", () => {
    const pair = new Pair();
    let lost = 0;
    pair.filter = (from, packet) =>
      !(from === pair.z && typesOf(packet)[0] === CHUNK.COOKIE_ACK && lost++ === 0);
    pair.a.association.connect(pair.now);
    pair.settle();
    expect(lost).toBeGreaterThan(1);
    expect(pair.a.association.state).toBe("established");
  });

  test("INIT ACK without a cookie is answered with ABORT, missing mandatory parameter (RFC 9260 §3.3.3)", () => {
    const probe = connecting();
    probe.receive(initAck(undefined));
    const [abort] = probe.chunks();
    expect(abort?.type).toBe(CHUNK.ABORT);
    expect(causesOf(abort!.value)).toEqual([CAUSE.MISSING_MANDATORY_PARAMETER]);
    expect(probe.closed?.reason).toBe("protocol-violation");
  });

  test("INIT and INIT ACK without streams are answered with ABORT (RFC 9260 §3.3.2)", () => {
    const answering = new Probe();
    answering.receiveWith(0, encodeInit({ ...PEER_INIT, inboundStreams: 0 }));
    const [packet] = answering.packets();
    expect(typesOf(packet!)).toEqual([CHUNK.ABORT]);
    expect(tagOf(packet!)).toBe(PEER_TAG);
    const probe = connecting();
    probe.receive(initAck(bytesOf("cookie"), { outboundStreams: 0 }));
    expect(probe.types()).toEqual([CHUNK.ABORT]);
  });

  test("INIT with initiate tag 0 is dropped, so is INIT ACK (RFC 9260 §3.3.2)", () => {
    const probe = connecting();
    probe.receive(initAck(bytesOf("cookie"), { initiateTag: 0 }));
    probe.receiveWith(0, encodeInit({ ...PEER_INIT, initiateTag: 0 }));
    expect(probe.types()).toEqual([]);
    expect(probe.association.state).toBe("cookie-wait");
  });

  test("INIT with a host name address is answered with ABORT, unresolvable address (RFC 9260 §3.3.2.1.4)", () => {
    const probe = new Probe();
    const name = encodeParameter(11, bytesOf("host.example"));
    const init = encodeInit(PEER_INIT);
    const chunk = encodeChunk(CHUNK.INIT, 0, Buffer.concat([init.subarray(4), name]));
    probe.receiveWith(0, chunk);
    const [abort] = probe.chunks();
    expect([abort?.type, ...causesOf(abort!.value)]).toEqual([CHUNK.ABORT, CAUSE.UNRESOLVABLE_ADDRESS]);
  });

  test("unknown parameters of an INIT ACK are reported in an ERROR with the COOKIE ECHO (RFC 9260 §3.2.1)", () => {
    const probe = connecting();
    const unknown = encodeParameter(0xffff, bytesOf("abcd"));
    const ack = initAck(bytesOf("cookie"));
    probe.receive(encodeChunk(CHUNK.INIT_ACK, 0, Buffer.concat([ack.subarray(4), unknown])));
    const [packet] = probe.packets();
    expect(typesOf(packet!)).toEqual([CHUNK.COOKIE_ECHO, CHUNK.ERROR]);
    expect(causesOf(chunksOf(packet!)[1]!.value)).toEqual([CAUSE.UNRECOGNIZED_PARAMETERS]);
  });

  test("INIT bundled with another chunk, or under a tag, is dropped (RFC 9260 §6.10, §8.5.1)", () => {
    const probe = new Probe();
    probe.receiveWith(0, encodeInit(PEER_INIT), emptyChunk(CHUNK.COOKIE_ACK));
    probe.receiveWith(5, encodeInit(PEER_INIT));
    expect(probe.types()).toEqual([]);
    expect(probe.dropped(/INIT bundled/)).toBe(2);
  });

  test("a cookie after its life is answered with ERROR, stale cookie (RFC 9260 §5.1.5)", () => {
    const probe = new Probe();
    const ack = probe.sendInit();
    const echo = encodeChunk(CHUNK.COOKIE_ECHO, 0, ack.cookie!);
    probe.now += 60_001;
    probe.receiveWith(ack.initiateTag, echo);
    const [error] = probe.chunks();
    expect([error?.type, ...causesOf(error!.value)]).toEqual([CHUNK.ERROR, CAUSE.STALE_COOKIE]);
    expect(readU32(error!.value, 4)).toBe(1000);
    expect(probe.association.state).toBe("closed");
    probe.now -= 1;
    probe.receiveWith(ack.initiateTag, echo);
    expect(probe.association.state).toBe("established");
  });

  test("a stale-cookie ERROR in COOKIE-ECHOED starts again with a new PEER_INIT, elsewhere it means nothing (RFC 9260 §5.2.6)", () => {
    const probe = connecting();
    probe.receive(initAck(bytesOf("cookie")));
    probe.packets();
    probe.receive(encodeChunk(CHUNK.ERROR, 0, staleCookieCause(7)));
    expect(probe.association.state).toBe("cookie-wait");
    expect(probe.takeInit(CHUNK.INIT).initiateTag).not.toBe(probe.tag);
    const established = Probe.established();
    established.receive(encodeChunk(CHUNK.ERROR, 0, staleCookieCause(7)));
    expect(established.association.state).toBe("established");
  });

  test("a cookie with any bit flipped, or under another tag, is dropped in silence (RFC 9260 §5.1.5)", () => {
    const probe = new Probe();
    const ack = probe.sendInit();
    for (let bit = 0; bit < ack.cookie!.length * 8; bit += 5) {
      const broken = Uint8Array.from(ack.cookie!);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      probe.receiveWith(ack.initiateTag, encodeChunk(CHUNK.COOKIE_ECHO, 0, broken));
    }
    probe.receiveWith(ack.initiateTag + 1, encodeChunk(CHUNK.COOKIE_ECHO, 0, ack.cookie!));
    expect(probe.types()).toEqual([]);
    expect(probe.association.state).toBe("closed");
  });

  test("a restarted peer ends the association, and everything of its streams goes (RFC 9260 §5.2.4 A)", () => {
    const probe = Probe.established();
    probe.send("never acknowledged");
    probe.receive(dataChunk(PEER_TSN + 1, 1, 1, bytesOf("waits for the first")));
    probe.packets();
    const ack = probe.sendInit({ initiateTag: 99 });
    expect(ack.initiateTag).not.toBe(probe.tag);
    expect(probe.association.state).toBe("established");
    probe.receiveWith(ack.initiateTag, encodeChunk(CHUNK.COOKIE_ECHO, 0, ack.cookie!));
    const [abort] = probe.packets();
    expect([tagOf(abort!), ...typesOf(abort!)]).toEqual([99, CHUNK.ABORT]);
    expect(probe.closed).toEqual({ type: "closed", reason: "restarted" });
    expect(probe.association.bufferedAmount(1)).toBe(0);
    expect(probe.association.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("in ESTABLISHED an INIT alone changes nothing (RFC 9260 §5.2.2)", () => {
    const probe = Probe.established();
    for (let i = 0; i < 50; i++) probe.sendInit({ initiateTag: 50 + i });
    probe.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("still here")));
    probe.packets();
    expect(probe.texts).toEqual(["still here"]);
  });

  test("INIT ACK and COOKIE ACK where nobody waits for them mean nothing (RFC 9260 §5.2.3, §5.2.5)", () => {
    const probe = Probe.established();
    probe.receive(initAck(bytesOf("cookie")));
    probe.receive(emptyChunk(CHUNK.COOKIE_ACK));
    expect(probe.types()).toEqual([]);
    expect(probe.association.state).toBe("established");
    expect(probe.of("connected")).toHaveLength(1);
  });

  test("messages for streams that the peer does not have are given up, and counted, at establishment", () => {
    const probe = connecting();
    probe.send("no such stream", 20);
    probe.send("fine", 19);
    probe.receive(initAck(bytesOf("cookie")));
    probe.receive(emptyChunk(CHUNK.COOKIE_ACK));
    expect(probe.types()).toEqual([CHUNK.COOKIE_ECHO, CHUNK.DATA]);
    expect(probe.of("messages-abandoned")).toEqual([{ type: "messages-abandoned", streamId: 20, count: 1 }]);
    expect(probe.association.send(probe.now, 20, 51, bytesOf("x"), RELIABLE)).toBe(false);
  });

  test("an INIT after the end is answered with ABORT: an association is never used twice", () => {
    const probe = Probe.established();
    probe.association.abort(probe.now);
    probe.packets();
    probe.receiveWith(0, encodeInit({ ...PEER_INIT, initiateTag: 4711 }));
    const [packet] = probe.packets();
    expect([tagOf(packet!), ...typesOf(packet!)]).toEqual([4711, CHUNK.ABORT]);
  });
});
