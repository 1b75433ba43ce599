import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import {
  ADDITIONAL_ADDRESS_FAMILY,
  ALTERNATE_SERVER,
  CHANNEL_NUMBER,
  DATA,
  LIFETIME,
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  NONCE,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHMS,
  REALM,
  REQUESTED_ADDRESS_FAMILY,
  REQUESTED_TRANSPORT,
  type StunMessage,
  StunMessageBuilder,
  USERHASH,
  USERNAME,
  XOR_PEER_ADDRESS,
  XOR_RELAYED_ADDRESS,
} from "../stun/index.ts";
import {
  ALLOCATE,
  CHANNEL_BIND,
  CREATE_PERMISSION,
  DATA_INDICATION,
  DEFAULT_TURN_TIMING,
  MAX_CHANNELS,
  MAX_NONCE_CHANGES,
  MAX_PERMISSIONS,
  MAX_WAITING_DATAGRAMS,
  REFRESH,
  SEND,
} from "./protocol.ts";
import { granted, PEER, parse, RELAYED, Script } from "./turn.testing.ts";

const BOTH_ALGORITHMS = [
  { algorithm: 2, parameters: new Uint8Array(0) },
  { algorithm: 1, parameters: new Uint8Array(0) },
];

describe("allocating", () => {
  test("asks for UDP, and for IPv6 beside IPv4 without naming a family (RFC 8656 §7.1)", () => {
    const script = new Script();
    script.client.start(script.now);
    const request = script.request();
    expect(request.method).toBe(ALLOCATE);
    expect(request.u32(REQUESTED_TRANSPORT)).toBe(17 * 2 ** 24);
    expect(request.u32(ADDITIONAL_ADDRESS_FAMILY)).toBe(2 * 2 ** 24);
    expect(request.has(REQUESTED_ADDRESS_FAMILY)).toBe(false);
    expect(request.has(MESSAGE_INTEGRITY)).toBe(false);
  });

  test("answers 401 with username, realm, nonce and integrity (RFC 8489 §9.2.5)", () => {
    const script = new Script();
    script.client.start(script.now);
    const first = script.request();
    script.challenge(first);
    const second = script.request();
    expect(second.text(USERNAME)).toBe("user");
    expect(second.text(REALM)).toBe("realm");
    expect(second.text(NONCE)).toBe("nonce");
    expect(second.has(MESSAGE_INTEGRITY)).toBe(true);
    expect(second.transactionId).not.toEqual(first.transactionId);
    script.answer(second, { fill: granted() });
    expect(script.events).toEqual([
      {
        type: "allocated",
        relayed: [{ address: "198.51.100.7", port: 50_000 }],
        mapped: { address: "203.0.113.1", port: 40_000 },
      },
    ]);
  });

  test("takes one relayed address of each family (RFC 8656 §7.3)", () => {
    const script = new Script();
    script.client.start(script.now);
    const ipv6 = { address: new Uint8Array(16).fill(1, 0, 2), port: 1234 };
    script.answer(script.request(), {
      signed: false,
      fill: (builder) => {
        builder.xorAddress(XOR_RELAYED_ADDRESS, RELAYED).xorAddress(XOR_RELAYED_ADDRESS, ipv6);
        builder.xorAddress(XOR_RELAYED_ADDRESS, RELAYED);
      },
    });
    expect(script.events[0]).toMatchObject({
      relayed: [{ address: "198.51.100.7" }, { address: "101::", port: 1234 }],
    });
  });

  test("gives up on 401 to a signed request: the credentials are wrong (RFC 8489 §9.2.5)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request());
    script.challenge(script.request(), "other");
    expect(script.events).toEqual([{ type: "failed", errorCode: 401, reason: "reason" }]);
    expect(script.sent()).toEqual([]);
  });

  test("repeats with the new nonce after 438, but not for ever (RFC 8489 §9.2.5)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request());
    let requests = 1;
    for (; script.events.length === 0; requests++) script.challenge(script.request(), `n${requests}`, 438);
    expect(requests).toBe(MAX_NONCE_CHANGES + 1);
    expect(script.events).toEqual([{ type: "failed", errorCode: 438, reason: "reason" }]);
  });

  test.each([400, 403, 420, 441, 442, 486, 500, 508])("reports error %i as it is (RFC 8656 §7.4)", (code) => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request());
    script.answer(script.request(), { code });
    expect(script.events).toEqual([{ type: "failed", errorCode: code, reason: "reason" }]);
    expect(script.client.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("gives back what a crash has left at its 5-tuple when it is told 437, once, and asks again (RFC 8656 §7.4)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request());
    script.answer(script.request(), { code: 437 });
    const farewell = script.request();
    expect([farewell.method, farewell.u32(LIFETIME)]).toEqual([REFRESH, 0]);
    script.answer(farewell);
    script.answer(script.request(), { fill: granted() });
    expect(script.events).toMatchObject([{ type: "allocated" }]);
  });

  test.each([
    ["it is told so again", 437, undefined],
    ["that belongs to somebody else", 441, 441],
  ])("reports 437 when %s", (_, expected, refusal) => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request());
    script.answer(script.request(), { code: 437 });
    script.answer(script.request(), refusal === undefined ? {} : { code: refusal });
    if (refusal === undefined) script.answer(script.request(), { code: 437 });
    expect(script.events).toEqual([{ type: "failed", errorCode: expected, reason: "reason" }]);
    expect(script.client.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("asks a server without IPv4 relays for IPv6 alone after 440 (RFC 8656 §7.2)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request());
    script.answer(script.request(), { code: 440 });
    const again = script.request();
    expect(again.u32(REQUESTED_ADDRESS_FAMILY)).toBe(2 * 2 ** 24);
    expect(again.has(ADDITIONAL_ADDRESS_FAMILY)).toBe(false);
    script.answer(again, { code: 440 });
    expect(script.events).toEqual([{ type: "failed", errorCode: 440, reason: "reason" }]);
  });

  test("names the server of a 300 (RFC 8489 §10)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.answer(script.request(), {
      code: 300,
      signed: false,
      fill: (builder) =>
        builder.address(ALTERNATE_SERVER, { address: Uint8Array.of(192, 0, 2, 77), port: 99 }),
    });
    expect(script.events).toEqual([{ type: "redirected", to: { address: "192.0.2.77", port: 99 } }]);
  });

  test("fails on a 300 that names nobody", () => {
    const script = new Script();
    script.client.start(script.now);
    script.answer(script.request(), { code: 300, signed: false });
    expect(script.events).toEqual([{ type: "failed", errorCode: 300, reason: "reason" }]);
  });

  test.each([
    ["no relayed address", () => undefined],
    ["port 0", (b: StunMessageBuilder) => b.xorAddress(XOR_RELAYED_ADDRESS, { ...RELAYED, port: 0 })],
    [
      "a multicast address",
      (b: StunMessageBuilder) =>
        b.xorAddress(XOR_RELAYED_ADDRESS, { address: Uint8Array.of(224, 0, 0, 1), port: 5 }),
    ],
  ])("refuses an allocation with %s", (_, fill) => {
    const script = new Script();
    script.client.start(script.now);
    script.answer(script.request(), { signed: false, fill: (builder) => void fill(builder) });
    expect(script.events).toMatchObject([{ type: "failed", errorCode: 701 }]);
  });
});

