/** What strangers and broken networks send: counted, dropped, and no change of state. */
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { readCorpus, readJson } from "../crypto/vectors.testing.ts";
import { MAX_EARLY_RECORDS, UNAUTHENTICATED_ALERT_GRACE } from "./limits.ts";
import { errorOf, newIdentity, Pair } from "./pair.testing.ts";
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE } from "./record/content-type.ts";
import { concat, fragment, record, splitRecords } from "./records.testing.ts";

const [alice, bob] = await Promise.all([newIdentity(), newIdentity()]);
const identities = { client: alice, server: bob };
const data = (n: number) => new Uint8Array([n]);

function connected(): Pair {
  const pair = new Pair(identities);
  pair.connect();
  return pair;
}

function expectAlive(pair: Pair): void {
  pair.received.client.length = 0;
  pair.received.server.length = 0;
  expect(pair.isConnected).toBe(true);
  pair.send("client", data(1));
  pair.send("server", data(2));
  pair.run();
  expect(pair.received).toEqual({ client: [data(2)], server: [data(1)] });
}

const FATAL = new Uint8Array([2, 40]);
const malformed = readJson<{ cases: { id: string; hex: string }[] }>("dtls/malformed.json").cases;
const bytesOf = (id: string) =>
  new Uint8Array(Buffer.from(malformed.find((candidate) => candidate.id === id)!.hex, "hex"));

/** Well-formed messages that nobody can tell from the peer's own before there are keys: they may end a handshake. */
const DESTRUCTIVE = new Set(["cert-empty-list", "cert-len-overrun", "frag-len-0"]);

describe("a connection survives", () => {
  test.each(malformed.map(({ id }) => id))("%s, on both sides, and stays silent", (id) => {
    const pair = connected();
    const sent = pair.sent.client.length + pair.sent.server.length;
    for (let i = 0; i < 50; i++) {
      pair.now += 100;
      pair.deliver("client", bytesOf(id));
      pair.deliver("server", bytesOf(id));
    }
    pair.run();
    expect(pair.sent.client.length + pair.sent.server.length).toBe(sent);
    expect(pair.received).toEqual({ client: [], server: [] });
    expectAlive(pair);
  });

  test("every change of a single bit in a record", () => {
    const pair = connected();
    const datagram = pair.client.recordOverhead;
    const out = new Uint8Array(datagram + 3);
    const length = pair.client.writeApplicationData(new Uint8Array([1, 2, 3]), out);
    for (let bit = 0; bit < length * 8; bit++) {
      const changed = out.slice(0, length);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      pair.deliver("server", changed);
    }
    expect(pair.received.server).toEqual([]);
    pair.deliver("server", out.slice(0, length));
    expect(pair.received.server).toEqual([new Uint8Array([1, 2, 3])]);
  });

  test("replays of everything, forwards and backwards (RFC 6347 §4.1.2.6)", () => {
    const pair = connected();
    const records = Array.from({ length: 100 }, (_, i) => pair.send("client", data(i)));
    pair.run();
    expect(pair.received.server).toHaveLength(100);
    for (const replay of [...records, ...records.toReversed()]) pair.deliver("server", replay);
    expect(pair.received.server).toHaveLength(100);
    expect(pair.server.statistics.droppedReplayed).toBe(200);
  });

  test("plaintext fatal alerts, a new hello and ChangeCipherSpec in the clear", () => {
    const pair = connected();
    const hello = pair.sent.client[0]!;
    for (const side of ["client", "server"] as const) {
      pair.deliver(side, record(ALERT, FATAL));
      pair.deliver(side, record(ALERT, new Uint8Array([1, 0])));
      pair.deliver(side, record(CHANGE_CIPHER_SPEC, data(1)));
      pair.deliver(side, hello);
    }
    expect(pair.server.statistics.droppedPlaintext).toBe(4);
    expectAlive(pair);
  });

  test("a fatal alert under wrong keys", () => {
    const pair = connected();
    pair.deliver("client", record(ALERT, new Uint8Array(26), 1, 9));
    expect(pair.client.statistics.droppedUnauthentic).toBe(1);
    expectAlive(pair);
  });
});

