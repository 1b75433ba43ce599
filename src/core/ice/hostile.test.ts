import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { IceCandidate } from "../base/ice-candidate.ts";
import { NEVER } from "../base/instant.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import {
  BAD_REQUEST,
  ICE_CONTROLLING,
  PRIORITY,
  StunMessageBuilder,
  UNAUTHENTICATED,
  UNKNOWN_ATTRIBUTE,
  USE_CANDIDATE,
  USERNAME,
} from "../stun/index.ts";
import { MAX_OUTBOX, MAX_PAIRS, MAX_REMOTE_CANDIDATES } from "./index.ts";
import { Pair, seededCrypto } from "./pair.testing.ts";
import { mappedAddress, Script } from "./script.testing.ts";

const file = JSON.parse(
  readFileSync(new URL("../../../test/vectors/stun/malformed.json", import.meta.url), "utf8"),
) as { cases: { id: string; hex: string }[] };

describe("requests without the right credentials (RFC 8489 §9.1.3)", () => {
  const stranger = { address: "203.0.113.66", port: 6666 };
  const request = (fill: (builder: StunMessageBuilder) => unknown) => {
    const out = new Uint8Array(1280);
    const builder = new StunMessageBuilder(out, "request", 1, new Uint8Array(12).fill(9));
    fill(builder);
    return out.slice(0, builder.finish());
  };
  const crypto = seededCrypto(new SeededRandom(1));
  const wrong = encodeUtf8("not-the-password");

  test.each([
    [
      "no USERNAME",
      BAD_REQUEST,
      (b: StunMessageBuilder) => b.u32(PRIORITY, 1).messageIntegrity(crypto, wrong),
    ],
    [
      "no MESSAGE-INTEGRITY",
      BAD_REQUEST,
      (b: StunMessageBuilder) => b.text(USERNAME, "local:remote").u32(PRIORITY, 1),
    ],
    [
      "an unknown USERNAME",
      UNAUTHENTICATED,
      (b: StunMessageBuilder) => b.text(USERNAME, "other:remote").messageIntegrity(crypto, wrong),
    ],
    [
      "a USERNAME without a colon",
      UNAUTHENTICATED,
      (b: StunMessageBuilder) =>
        b.text(USERNAME, "local").messageIntegrity(crypto, encodeUtf8("local-password-of-24-char")),
    ],
    [
      "the wrong password",
      UNAUTHENTICATED,
      (b: StunMessageBuilder) =>
        b.text(USERNAME, "local:remote").u32(PRIORITY, 1).flag(USE_CANDIDATE).messageIntegrity(crypto, wrong),
    ],
  ] as const)("%s: counted, refused, and nothing changes", (_name, code, fill) => {
    const script = new Script({ controlling: false });
    script.describe();
    const bytes = request((builder) => fill(builder).fingerprint());
    const answer = script.send(bytes, stranger);
    expect(answer?.errorCode?.code).toBe(code);
    expect(answer!.bytes.length).toBeLessThanOrEqual(bytes.length);
    expect(script.agent.statistics.droppedUnauthenticated).toBe(1);
    expect(script.agent.isValidPath({ socket: 1, ...stranger })).toBe(false);
    script.advance(1000);
    expect(script.sent.some(({ path, bytes: sent }) => path.port === 6666 && sent[0] === 0)).toBe(false);
  });

  test("a request too small for any answer of its size gets none", () => {
    const script = new Script({ controlling: false });
    script.describe();
    expect(
      script.send(
        request(() => undefined),
        stranger,
      ),
    ).toBeUndefined();
    expect(script.agent.statistics.droppedUnauthenticated).toBe(1);
  });

  test("never more bytes out than in, whatever strangers send", () => {
    const script = new Script({ controlling: false });
    const random = new SeededRandom(11);
    let received = 0;
    const before = script.sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (let i = 0; i < 5000; i++) {
      const name = ["local:remote", "x:y", "", "local"][random.below(4)]!;
      const bytes = request((builder) => {
        if (random.below(4) > 0) builder.text(USERNAME, name);
        if (random.below(4) > 0) builder.u32(PRIORITY, random.uint32());
        if (random.below(4) > 0) builder.messageIntegrity(crypto, wrong);
      });
      received += bytes.length;
      script.send(bytes, { address: "203.0.113.66", port: 1 + random.below(65_535) });
    }
    const sent = script.sent.reduce((sum, { bytes }) => sum + bytes.length, 0) - before;
    expect(sent).toBeLessThanOrEqual(received);
    expect(script.agent.statistics.droppedUnauthenticated).toBe(5000);
    expect(script.agent.state).toBe("new");
  });
});