describe("credentials", () => {
  const COOKIE = "obMatJos2gAAAxyz";

  test("uses SHA-256 where it is offered, and sends the offer back (RFC 8489 §9.2.4)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request(), COOKIE, 401, (builder) =>
      builder.passwordAlgorithms(PASSWORD_ALGORITHMS, BOTH_ALGORITHMS),
    );
    const request = script.request();
    expect(request.has(MESSAGE_INTEGRITY_SHA256)).toBe(true);
    expect(request.has(MESSAGE_INTEGRITY)).toBe(false);
    expect(request.passwordAlgorithms(PASSWORD_ALGORITHMS)?.map((one) => one.algorithm)).toEqual([2, 1]);
    expect(request.passwordAlgorithms(PASSWORD_ALGORITHM)?.map((one) => one.algorithm)).toEqual([2]);
    script.answer(request, { signed: "sha256", fill: granted() });
    expect(script.events[0]?.type).toBe("allocated");
  });

  test("discards an answer signed with SHA-1 after choosing SHA-256 (bid-down, RFC 8489 §9.2.5)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request(), COOKIE, 401, (builder) =>
      builder.passwordAlgorithms(PASSWORD_ALGORITHMS, BOTH_ALGORITHMS),
    );
    script.answer(script.request(), { fill: granted() });
    expect(script.events).toEqual([]);
    expect(script.client.statistics.droppedUnauthenticated).toBe(1);
  });

  test("does not retry when the nonce promises algorithms that were stripped (RFC 8489 §9.2.5)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request(), COOKIE);
    expect(script.events).toMatchObject([{ type: "failed", errorCode: 401 }]);
    expect(script.sent()).toEqual([]);
  });

  test("does not retry when it knows none of the algorithms", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request(), COOKIE, 401, (builder) =>
      builder.passwordAlgorithms(PASSWORD_ALGORITHMS, [{ algorithm: 9, parameters: new Uint8Array(3) }]),
    );
    expect(script.events).toMatchObject([{ type: "failed", errorCode: 401 }]);
  });

  test("hides the username when the nonce asks for it (RFC 8489 §14.4)", () => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request(), "obMatJos2QAAAxyz");
    const request = script.request();
    expect(request.has(USERNAME)).toBe(false);
    expect(request.value(USERHASH)).toHaveLength(32);
  });

  test("gives up on a challenge without realm or nonce", () => {
    const script = new Script();
    script.client.start(script.now);
    script.answer(script.request(), { code: 401, signed: false });
    expect(script.events).toMatchObject([{ type: "failed", errorCode: 401 }]);
  });

  test.each([
    [false, "without"],
    ["wrong", "with wrong"],
  ] as const)("discards a success %s integrity once it signs (%s)", (signed, _how) => {
    const script = new Script();
    script.client.start(script.now);
    script.challenge(script.request());
    const request = script.request();
    script.answer(request, { signed, fill: granted() });
    expect(script.events).toEqual([]);
    expect(script.client.statistics.droppedUnauthenticated).toBe(1);
    script.answer(request, { fill: granted() });
    expect(script.client.allocated).toBe(true);
  });

  test("an unsigned refusal does not end an allocation", () => {
    const script = new Script();
    script.allocate();
    const [refresh] = script.until(script.now + 540_001);
    script.answer(parse(refresh!.bytes), { code: 437, signed: false });
    expect(script.client.allocated).toBe(true);
  });
});

