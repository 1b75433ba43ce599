import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { importSigningKey } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { KeyAgreementGroup, SigningKey } from "../crypto/provider.ts";
import { HANDSHAKE_DEADLINE, MAX_RECORD_SEQUENCE, MINIMUM_MTU } from "./limits.ts";
import { CLIENT_HELLO, FINISHED, HELLO_VERIFY_REQUEST, SERVER_HELLO } from "./message/handshake-type.ts";
import { ALL_GROUPS } from "./message/supported-groups.ts";
import { errorOf, type Identity, identityOf, newIdentity, Pair } from "./pair.testing.ts";
import { HANDSHAKE } from "./record/content-type.ts";
import { RECORD_HEADER_LENGTH } from "./record/record-header.ts";
import { DTLS_RECORD_OVERHEAD } from "./record/record-protection.ts";
import { readHandshakeFragments, splitRecords } from "./records.testing.ts";
import { CIPHER_SUITES } from "./v12/cipher-suites.ts";

function identityWith(kind: SigningKey["type"]): Identity {
  const { privateKey } =
    kind === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : kind === "ed25519"
        ? generateKeyPairSync("ed25519")
        : generateKeyPairSync("ec", { namedCurve: kind === "ecdsa-p256" ? "prime256v1" : "secp384r1" });
  const key = importSigningKey(privateKey.export({ format: "der", type: "pkcs8" }));
  if (key === undefined) throw new Error("not imported");
  return identityOf(key);
}

const [alice, bob] = await Promise.all([newIdentity(), newIdentity()]);
const identities = { client: alice, server: bob };
const byKey = {
  "ecdsa-p256": alice,
  "ecdsa-p384": identityWith("ecdsa-p384"),
  ed25519: identityWith("ed25519"),
  rsa: identityWith("rsa"),
};

const hello = new Uint8Array([1, 2, 3]);

/** Handshake message types in the clear records of a datagram. */
function messageTypes(datagram: Uint8Array): number[] {
  return splitRecords(datagram)
    .filter((record) => record[0] === HANDSHAKE && record[4] === 0)
    .flatMap((record) =>
      readHandshakeFragments(record.subarray(RECORD_HEADER_LENGTH)).map(({ type }) => type),
    );
}

function expectConnected(pair: Pair): void {
  expect(errorOf(pair.events.client)).toBeUndefined();
  expect(errorOf(pair.events.server)).toBeUndefined();
  expect(pair.isConnected).toBe(true);
  pair.send("client", hello);
  pair.send("server", hello);
  pair.run();
  expect(pair.received.server).toEqual([hello]);
  expect(pair.received.client).toEqual([hello]);
}