describe("authenticated requests with flaws", () => {
  test("an unknown comprehension-required attribute: 420 that names it, signed (RFC 8489 §6.3.1)", () => {
    const script = new Script({ controlling: false });
    script.describe();
    const answer = script.check({
      role: ICE_CONTROLLING,
      useCandidate: true,
      port: 7777,
      more: (builder) => builder.attribute(0x7fff, new Uint8Array(4)),
    })!;
    expect(answer.errorCode?.code).toBe(UNKNOWN_ATTRIBUTE);
    expect(answer.unknownAttributes).toEqual([0x7fff]);
    expect(answer.verifyIntegrity(seededCrypto(script.random), script.localKey)).toBe("sha1");
    expect(script.agent.isValidPath({ socket: 1, address: "192.0.2.99", port: 7777 })).toBe(false);
  });

  test("an unknown optional attribute is no flaw", () => {
    const script = new Script({ controlling: false });
    script.describe();
    const answer = script.check({ more: (builder) => builder.attribute(0xc057, new Uint8Array(4)) });
    expect(answer?.messageClass).toBe("success");
    expect(mappedAddress(answer!)).toBe("192.0.2.99 7000");
  });

  test.each([[0], [0x8000_0000], [0xffff_ffff]])("PRIORITY %i: 400 (RFC 8445 §7.1.1)", (priority) => {
    const script = new Script({ controlling: false });
    script.describe();
    expect(script.check({ priority })?.errorCode?.code).toBe(BAD_REQUEST);
  });

  test("checks from ever new ports: no more pairs than the limit, and the pace holds", () => {
    const script = new Script({ controlling: false });
    script.describe();
    script.answers = false;
    const before = script.requestTimes.length;
    for (let i = 0; i < 5000; i++)
      script.check({ role: ICE_CONTROLLING, port: 10_000 + i, useCandidate: true });
    script.advance(10_000);
    const targets = new Set(script.sent.filter(({ bytes }) => bytes[0] === 0).map(({ path }) => path.port));
    expect(targets.size).toBeLessThanOrEqual(MAX_REMOTE_CANDIDATES);
    expect(script.requestTimes.length - before).toBeLessThanOrEqual(10_000 / 50 + 6);
  });
});