describe("a handshake survives", () => {
  test("plaintext fatal alerts at every step, as long as it goes on (CVE-2023-49786)", () => {
    const pair = new Pair(identities, { wire: { delay: 20 } });
    pair.start();
    for (let i = 0; i < 100 && !pair.isConnected; i++) {
      pair.deliver("client", record(ALERT, FATAL));
      pair.deliver("server", record(ALERT, FATAL));
      pair.run(() => pair.isConnected, 5);
    }
    expect(pair.isConnected).toBe(true);
    expect(pair.client.statistics.unauthenticAlerts).toBeGreaterThan(0);
    expectAlive(pair);
  });

  test("a hello with the null cipher before, between and after the real one", () => {
    const stranger = bytesOf("hello-null-cipher");
    const pair = new Pair(identities, { wire: { delay: 20 } });
    pair.server.start(pair.now);
    for (let i = 0; i < 1000; i++) pair.deliver("server", stranger);
    expect(pair.server.state).toBe("connecting");
    expect(pair.server.statistics.hellosRefused).toBe(1000);
    // At most one small answer for each.
    expect(pair.sent.server.length).toBeLessThanOrEqual(1000);
    expect(Math.max(...pair.sent.server.map(({ length }) => length))).toBeLessThan(stranger.length);
    pair.client.start(pair.now);
    for (let i = 0; i < 100 && !pair.isConnected; i++) {
      pair.deliver("server", stranger);
      pair.run(() => pair.isConnected, 5);
    }
    expectAlive(pair);
  });

  test("a second, different hello while the first is answered", () => {
    const other = new Pair(identities, { seed: 99 });
    other.client.start(0);
    const out = new Uint8Array(1200);
    const second = out.slice(0, other.client.pollTransmit(0, out));
    const pair = new Pair(identities, { wire: { delay: 20 } });
    pair.start();
    pair.run(() => pair.sent.server.length > 0);
    pair.deliver("server", second);
    pair.run(() => pair.isConnected);
    expectAlive(pair);
  });

  test.each(malformed.map(({ id }) => id).filter((id) => !DESTRUCTIVE.has(id)))("%s at every step", (id) => {
    const pair = new Pair(identities, { wire: { delay: 20 } });
    pair.start();
    for (let i = 0; i < 100 && !pair.isConnected; i++) {
      if (i > 4) pair.deliver("client", bytesOf(id));
      if (i > 5) pair.deliver("server", bytesOf(id));
      pair.run(() => pair.isConnected, 5);
    }
    expectAlive(pair);
  });

  test("records in any order: the whole exchange reversed within each flight", () => {
    const pair = new Pair(identities, {
      wire: { tamper: (datagram) => concat(...splitRecords(datagram).toReversed()) },
    });
    pair.connect();
    expectAlive(pair);
  });

  test("one record per datagram, and all of a flight in one", () => {
    const pair = new Pair(identities);
    pair.start();
    for (let round = 0; round < 10 && !pair.isConnected; round++) {
      for (const to of ["server", "client"] as const) {
        const from = to === "server" ? "client" : "server";
        for (const datagram of pair.sent[from].splice(0)) {
          for (const one of splitRecords(datagram)) pair.deliver(to, one);
        }
      }
      pair.run(() => pair.isConnected, 60);
    }
    expectAlive(pair);
  });

  test("early records flood: 32 are kept, the rest is counted", () => {
    const pair = new Pair(identities, { wire: { delay: 20 } });
    pair.start();
    for (let i = 0; i < MAX_EARLY_RECORDS; i++)
      pair.deliver("client", record(APPLICATION_DATA, data(i), 1, i));
    expect(pair.client.statistics.droppedEarly).toBe(0);
    for (let i = 0; i < 1000; i++)
      pair.deliver("client", record(APPLICATION_DATA, new Uint8Array(1000), 1, i));
    expect(pair.client.statistics.droppedEarly).toBe(1000);
    pair.run(() => pair.isConnected);
    expectAlive(pair);
    expect(pair.client.statistics.droppedUnauthentic).toBe(MAX_EARLY_RECORDS);
  });
});