describe("requests", () => {
  test("are repeated with doubling pauses over UDP, then given up (RFC 8489 §6.2.1)", () => {
    const script = new Script();
    const begin = script.now;
    script.client.start(begin);
    const sent = script.until(begin + 60_000);
    expect(sent.map(({ at }) => at - begin)).toEqual([0, 250, 750, 1750, 3750, 7750, 15_750]);
    expect(new Set(sent.map(({ bytes }) => bytes.join()))).toHaveLength(1);
    expect(sent).toHaveLength(DEFAULT_TURN_TIMING.maxSends);
    script.drain();
    expect(script.events).toMatchObject([{ type: "failed", errorCode: 701 }]);
  });

  test("are sent once on a stream and time out (RFC 8489 §6.2.2)", () => {
    const script = new Script({ stream: true });
    const begin = script.now;
    script.client.start(begin);
    expect(script.until(begin + DEFAULT_TURN_TIMING.streamTimeout - 1)).toHaveLength(1);
    script.drain();
    expect(script.events).toEqual([]);
    script.until(begin + DEFAULT_TURN_TIMING.streamTimeout);
    script.drain();
    expect(script.events).toMatchObject([{ type: "failed", errorCode: 701 }]);
  });
});

describe("keeping alive", () => {
  test("refreshes a minute before the lifetime ends (RFC 8656 §8)", () => {
    const script = new Script();
    const begin = script.now;
    script.allocate(600);
    const [sent] = script.until(begin + 540_000);
    expect(sent!.at - begin).toBe(540_000);
    const request = parse(sent!.bytes);
    expect(request.method).toBe(REFRESH);
    expect(request.u32(LIFETIME)).toBe(600);
    script.answer(request, { fill: (builder) => builder.u32(LIFETIME, 60) });
    const again = script.until(script.now + 30_000);
    expect(again.map(({ at }) => at - begin)).toEqual([570_000]);
  });

  test("repeats a refresh that finds its nonce stale", () => {
    const script = new Script();
    script.allocate();
    const [sent] = script.until(script.now + 540_000);
    script.challenge(parse(sent!.bytes), "fresh", 438);
    const again = script.request();
    expect(again.method).toBe(REFRESH);
    expect(again.text(NONCE)).toBe("fresh");
  });

  test.each([437, 403])("tells that the allocation is lost on %i", (code) => {
    const script = new Script();
    script.allocate();
    const [sent] = script.until(script.now + 540_000);
    script.answer(parse(sent!.bytes), { code });
    expect(script.events).toEqual([{ type: "lost", errorCode: code, reason: "reason" }]);
    expect(script.client.allocated).toBe(false);
  });

  test.each([false, true])(
    "asks a silent server again until the allocation has ended (stream: %s)",
    (stream) => {
      const script = new Script({ stream });
      const begin = script.now;
      script.allocate();
      const asked = script.until(begin + 599_999);
      script.drain();
      expect(script.events).toEqual([]);
      const requests = new Set(asked.map(({ bytes }) => parse(bytes).transactionId.join(" ")));
      expect(requests.size).toBe(stream ? 6 : 4);
      script.until(begin + 600_000);
      script.drain();
      expect(script.events).toMatchObject([{ type: "lost", errorCode: 701 }]);
      expect(script.client.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
    },
  );

  test("outlives an outage that ends before it does", () => {
    const script = new Script();
    const begin = script.now;
    script.allocate();
    const asked = script.until(begin + 585_000);
    script.answer(parse(asked.at(-1)!.bytes), { fill: (builder) => builder.u32(LIFETIME, 600) });
    script.until(begin + 700_000);
    script.drain();
    expect(script.events).toEqual([]);
  });

  test("gives the allocation back when closed (RFC 8656 §8.1)", () => {
    const script = new Script();
    script.allocate();
    script.client.close();
    const request = script.request();
    expect(request.method).toBe(REFRESH);
    expect(request.u32(LIFETIME)).toBe(0);
    expect(script.sent()).toEqual([]);
    expect(script.client.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("permissions", () => {
  test("come before data, which waits for them (RFC 8656 §9)", () => {
    const script = new Script();
    script.allocate();
    expect(script.wrap(Uint8Array.of(1, 2, 3, 4, 5))).toBeUndefined();
    const request = script.request();
    expect(request.method).toBe(CREATE_PERMISSION);
    expect(request.address(XOR_PEER_ADDRESS)).toEqual({ address: Uint8Array.of(192, 0, 2, 9), port: 0 });
    script.answer(request);
    const send = script.request();
    expect(send.method).toBe(SEND);
    expect(send.messageClass).toBe("indication");
    expect(send.address(XOR_PEER_ADDRESS)).toEqual({ address: Uint8Array.of(192, 0, 2, 9), port: 9 });
    expect(send.value(DATA)).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  });

  test("are not waited for once they are asked for: data follows the request", () => {
    const script = new Script();
    script.allocate();
    script.client.permit(script.now, PEER);
    expect(script.request().method).toBe(CREATE_PERMISSION);
    expect(parse(script.wrap(Uint8Array.of(1))!).method).toBe(SEND);
  });

  test("are asked for together, and one by one after a refusal (RFC 8656 §9.1)", () => {
    const script = new Script();
    script.allocate();
    script.client.permit(script.now, "192.0.2.1");
    script.client.permit(script.now, "192.0.2.2");
    const both = script.request();
    expect(both.addresses(XOR_PEER_ADDRESS)).toHaveLength(2);
    script.answer(both, { code: 403 });
    const [first, second] = script.sent().map(parse);
    script.answer(first!, { code: 403 });
    script.answer(second!);
    expect(script.events).toEqual([{ type: "peer-refused", address: "192.0.2.1", errorCode: 403 }]);
    expect(script.wrap(Uint8Array.of(1), "192.0.2.1")).toBeUndefined();
    expect(script.wrap(Uint8Array.of(1), "192.0.2.2")).toBeDefined();
  });

  test("are asked for alone where the server may well refuse: the others are not held up", () => {
    const script = new Script();
    script.allocate();
    script.client.permit(script.now, "192.0.2.1", true);
    script.client.permit(script.now, "192.0.2.2");
    script.client.permit(script.now, "192.0.2.3");
    const requests = script.sent().map(parse);
    expect(requests.map((request) => request.addresses(XOR_PEER_ADDRESS).length)).toEqual([1, 2]);
    script.answer(requests[0]!, { code: 403 });
    script.answer(requests[1]!);
    expect(script.events).toEqual([{ type: "peer-refused", address: "192.0.2.1", errorCode: 403 }]);
    expect(script.sent()).toEqual([]);
    expect(script.wrap(Uint8Array.of(1), "192.0.2.2")).toBeDefined();
  });

  test("are renewed while they are used, and let go when not", () => {
    const script = new Script();
    script.allocate(3600);
    script.permit();
    const begin = script.now;
    script.now += 100_000;
    script.wrap(Uint8Array.of(1));
    const sent = script.until(begin + 240_000);
    expect(sent.map(({ at }) => at - begin)).toEqual([240_000]);
    script.answer(parse(sent[0]!.bytes));
    expect(script.until(begin + 500_000)).toEqual([]);
    expect(script.wrap(Uint8Array.of(1))).toBeUndefined();
    expect(script.request().method).toBe(CREATE_PERMISSION);
  });

  test("that nobody answers are asked for again, and lost by no outage", () => {
    const script = new Script();
    script.allocate(3600);
    script.permit();
    script.wrap(Uint8Array.of(1));
    const asked = script.until(script.now + 270_000);
    expect(new Set(asked.map(({ bytes }) => parse(bytes).transactionId.join(" "))).size).toBe(2);
    script.drain();
    expect(script.events).toEqual([]);
    expect(script.wrap(Uint8Array.of(1))).toBeDefined();
  });

  test("hold back no more than a few datagrams for a peer", () => {
    const script = new Script();
    script.allocate();
    for (let i = 0; i < MAX_WAITING_DATAGRAMS + 1; i++) script.wrap(Uint8Array.of(i));
    expect(script.client.statistics.droppedToPeers).toBe(1);
    script.answer(script.request());
    expect(script.sent()).toHaveLength(MAX_WAITING_DATAGRAMS);
  });

  test("are for so many peers and no more", () => {
    const script = new Script();
    script.allocate();
    for (let i = 0; i < MAX_PERMISSIONS; i++) script.wrap(Uint8Array.of(1), `10.0.${i >> 8}.${i & 255}`);
    const dropped = script.client.statistics.droppedToPeers;
    script.wrap(Uint8Array.of(1), "10.9.9.9");
    expect(script.client.statistics.droppedToPeers).toBe(dropped + 1);
  });
});

describe("data", () => {
  test("comes in Data indications from peers with permission, from others it is dropped (RFC 8656 §11.4)", () => {
    const script = new Script();
    script.allocate();
    script.permit();
    expect(script.client.receive(script.now, dataIndication(Uint8Array.of(192, 0, 2, 9)))).toMatchObject({
      address: PEER,
      port: 77,
      data: Uint8Array.of(5, 6, 7),
    });
    expect(script.client.receive(script.now, dataIndication(Uint8Array.of(192, 0, 2, 10)))).toBeUndefined();
    expect(script.client.statistics.droppedFromPeers).toBe(1);
  });

  test("goes in ChannelData once a channel is bound (RFC 8656 §12)", () => {
    const script = new Script();
    script.allocate();
    script.permit();
    script.client.bindChannel(script.now, PEER, 9);
    const bind = script.request();
    expect(bind.method).toBe(CHANNEL_BIND);
    expect(bind.u32(CHANNEL_NUMBER)! >>> 16).toBe(0x4000);
    expect(parse(script.wrap(Uint8Array.of(1, 2, 3))!).method).toBe(SEND);
    script.answer(bind);
    expect(script.wrap(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(0x40, 0, 0, 3, 1, 2, 3));
    expect(parse(script.wrap(Uint8Array.of(1), PEER, 10)!).method).toBe(SEND);
    const data = script.client.receive(script.now, Uint8Array.of(0x40, 0, 0, 2, 8, 9));
    expect(data).toMatchObject({ address: PEER, port: 9, data: Uint8Array.of(8, 9) });
  });

  test("is padded to four bytes on a stream (RFC 8656 §12.5)", () => {
    const script = new Script({ stream: true });
    script.allocate();
    script.client.bindChannel(script.now, PEER, 9);
    for (const request of script.sent().map(parse)) script.answer(request);
    expect(script.wrap(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(0x40, 0, 0, 3, 1, 2, 3, 0));
  });

  test("on a channel that is not bound, or cut short, is dropped (RFC 8656 §12.6)", () => {
    const script = new Script();
    script.allocate();
    expect(script.client.receive(script.now, Uint8Array.of(0x41, 0, 0, 1, 9))).toBeUndefined();
    expect(script.client.statistics.droppedFromPeers).toBe(1);
    expect(script.client.receive(script.now, Uint8Array.of(0x40, 0, 0, 2, 9))).toBeUndefined();
    expect(script.client.receive(script.now, Uint8Array.of(0x40, 0, 0))).toBeUndefined();
    expect(script.client.statistics.droppedMalformed).toBe(2);
  });

  test("goes on in Send indications when a channel is refused", () => {
    const script = new Script();
    script.allocate();
    script.permit();
    script.client.bindChannel(script.now, PEER, 9);
    script.answer(script.request(), { code: 400 });
    expect(parse(script.wrap(Uint8Array.of(1))!).method).toBe(SEND);
  });

  test("binds a channel again before its permission ends, while it is used", () => {
    const script = new Script();
    script.allocate(3600);
    script.permit();
    script.client.bindChannel(script.now, PEER, 9);
    script.answer(script.request());
    const begin = script.now;
    script.now += 10;
    script.wrap(Uint8Array.of(1));
    const kinds = script.until(begin + 240_000).map(({ bytes }) => parse(bytes).method);
    expect(kinds).toContain(CHANNEL_BIND);
  });

  test("has so many channels and no more", () => {
    const script = new Script();
    script.allocate();
    for (let i = 0; i <= MAX_CHANNELS; i++) {
      script.client.bindChannel(script.now, PEER, 1000 + i);
      for (const request of script.sent().map(parse)) script.answer(request);
    }
    expect(script.wrap(Uint8Array.of(1), PEER, 1000 + MAX_CHANNELS - 1)![0]).toBe(0x40);
    expect(parse(script.wrap(Uint8Array.of(1), PEER, 1000 + MAX_CHANNELS)!).method).toBe(SEND);
  });
});

describe("a hostile server", () => {
  test("that sends requests, unknown indications or answers to nothing is counted and ignored", () => {
    const script = new Script();
    script.allocate();
    const out = new Uint8Array(200);
    const id = new Uint8Array(12);
    for (const messageClass of ["request", "indication", "success", "error"] as const) {
      const builder = new StunMessageBuilder(out, messageClass, 0x001, id);
      script.client.receive(script.now, out.slice(0, builder.finish()));
    }
    expect(script.client.statistics.droppedUnexpected).toBe(4);
    expect(script.events).toEqual([]);
  });

  test("cannot break it with random bytes, whatever its state", () => {
    const random = new SeededRandom(3);
    const script = new Script();
    script.client.start(script.now);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2000; i++) {
        const bytes = new Uint8Array(random.below(60));
        random.fill(bytes);
        script.client.receive(script.now, bytes);
        const truncated = dataIndication(Uint8Array.of(192, 0, 2, 9));
        truncated[random.below(truncated.length)]! ^= 1 << random.below(8);
        script.client.receive(script.now, truncated.subarray(0, random.below(truncated.length + 1)));
      }
      if (round === 0) {
        script.challenge(script.request());
        script.answer(script.request(), { fill: granted() });
        script.permit();
      } else script.client.close();
    }
    expect(script.client.statistics.droppedMalformed).toBeGreaterThan(1000);
  });

  test("that answers with the method of another request changes nothing", () => {
    const script = new Script();
    script.client.start(script.now);
    const request = script.request();
    const other = { ...request, method: REFRESH, transactionId: request.transactionId } as StunMessage;
    script.answer(other, { signed: false, fill: granted() });
    expect(script.events).toEqual([]);
  });
});

function dataIndication(address: Uint8Array): Uint8Array {
  const out = new Uint8Array(200);
  const builder = new StunMessageBuilder(out, "indication", DATA_INDICATION, new Uint8Array(12));
  builder.xorAddress(XOR_PEER_ADDRESS, { address, port: 77 }).attribute(DATA, Uint8Array.of(5, 6, 7));
  return out.slice(0, builder.finish());
}
