import { describe, expect, test } from "vitest";
import { type End, Pair } from "./pair.testing.ts";

async function connected(): Promise<Pair> {
  const pair = await Pair.open(1);
  pair.negotiate();
  expect(
    pair.runUntil(() => pair.a.of("sctp-connected").length + pair.z.of("sctp-connected").length === 2),
  ).toBe(true);
  return pair;
}

/** Datagrams that `end` puts on the wire, without STUN (RFC 7983 §7). */
function watch(pair: Pair, end: End) {
  const seen = { packets: 0, bytes: 0 };
  pair.filter = (from, bytes) => {
    if (from === end && bytes[0]! > 3) {
      seen.packets++;
      seen.bytes += bytes.length;
    }
    return bytes;
  };
  return seen;
}

describe("get-statistics", () => {
  test("answers once, with the clock's moment, after everything that has happened before", async () => {
    const pair = await connected();
    const before = pair.a.events.length;
    pair.command(pair.a, { type: "get-statistics" });
    expect(pair.a.events.slice(before)).toMatchObject([
      { type: "statistics", snapshot: { at: pair.now, transports: [{ transport: 1 }] } },
    ]);
  });

  test("counts every datagram of DTLS and SCTP that leaves, and none of STUN", async () => {
    const pair = await Pair.open(2);
    const seen = watch(pair, pair.a);
    pair.negotiate();
    pair.runUntil(() => pair.a.of("sctp-connected").length > 0);
    pair.runUntil(() => false, 20_000);
    const { packetsSent, bytesSent } = pair.a.engine.snapshot(pair.now).transports[0]!.ice.traffic;
    expect({ packets: packetsSent, bytes: bytesSent }).toEqual(seen);
    expect(seen.packets).toBeGreaterThan(4);
  });

  test("says what DTLS has come to: the role as negotiated, the rest when connected", async () => {
    const pair = await Pair.open(3);
    pair.negotiate();
    expect(pair.z.engine.snapshot(pair.now).transports[0]!.dtls).toMatchObject({
      role: "client",
      version: undefined,
      cipherSuite: undefined,
    });
    pair.runUntil(() => pair.z.of("sctp-connected").length > 0);
    expect(pair.z.engine.snapshot(pair.now).transports[0]!.dtls).toMatchObject({
      role: "client",
      version: 0xfefd,
      cipherSuite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    });
  });

  test("a snapshot can be cloned: it crosses threads", async () => {
    const snapshot = (await connected()).a.engine.snapshot(0);
    expect(structuredClone(snapshot)).toEqual(snapshot);
  });
});

describe("the end", () => {
  test("close leaves one event, the last counts; nothing is answered after it", async () => {
    const pair = await connected();
    const { transports } = pair.a.engine.snapshot(pair.now);
    const before = pair.a.events.length;
    pair.command(pair.a, { type: "close" });
    pair.command(pair.a, { type: "get-statistics" });
    expect(pair.a.events.slice(before)).toEqual([
      { type: "ended", snapshot: expect.objectContaining({ at: pair.now, transports }) },
    ]);
  });
});