describe("an unauthenticated alert", () => {
  test("ends a handshake that stands still, after a while, and is named in the error", () => {
    let hellos = 0;
    const tamper = (datagram: Uint8Array, from: "client" | "server") =>
      from === "client" && hellos++ > 0 ? undefined : datagram;
    const pair = new Pair(identities, { wire: { tamper } });
    pair.start();
    pair.run(() => pair.sent.client.length > 1);
    pair.deliver("client", record(ALERT, FATAL));
    pair.run(undefined, UNAUTHENTICATED_ALERT_GRACE - 1);
    expect(pair.client.state).toBe("connecting");
    pair.run(undefined, 1);
    expect(pair.client.state).toBe("failed");
    expect(errorOf(pair.events.client)).toMatchObject({ detail: "dtls-failure", receivedAlert: 40 });
  });

  test("means nothing to a server that nobody has greeted", () => {
    const pair = new Pair(identities);
    pair.server.start(pair.now);
    pair.deliver("server", record(ALERT, FATAL));
    pair.run(undefined, 2 * UNAUTHENTICATED_ALERT_GRACE);
    expect(pair.server.state).toBe("connecting");
  });
});

describe("epoch 0", () => {
  test("carries no application data, ever (CVE-2019-20786)", () => {
    const pair = new Pair(identities, { wire: { delay: 10 } });
    pair.start();
    for (let i = 0; i < 20; i++) {
      pair.deliver("client", record(APPLICATION_DATA, data(1)));
      pair.deliver("server", record(APPLICATION_DATA, data(1)));
      pair.run(() => pair.isConnected, 5);
    }
    expect(pair.isConnected).toBe(true);
    expect(pair.received).toEqual({ client: [], server: [] });
    expect(pair.client.statistics.droppedPlaintext).toBe(20);
  });

  test("is closed once connected: no fragment is kept, whatever its message_seq", () => {
    const pair = connected();
    for (let sequence = 0; sequence < 20; sequence++) {
      pair.deliver("server", record(HANDSHAKE, fragment(11, 16_000, sequence, 0, new Uint8Array(1000))));
    }
    expect(pair.server.statistics.droppedPlaintext).toBe(20);
    expectAlive(pair);
  });
});

const CORPORA = [
  "dtls-client-boringssl",
  "dtls-server-boringssl",
  "dtls-client-openssl",
  "dtls-server-openssl",
  "dtls-record-pion",
  "dtls-handshake-ext-pion",
  "captures-ndpi",
];

describe("fuzzers' corpora", () => {
  test.each(CORPORA)("%s: a connection does not notice", (name) => {
    const pair = connected();
    for (const { bytes } of readCorpus(`dtls/${name}.jsonl`)) {
      pair.deliver("client", bytes);
      pair.deliver("server", bytes);
      // Fuzzers' harnesses put settings before the packets.
      for (const skip of [1, 2, 7]) pair.deliver("server", bytes.subarray(skip));
    }
    expectAlive(pair);
  });

  test.each(CORPORA)("%s: a handshake never throws, and fails or connects", (name) => {
    const inputs = readCorpus(`dtls/${name}.jsonl`);
    const random = new SeededRandom(1);
    for (let at = 0; at < inputs.length; at += 4) {
      const pair = new Pair(identities);
      const batch = inputs.slice(at, at + 4).map(({ bytes }) => bytes);
      if (random.below(2) === 0) pair.start();
      else pair.server.start(pair.now);
      for (const bytes of batch) {
        pair.deliver("server", bytes);
        pair.deliver("client", bytes);
        // The packets inside, without their record headers, as handshake records of ours.
        pair.deliver("server", record(HANDSHAKE, bytes.subarray(0, 1500)));
      }
      expect(["connecting", "failed", "connected", "closed", "new"]).toContain(pair.server.state);
    }
  });
});