describe("floods of candidates ('voice hammer')", () => {
  const candidate = (i: number): IceCandidate => ({
    foundation: String(i),
    component: 1,
    protocol: "udp",
    priority: 1_000_000 + i,
    address: `203.0.${i >> 8}.${i & 255}`,
    port: 1 + i,
    type: "host",
  });

  test("10,000 candidates: 100 are used, and checks leave at 1/Ta", () => {
    const script = new Script({ controlling: true });
    script.silentPorts.add(7000);
    script.answers = false;
    script.describe();
    for (let i = 0; i < 10_000; i++) script.agent.addRemoteCandidate(script.now, candidate(i));
    script.drain();
    expect(script.agent.statistics.candidatesRefused).toBe(10_000 - MAX_REMOTE_CANDIDATES + 1);
    script.advance(29_000);
    const { requestTimes } = script;
    expect(requestTimes.length).toBeLessThanOrEqual(29_000 / 50 + 5);
    for (let i = 0; i + 24 < requestTimes.length; i++) {
      expect(requestTimes[i + 24]! - requestTimes[i]!).toBeGreaterThanOrEqual(999);
    }
    expect(new Set(script.sent.map(({ path }) => `${path.address} ${path.port}`)).size).toBe(MAX_PAIRS);
  });

  test("10,000 TCP candidates: connections are asked for at the same pace, and to no more than 100 places", () => {
    const script = new Script({ controlling: true, options: { tcp: ["active"] } });
    script.answers = false;
    script.describe([]);
    for (let i = 0; i < 10_000; i++) {
      const tcp = { ...candidate(i), protocol: "tcp", tcpType: "passive" } as const;
      script.agent.addRemoteCandidate(script.now, tcp);
    }
    script.advance(9_000);
    const { requestTimes, sent } = script;
    expect(requestTimes).toHaveLength(MAX_PAIRS);
    for (let i = 0; i + 24 < requestTimes.length; i++) {
      expect(requestTimes[i + 24]! - requestTimes[i]!).toBeGreaterThanOrEqual(999);
    }
    expect(new Set(sent.map(({ path }) => `${path.address} ${path.port}`)).size).toBe(MAX_PAIRS);
  });

  test.each([MAX_REMOTE_CANDIDATES - 1, MAX_REMOTE_CANDIDATES, MAX_REMOTE_CANDIDATES + 1])(
    "%i candidates",
    (count) => {
      const script = new Script({ controlling: true });
      script.describe([]);
      for (let i = 0; i < count; i++) script.agent.addRemoteCandidate(script.now, candidate(i));
      expect(script.agent.statistics.candidatesRefused).toBe(Math.max(0, count - MAX_REMOTE_CANDIDATES));
    },
  );

  test("the same candidate again and again is one pair", () => {
    const script = new Script({ controlling: true });
    script.describe();
    for (let i = 0; i < 1000; i++) script.agent.addRemoteCandidate(script.now, candidate(1));
    script.drain();
    script.answers = false;
    script.advance(200);
    expect(new Set(script.sent.map(({ path }) => path.port))).toEqual(new Set([7000, 2]));
    expect(script.agent.statistics.candidatesRefused).toBe(0);
  });

  test("at most 50 names are resolved", () => {
    const script = new Script({ controlling: true });
    script.describe();
    for (let i = 0; i < 1000; i++) {
      const address = `00000000-0000-4000-8000-${String(i).padStart(12, "0")}.local`;
      script.agent.addRemoteCandidate(script.now, { ...candidate(i), address });
    }
    script.drain();
    expect(script.of("resolve")).toHaveLength(50);
    expect(script.agent.statistics.candidatesRefused).toBe(950);
  });

  const address = "203.0.113.1";
  test.each([
    ["TCP", { protocol: "tcp" }],
    ["another component", { component: 2 }],
    ["port 0", { port: 0 }],
    ["priority 0", { priority: 0 }],
    ["the unspecified address", { address: "0.0.0.0" }],
    ["::", { address: "::" }],
    ["multicast", { address: "224.0.0.1" }],
    ["IPv6 multicast", { address: "ff02::1" }],
    ["an IPv4-mapped address", { address: `::ffff:${address}` }],
  ] as const)("refuses a candidate with %s", (_name, change) => {
    const script = new Script({ controlling: true });
    script.describe();
    script.agent.addRemoteCandidate(script.now, { ...candidate(1), ...change });
    expect(script.agent.statistics.candidatesRefused).toBe(1);
  });

  test("a loopback candidate is never checked from another address", () => {
    const script = new Script({ controlling: true });
    script.describe();
    script.agent.addRemoteCandidate(script.now, { ...candidate(1), address: "127.0.0.1" });
    script.advance(1000);
    expect(script.sent.some(({ path }) => path.address === "127.0.0.1")).toBe(false);
  });
});