describe("a handshake connects", () => {
  const combinations = CIPHER_SUITES.flatMap((suite) =>
    ALL_GROUPS.map((group) => [suite.name, group] as const),
  );
  test.each(combinations)("with %s and %s", (name, group: KeyAgreementGroup) => {
    const suite = CIPHER_SUITES.find((candidate) => candidate.name === name)!;
    const server = suite.authentication === "rsa" ? byKey.rsa : byKey["ecdsa-p256"];
    const pair = new Pair(
      { client: alice, server },
      { client: { cipherSuites: [suite.code] }, server: { groups: [group] } },
    );
    pair.connect();
    expectConnected(pair);
    for (const endpoint of [pair.client, pair.server]) {
      expect(endpoint.cipherSuite).toBe(name);
      expect(endpoint.group).toBe(group);
      expect(endpoint.version).toBe(0xfefd);
      expect(endpoint.recordOverhead).toBeLessThanOrEqual(DTLS_RECORD_OVERHEAD);
    }
  });

  const keys = Object.keys(byKey) as (keyof typeof byKey)[];
  test.each(keys.flatMap((client) => keys.map((server) => [client, server] as const)))(
    "with a client's key %s and a server's key %s",
    (client, server) => {
      const pair = new Pair({ client: byKey[client], server: byKey[server] });
      pair.connect();
      expectConnected(pair);
      expect(pair.client.remoteCertificates).toEqual([byKey[server].certificate.certificate]);
      expect(pair.server.remoteCertificates).toEqual([byKey[client].certificate.certificate]);
    },
  );

  test("in two round trips and four datagrams", () => {
    const pair = new Pair(identities, { wire: { delay: 10 } });
    pair.connect();
    expect(pair.now - 1000).toBe(40);
    expect(pair.sent.client.length + pair.sent.server.length).toBe(4);
  });

  test("and tells its states in order", () => {
    const pair = new Pair(identities);
    expect(pair.client.state).toBe("new");
    pair.connect();
    const states = [
      { type: "state", state: "connecting" },
      { type: "state", state: "connected" },
    ];
    expect(pair.events.client).toEqual(states);
    expect(pair.events.server).toEqual(states);
    expect(pair.client.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(pair.server.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("prefers our best suite and group", () => {
    const pair = new Pair(identities);
    pair.connect();
    expect(pair.client.cipherSuite).toBe("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    expect(pair.client.group).toBe("x25519");
  });
});

describe("HelloVerifyRequest (RFC 6347 §4.2.1)", () => {
  test("a server that wants a cookie gets it, and the second hello repeats the first", () => {
    const pair = new Pair(identities, { server: { cookieExchange: true } });
    pair.connect();
    expectConnected(pair);
    expect(messageTypes(pair.sent.server[0]!)).toEqual([HELLO_VERIFY_REQUEST]);
    const [first, second] = pair.sent.client.slice(0, 2).map((datagram) => datagram.subarray(25, 25 + 34));
    expect(second).toEqual(first); // version and random
  });

  test("the request is no larger than the hello it answers", () => {
    const pair = new Pair(identities, { server: { cookieExchange: true } });
    pair.connect();
    expect(pair.sent.server[0]!.length).toBeLessThanOrEqual(pair.sent.client[0]!.length);
  });

  test("works at loss", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const pair = new Pair(identities, {
        seed,
        server: { cookieExchange: true },
        wire: { loss: 0.2, delay: 20 },
      });
      pair.connect();
      expect(pair.isConnected, `seed ${seed}`).toBe(true);
    }
  });

  test("no server flight goes out before the cookie has come back", () => {
    const pair = new Pair(identities, { server: { cookieExchange: true } });
    pair.start();
    pair.run(() => pair.sent.server.length > 0);
    for (let i = 0; i < 50; i++) pair.deliver("server", pair.sent.client[0]!);
    expect(pair.sent.server.flatMap(messageTypes)).not.toContain(SERVER_HELLO);
  });
});

describe("use_srtp and exporters (RFC 5764, RFC 5705)", () => {
  test("the server's best of the client's profiles is negotiated", () => {
    const pair = new Pair(identities, {
      client: { srtpProfiles: [1, 7] },
      server: { srtpProfiles: [8, 7, 1] },
    });
    pair.connect();
    expect([pair.client.srtpProfile, pair.server.srtpProfile]).toEqual([7, 7]);
  });

  test("without common profile, or without interest, there is none", () => {
    for (const [client, server] of [
      [[1], [8]],
      [[1], []],
      [[], [1]],
    ]) {
      const pair = new Pair(identities, {
        client: { srtpProfiles: client! },
        server: { srtpProfiles: server! },
      });
      pair.connect();
      expectConnected(pair);
      expect([pair.client.srtpProfile, pair.server.srtpProfile]).toEqual([undefined, undefined]);
    }
  });

  test("both sides export the same material; label, context and length matter", () => {
    const pair = new Pair(identities);
    pair.connect();
    const context = new Uint8Array([1, 2]);
    const from = (name: "client" | "server", label: string, given: Uint8Array | undefined, length: number) =>
      pair.endpoint(name).exportKeyingMaterial(label, given, length);
    expect(from("client", "a", undefined, 60)).toEqual(from("server", "a", undefined, 60));
    expect(from("client", "a", context, 60)).toEqual(from("server", "a", context, 60));
    expect(from("client", "a", new Uint8Array(0), 60)).not.toEqual(from("client", "a", undefined, 60));
    expect(from("client", "b", undefined, 60)).not.toEqual(from("client", "a", undefined, 60));
    expect(from("client", "a", undefined, 20)).toEqual(from("client", "a", undefined, 60).subarray(0, 20));
  });

  test("there is nothing to export before", () => {
    expect(() => new Pair(identities).client.exportKeyingMaterial("a", undefined, 1)).toThrow(
      "after the handshake",
    );
  });
});

describe("closing", () => {
  test("close_notify reaches the peer, which answers with its own (RFC 5246 §7.2.1)", () => {
    const pair = new Pair(identities);
    pair.connect();
    pair.client.close(pair.now);
    pair.run();
    expect(pair.client.state).toBe("closed");
    expect(pair.server.state).toBe("closed");
    expect(pair.events.server.at(-1)).toEqual({ type: "state", state: "closed" });
    expect(pair.send("client", hello)).toHaveLength(0);
    expect(pair.send("server", hello)).toHaveLength(0);
  });

  test("is idempotent, and quiet when nothing had begun", () => {
    const pair = new Pair(identities);
    pair.client.close(pair.now);
    pair.client.close(pair.now);
    pair.client.start(pair.now);
    pair.run();
    expect(pair.events.client).toEqual([{ type: "state", state: "closed" }]);
    expect(pair.sent.client).toEqual([]);
  });

  test("at any moment of a handshake leaves no timer", () => {
    for (let datagrams = 0; datagrams <= 4; datagrams++) {
      const pair = new Pair(identities, { wire: { delay: 1 } });
      pair.start();
      pair.run(() => pair.sent.client.length + pair.sent.server.length >= datagrams);
      pair.client.close(pair.now);
      pair.server.close(pair.now);
      pair.run();
      expect(pair.client.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
      expect(pair.server.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
      expect([pair.client.state, pair.server.state]).toEqual(["closed", "closed"]);
    }
  });

  test("data in flight behind a close_notify is ignored", () => {
    const pair = new Pair(identities);
    pair.connect();
    const late = new Uint8Array(100);
    const length = pair.client.writeApplicationData(hello, late);
    pair.client.close(pair.now);
    pair.run();
    pair.deliver("server", late.subarray(0, length));
    expect(pair.received.server).toEqual([]);
    expect(pair.server.statistics.droppedIdle).toBe(1);
  });
});

describe("a handshake that cannot end", () => {
  test("fails at its deadline on both sides, not before", () => {
    const pair = new Pair(identities, { wire: { loss: 1 } });
    pair.start();
    pair.run(undefined, HANDSHAKE_DEADLINE - 1);
    expect([pair.client.state, pair.server.state]).toEqual(["connecting", "connecting"]);
    pair.run(undefined, 1);
    expect([pair.client.state, pair.server.state]).toEqual(["failed", "failed"]);
    expect(errorOf(pair.events.client)).toMatchObject({ detail: "dtls-failure" });
  });

  test("with no common suite: the server says so and waits; the client's wait is cut short by the alert", () => {
    const pair = new Pair(identities, { client: { cipherSuites: [0xc02f] } });
    pair.start();
    pair.run(() => pair.client.state === "failed");
    expect(pair.server.state).toBe("connecting");
    expect(pair.server.statistics.hellosRefused).toBeGreaterThan(0);
    expect(errorOf(pair.events.client)).toMatchObject({ detail: "dtls-failure", receivedAlert: 40 });
    expect(pair.now).toBeLessThan(1000 + HANDSHAKE_DEADLINE / 2);
  });
});

describe("records", () => {
  test("their numbers are never used again: at the last one the connection fails (RFC 6347 §4.1)", () => {
    // Epoch 0 takes five numbers for its records, epoch 1 one for Finished.
    const pair = new Pair(identities, { client: { firstRecordSequence: MAX_RECORD_SEQUENCE - 5 } });
    pair.connect();
    expect(pair.isConnected).toBe(true);
    for (let i = 0; i < 5; i++) expect(pair.send("client", hello).length).toBeGreaterThan(0);
    expect(pair.send("client", hello)).toHaveLength(0);
    pair.run();
    expect(pair.client.state).toBe("failed");
    expect(errorOf(pair.events.client)?.message).toContain("used up");
    expect(pair.received.server).toHaveLength(5);
  });

  test("every nonce of one key is another one, and none is random (CVE-2026-26014)", () => {
    const pair = new Pair(identities, { wire: { loss: 0.3 }, seed: 5 });
    pair.connect();
    for (let i = 0; i < 100; i++) pair.send("client", hello);
    const nonces = new Set<string>();
    let records = 0;
    for (const record of pair.sent.client.flatMap(splitRecords)) {
      if (record[4] !== 1) continue;
      records++;
      const number = Buffer.from(record.subarray(3, 11)).toString("hex");
      expect(Buffer.from(record.subarray(13, 21)).toString("hex")).toBe(number);
      nonces.add(number);
    }
    expect(nonces.size).toBe(records);
    expect(records).toBeGreaterThan(100);
  });

  test("hellos never repeat a random (CVE-2020-11501)", () => {
    const seen = new Set<string>();
    const random = new SeededRandom(3);
    for (let i = 0; i < 2000; i++) {
      const pair = new Pair(identities, { client: { random } });
      pair.client.start(0);
      const out = new Uint8Array(1200);
      pair.client.pollTransmit(0, out);
      seen.add(Buffer.from(out.subarray(27, 59)).toString("hex"));
    }
    expect(seen.size).toBe(2000);
    expect(seen.has("00".repeat(32))).toBe(false);
  });

  test("a datagram never exceeds the MTU, the least one included", () => {
    for (const mtu of [MINIMUM_MTU, 600, 900, 1200]) {
      const pair = new Pair({ client: byKey.rsa, server: byKey.rsa }, { client: { mtu }, server: { mtu } });
      pair.connect();
      expectConnected(pair);
      const longest = Math.max(...[...pair.sent.client, ...pair.sent.server].map(({ length }) => length));
      expect(longest).toBeLessThanOrEqual(mtu);
    }
    const below = new Pair(identities, { client: { mtu: 100 } });
    below.connect();
    expect(Math.max(...below.sent.client.map(({ length }) => length))).toBeGreaterThan(100);
    expectConnected(below);
  });

  test("plaintext may lie in the output buffer where its ciphertext will be", () => {
    for (const suite of CIPHER_SUITES.filter(({ authentication }) => authentication === "ecdsa")) {
      const pair = new Pair(identities, { client: { cipherSuites: [suite.code] } });
      pair.connect();
      const out = new Uint8Array(1300);
      const at = pair.client.recordOverhead - 16;
      const plaintext = new Uint8Array(1200).map((_, i) => i);
      out.set(plaintext, at);
      const length = pair.client.writeApplicationData(out.subarray(at, at + 1200), out);
      expect(length).toBe(1200 + pair.client.recordOverhead);
      pair.deliver("server", out.subarray(0, length));
      expect(pair.received.server).toEqual([plaintext]);
    }
  });

  test("nothing is written before the connection, or where it has no room", () => {
    const pair = new Pair(identities);
    expect(pair.client.writeApplicationData(hello, new Uint8Array(100))).toBe(0);
    pair.connect();
    const needed = hello.length + pair.client.recordOverhead;
    expect(pair.client.writeApplicationData(hello, new Uint8Array(needed - 1))).toBe(0);
    expect(pair.client.writeApplicationData(hello, new Uint8Array(needed))).toBe(needed);
  });

  test("the client's hello is one message in one datagram below 200 octets", () => {
    const pair = new Pair(identities);
    pair.connect();
    expect(messageTypes(pair.sent.client[0]!)).toEqual([CLIENT_HELLO]);
    expect(pair.sent.client[0]!.length).toBeLessThan(200);
  });

  test("Finished never goes out in the clear", () => {
    const pair = new Pair(identities);
    pair.connect();
    expect(pair.sent.client.flatMap(messageTypes)).not.toContain(FINISHED);
  });
});