describe("datagrams that are not what they should be", () => {
  test("malformed STUN of every kind changes nothing and is never answered with more than it is", () => {
    const script = new Script({ controlling: true });
    script.describe();
    script.answerAll();
    const { state } = script.agent;
    const path = script.agent.selectedPath();
    for (const { hex } of file.cases) {
      const bytes = new Uint8Array(Buffer.from(hex, "hex"));
      const answer = script.send(bytes.slice(), { address: "203.0.113.1", port: 1234 });
      expect(answer?.bytes.length ?? 0).toBeLessThanOrEqual(bytes.length);
      for (let cut = 0; cut < Math.min(bytes.length, 200); cut += 3) {
        script.send(bytes.slice(0, cut), { address: "203.0.113.1", port: 1234 });
      }
    }
    expect(script.agent.state).toBe(state);
    expect(script.agent.selectedPath()).toBe(path);
    expect(script.agent.statistics.droppedMalformed).toBeGreaterThan(20);
  });

  test("our own requests and answers, reflected, changed by a bit or repeated, change nothing", () => {
    const pair = new Pair({ controlling: true }, { controlling: false }, 9);
    pair.loss = 0.1;
    pair.filter = (from, bytes) => {
      const path = { address: from === pair.a ? "192.0.2.1" : "192.0.2.2", port: 5000 };
      const changed = bytes.slice();
      changed[pair.random.below(changed.length)]! ^= 1 << pair.random.below(8);
      // Deferred to the next event of the wire: the agent is being polled just now.
      reflected.push({ to: from, bytes, path }, { to: pair.other(from), bytes: changed, path });
      return bytes;
    };
    const reflected: { to: typeof pair.a; bytes: Uint8Array; path: { address: string; port: number } }[] = [];
    pair.negotiate();
    for (let i = 0; i < 2000; i++) {
      pair.run(10);
      for (const { to, bytes, path } of reflected.splice(0, 50)) pair.inject(to, bytes, path);
    }
    pair.filter = (_from, bytes) => bytes;
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    expect(pair.a.of("role")).toEqual([]);
    expect(pair.z.of("role")).toEqual([]);
  });

  test("indications and other methods are dropped", () => {
    const script = new Script({ controlling: true });
    script.describe();
    const out = new Uint8Array(100);
    for (const [kind, method] of [
      ["indication", 1],
      ["request", 3],
      ["success", 3],
    ] as const) {
      const length = new StunMessageBuilder(out, kind, method, new Uint8Array(12)).fingerprint().finish();
      expect(script.send(out.slice(0, length))).toBeUndefined();
    }
    expect(script.agent.statistics.droppedUnexpected).toBe(3);
  });

  test("answers beyond the outbox are dropped and counted", () => {
    const script = new Script({ controlling: false });
    script.describe();
    const out = new Uint8Array(200);
    const builder = new StunMessageBuilder(out, "request", 1, new Uint8Array(12)).text(
      USERNAME,
      "local:remote",
    );
    builder.u32(PRIORITY, 1).messageIntegrity(seededCrypto(script.random), script.localKey).fingerprint();
    const bytes = out.slice(0, builder.finish());
    for (let i = 0; i < MAX_OUTBOX + 10; i++) {
      script.agent.handleDatagram(0, { socket: 1, address: "192.0.2.99", port: 7000 }, bytes);
    }
    expect(script.agent.statistics.droppedOutboxFull).toBe(10);
    script.drain();
  });
});

describe("close", () => {
  test("at any moment: no event, no datagram, no timer afterwards, whatever still comes in", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const pair = new Pair({ controlling: true }, { controlling: false }, seed);
      pair.loss = 0.2;
      pair.latency = 20;
      pair.negotiate();
      pair.run(pair.random.below(seed % 2 === 0 ? 200 : 40_000));
      pair.a.agent.close(pair.now);
      const { length } = pair.a.events;
      const { sent } = pair.a;
      pair.run(5000);
      pair.signal(pair.a, pair.z.candidates[0]!);
      pair.restart(pair.a, "again");
      pair.gather(pair.a);
      pair.endCandidates(pair.a);
      pair.a.agent.removeSocket(pair.now, 1);
      pair.a.agent.resolved(pair.now, 1, ["192.0.2.2"]);
      pair.a.agent.setControlling(pair.now, false);
      pair.a.agent.handleTimeout(pair.now);
      pair.drain(pair.a);
      expect(pair.a.events.length).toBe(length);
      expect(pair.a.sent).toBe(sent);
      expect(pair.a.agent.nextTimeout()).toBe(NEVER);
      expect(pair.a.agent.selectedPath()).toBeUndefined();
      expect(pair.a.agent.state).toBe("closed");
    }
  });
});
