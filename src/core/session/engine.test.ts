import { beforeEach, describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { End, Pair } from "./pair.testing.ts";
import type { DataChannelParameters } from "./protocol.ts";
import { SUCCESSION_WINDOW } from "./transport.ts";

let pair: Pair;

beforeEach(async () => {
  pair = await Pair.open(1);
});

const opened = () => pair.a.of("channel-open").length > 0 && pair.z.of("channel-announced").length > 0;

function connect(): void {
  pair.negotiate();
  pair.openChannel(pair.a, 1);
  expect(pair.runUntil(opened)).toBe(true);
}

describe("connecting", () => {
  test("ICE, DTLS and SCTP come up one over the other and the channel opens", () => {
    connect();
    for (const end of [pair.a, pair.z]) {
      expect(end.of("dtls-state").map((event) => event.state)).toEqual(["connecting", "connected"]);
      expect(end.last("sctp-connected")?.maxChannels).toBe(1024);
      expect(end.last("ice-selected-pair")?.pair?.remote.address).toBe(pair.other(end).address);
    }
  });

  test("takes at most 7 round trips from the answer to the open channel on a clean path", () => {
    const start = pair.now;
    connect();
    // ICE 1–2, DTLS 1.2 with mutual certificates 2, SCTP 2, DATA_CHANNEL_OPEN ½.
    expect(pair.now - start).toBeLessThanOrEqual(7 * 2 * pair.delay);
  });

  test("the remote certificate is known when DTLS is connected (webrtc-pc §5.5.1 getRemoteCertificates)", () => {
    connect();
    expect(pair.a.last("dtls-state")?.remoteCertificates).toEqual([pair.z.certificate.certificate]);
  });

  test("a wrong a=fingerprint fails DTLS and never opens a channel (RFC 8122 §6.2)", () => {
    pair.z.certificate.certificate.slice();
    const original = pair.a.fingerprint;
    Object.defineProperty(pair.a, "fingerprint", {
      value: { ...original, value: original.value.map((byte) => byte ^ 1) },
    });
    pair.negotiate();
    pair.openChannel(pair.a, 1);
    expect(pair.runUntil(() => pair.z.last("dtls-state")?.state === "failed")).toBe(true);
    expect(pair.z.last("dtls-state")?.error?.detail).toBe("fingerprint-failure");
    pair.runUntil(() => false, 5000);
    expect(pair.a.of("channel-open")).toEqual([]);
  });

  test("a ClientHello that overtakes the answer is kept, and answered when that comes, without another one", () => {
    const isHello = (bytes: Uint8Array) => bytes[0] === 22 && bytes[13] === 1;
    let hellos = 0;
    pair.filter = (_from, bytes) => {
      if (isHello(bytes)) hellos++;
      return bytes;
    };
    pair.gather();
    pair.openChannel(pair.a, 1);
    pair.describe(pair.z); // the answerer begins; the answer itself needs two seconds
    pair.runUntil(() => false, 2000);
    expect(hellos).toBeGreaterThan(0);
    expect(pair.a.of("dtls-state")).toEqual([]);
    pair.filter = (_from, bytes) => (isHello(bytes) ? undefined : bytes);
    pair.describe(pair.a);
    const described = pair.now;
    expect(pair.runUntil(opened)).toBe(true);
    // One for ICE, one and a half for the rest of DTLS, two for SCTP, a half for DATA_CHANNEL_OPEN.
    expect(pair.now - described).toBeLessThanOrEqual(5 * 2 * pair.delay);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("connects at 20 %% loss (seed %i)", async (seed) => {
    pair = await Pair.open(seed);
    let state = seed * 7919;
    pair.filter = (_from, bytes) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32 < 0.2 ? undefined : bytes;
    };
    pair.negotiate();
    pair.openChannel(pair.a, 1);
    expect(pair.runUntil(opened, 60_000), `seed ${seed}`).toBe(true);
  });
});

describe("renegotiating", () => {
  test("the same parameters again leave the associations alone (RFC 8842 §5)", () => {
    connect();
    pair.describe(pair.a);
    pair.describe(pair.z);
    pair.send(pair.a, 1, "still here");
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1)).toBe(true);
    expect(pair.a.of("dtls-state")).toHaveLength(2);
  });

  test("a restart that is rolled back leaves the connection as it was (RFC 9429 §4.1.10.2)", () => {
    connect();
    const restart = (usernameFragment: string, password: string) =>
      pair.command(pair.a, { type: "restart-ice", transport: 1, usernameFragment, password });
    restart("never000", "never".repeat(5));
    restart(pair.a.ufrag, pair.a.pwd);
    pair.runUntil(() => false, 120_000);
    pair.send(pair.a, 1, "still here");
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1, 1000)).toBe(true);
    expect(pair.a.of("ice-state").map(({ state }) => state)).not.toContain("failed");
    expect(pair.z.of("ice-state").map(({ state }) => state)).not.toContain("failed");
  });

  test("another certificate starts new associations; channels of the old ones end (RFC 8842 §4)", async () => {
    connect();
    const second = await Pair.open(2);
    second.now = pair.now;
    const replaced: Pair = Object.assign(second, { a: pair.a });
    for (const command of [
      {
        type: "create-transport",
        usernameFragment: second.z.ufrag,
        password: second.z.pwd,
        controlling: false,
        certificate: 0,
      },
      { type: "gather", servers: [], policy: "all" },
    ] as const) {
      replaced.command(replaced.z, { ...command, transport: 1 });
    }
    pair.a.events.length = 0;
    replaced.command(pair.a, {
      type: "restart-ice",
      transport: 1,
      usernameFragment: "again000",
      password: "again".repeat(5),
    });
    Object.assign(pair.a, { ufrag: "again000", pwd: "again".repeat(5) });
    replaced.command(pair.a, { type: "gather", transport: 1, servers: [], policy: "all" });
    replaced.describe(replaced.z);
    replaced.describe(replaced.a);
    replaced.openChannel(replaced.a, 3);
    expect(replaced.runUntil(() => replaced.z.of("channel-announced").length === 1)).toBe(true);
    expect(pair.a.last("channel-closed")?.channel).toBe(1);
  });
});

describe("a peer that replaces its side of the transport, as browsers do when a bundle's tagged section is stopped", () => {
  /** The peer is gone, and comes again from another address with the same certificate and credentials. */
  function succeed(): void {
    const { address, name, certificate } = pair.z;
    pair.command(pair.z, { type: "close" });
    pair.runUntil(() => false, 50);
    expect(address).toBe("192.0.2.2");
    const successor = new End(name, "192.0.2.3", certificate, new SeededRandom(3));
    Object.assign(pair, { z: successor });
    const { ufrag: usernameFragment, pwd: password } = successor;
    pair.command(successor, {
      type: "create-transport",
      transport: 1,
      usernameFragment,
      password,
      controlling: false,
      certificate: 0,
    });
    pair.command(successor, { type: "gather", transport: 1, servers: [], policy: "all" });
    pair.describe(successor);
  }

  /** With a channel that both ends know. */
  function connectAgreed(parameters: Partial<DataChannelParameters> = {}): void {
    pair.negotiate();
    for (const end of [pair.a, pair.z]) pair.openChannel(end, 1, parameters, 5);
    expect(pair.runUntil(() => pair.a.of("channel-open").length > 0)).toBe(true);
    expect(pair.runUntil(() => pair.z.of("channel-open").length > 0)).toBe(true);
    pair.runUntil(() => false, 500);
  }

  test("is followed, and an idle channel goes on", () => {
    connectAgreed();
    pair.command(pair.a, { type: "expect-succession", transport: 1 });
    succeed();
    pair.openChannel(pair.z, 1, {}, 5);
    expect(pair.runUntil(() => pair.z.of("channel-open").length > 0)).toBe(true);
    pair.send(pair.a, 1, "still here");
    pair.send(pair.z, 1, "and here");
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1, 5000)).toBe(true);
    expect(pair.runUntil(() => pair.a.of("channel-message").length === 1, 5000)).toBe(true);
    expect(pair.a.of("channel-closed")).toEqual([]);
    expect(pair.a.of("dtls-state").map(({ state }) => state)).toEqual([
      "connecting",
      "connected",
      "connecting",
      "connected",
    ]);
    expect(pair.a.last("ice-selected-pair")?.pair?.remote.address).toBe("192.0.2.3");
    // Its old sockets may answer for a while: nobody asks them.
    const { remoteCandidates } = pair.a.engine.snapshot(pair.now).transports[0]!.ice;
    expect(remoteCandidates.map(({ candidate }) => candidate.address)).toEqual(["192.0.2.3"]);
  });

  test("closes a reliable channel whose data may be lost, at both ends", () => {
    connectAgreed();
    pair.command(pair.a, { type: "expect-succession", transport: 1 });
    pair.send(pair.a, 1, "crosses the farewell");
    succeed();
    expect(pair.a.last("channel-closed")).toMatchObject({ channel: 1, error: { detail: "sctp-failure" } });
    pair.openChannel(pair.z, 1, {}, 5);
    expect(pair.runUntil(() => pair.z.of("channel-closed").length > 0)).toBe(true);
  });

  test("keeps one that may lose data", () => {
    connectAgreed({ maxRetransmits: 0 });
    pair.command(pair.a, { type: "expect-succession", transport: 1 });
    pair.send(pair.a, 1, "crosses the farewell");
    succeed();
    pair.runUntil(() => false, 5000);
    expect(pair.a.of("channel-closed")).toEqual([]);
  });

  test("has some seconds for it: a peer that does not come again has closed the connection", () => {
    connectAgreed();
    pair.command(pair.a, { type: "expect-succession", transport: 1 });
    pair.command(pair.z, { type: "close" });
    expect(pair.runUntil(() => pair.a.of("channel-closed").length > 0)).toBe(true);
    expect(pair.a.of("sctp-closed")).toHaveLength(1);
  });

  test("has closed the connection if nothing was announced, or too long ago", () => {
    connectAgreed();
    pair.command(pair.a, { type: "expect-succession", transport: 1 });
    pair.runUntil(() => false, SUCCESSION_WINDOW);
    pair.command(pair.z, { type: "close" });
    expect(pair.runUntil(() => pair.a.of("channel-closed").length > 0, 1000)).toBe(true);
    expect(pair.a.last("dtls-state")?.state).toBe("closed");
  });
});

describe("data channels", () => {
  test("the DTLS client uses even stream ids, the server odd ones (RFC 8832 §6)", () => {
    connect();
    pair.openChannel(pair.z, 1);
    expect(pair.a.last("channel-id")?.streamId).toBe(1);
    expect(pair.z.last("channel-id")?.streamId).toBe(0);
  });

  test("strings, bytes and empty messages arrive as what they were (RFC 8831 §6.6)", () => {
    connect();
    const announced = pair.z.last("channel-announced")!.channel;
    pair.send(pair.a, 1, "häß 🚀");
    pair.send(pair.a, 1, Uint8Array.of(1, 2, 3));
    pair.send(pair.a, 1, "");
    pair.send(pair.a, 1, new Uint8Array(0));
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 4)).toBe(true);
    expect(
      pair.z
        .of("channel-message")
        .map(({ channel, binary, data }) => [channel, binary, new TextDecoder().decode(data)]),
    ).toEqual([
      [announced, false, "häß 🚀"],
      [announced, true, "\u0001\u0002\u0003"],
      [announced, false, ""],
      [announced, true, ""],
    ]);
  });

  test("label, protocol and reliability of an in-band channel reach the peer (RFC 8832 §5.1)", () => {
    pair.negotiate();
    const parameters = {
      label: "grüße",
      protocol: "chat",
      ordered: false,
      maxPacketLifeTime: undefined,
      maxRetransmits: 3,
      priority: 512,
    };
    pair.openChannel(pair.a, 1, parameters);
    expect(pair.runUntil(opened)).toBe(true);
    expect(pair.z.last("channel-announced")?.parameters).toEqual(parameters);
  });

  test("every byte that was accepted leaves bufferedAmount again, our own bytes do not count", () => {
    connect();
    for (let i = 0; i < 50; i++) pair.send(pair.a, 1, new Uint8Array(i * 100));
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 50)).toBe(true);
    const left = pair.a.of("buffered-amount-decrease").reduce((sum, event) => sum + event.bytes, 0);
    expect(left).toBe((49 * 50 * 100) / 2);
  });

  test("a negotiated channel opens on both ends without DCEP, and messages that come early wait for it", () => {
    pair.negotiate();
    pair.openChannel(pair.a, 1, {}, 7);
    expect(pair.runUntil(() => pair.a.of("channel-open").length === 1)).toBe(true);
    pair.send(pair.a, 1, "early");
    pair.runUntil(() => false, 1000);
    expect(pair.z.of("channel-announced")).toEqual([]);
    expect(pair.z.of("channel-message")).toEqual([]);
    pair.openChannel(pair.z, 1, {}, 7);
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1)).toBe(true);
  });

  test("closing delivers what was buffered, closes both ends and frees the stream id (RFC 8831 §6.7)", () => {
    connect();
    for (let i = 0; i < 100; i++) pair.send(pair.a, 1, new Uint8Array(10_000));
    pair.command(pair.a, { type: "close-channel", channel: 1 });
    const closed = () => pair.a.of("channel-closed").length === 1 && pair.z.of("channel-closed").length === 1;
    expect(pair.runUntil(closed)).toBe(true);
    expect(pair.z.of("channel-message")).toHaveLength(100);
    expect(pair.z.of("channel-closing")).toHaveLength(1);
    expect(pair.a.last("channel-closed")?.error).toBeUndefined();
    pair.openChannel(pair.a, 3);
    expect(pair.a.last("channel-id")?.streamId).toBe(1);
    expect(pair.runUntil(() => pair.z.of("channel-announced").length === 2)).toBe(true);
  });

  test("both ends may close at the same time", () => {
    connect();
    pair.command(pair.a, { type: "close-channel", channel: 1 });
    pair.command(pair.z, { type: "close-channel", channel: pair.z.last("channel-announced")!.channel });
    const closed = () => pair.a.of("channel-closed").length === 1 && pair.z.of("channel-closed").length === 1;
    expect(pair.runUntil(closed)).toBe(true);
  });

  test("a channel that never opened closes at once", () => {
    pair.openChannel(pair.a, 1);
    pair.command(pair.a, { type: "close-channel", channel: 1 });
    expect(pair.a.last("channel-closed")).toEqual({ type: "channel-closed", channel: 1, error: undefined });
  });
});

describe("path MTU discovery (RFC 8899, RFC 8261 §5)", () => {
  /** Lengths of the datagrams from `a`, largest last. */
  function lengths(limit: number): number[] {
    const seen = new Set<number>();
    pair.filter = (from, bytes) => {
      if (from === pair.a) seen.add(bytes.length);
      return bytes.length > limit ? undefined : bytes;
    };
    connect();
    pair.runUntil(() => false, 10_000);
    seen.clear();
    pair.send(pair.a, 1, new Uint8Array(200_000));
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1)).toBe(true);
    return [...seen].sort((x, y) => x - y);
  }

  test("fills what an Ethernet link carries when the host knows nothing of its links", () => {
    const [largest] = lengths(Number.POSITIVE_INFINITY).slice(-1);
    expect(largest).toBeGreaterThan(1460);
    expect(largest).toBeLessThanOrEqual(1472);
  });

  test("settles below what the path swallows", () => {
    const [largest] = lengths(1400).slice(-1);
    expect(largest).toBeGreaterThan(1360);
    expect(largest).toBeLessThanOrEqual(1400);
  });

  test("nothing above 1,200 bytes leaves before a probe was answered, but the probe", () => {
    const large: number[] = [];
    pair.filter = (from, bytes) => {
      if (from === pair.a && bytes.length > 1200) large.push(bytes.length);
      return bytes.length > 1200 ? undefined : bytes;
    };
    connect();
    pair.send(pair.a, 1, new Uint8Array(200_000));
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1)).toBe(true);
    pair.runUntil(() => false, 30_000);
    // 1472, 1452, 1444, 1420, 1372 and 1232, three times each.
    expect(large.length).toBeLessThanOrEqual(18);
  });

  test("a path that narrows under load is found within three timeouts, and nothing is lost", () => {
    let limit = Number.POSITIVE_INFINITY;
    pair.filter = (_from, bytes) => (bytes.length > limit ? undefined : bytes);
    connect();
    pair.runUntil(() => false, 10_000);
    const data = Uint8Array.from({ length: 200_000 }, (_, i) => i * 13);
    pair.send(pair.a, 1, data.slice());
    limit = 1250;
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1, 10_000)).toBe(true);
    expect(pair.z.last("channel-message")?.data).toEqual(data);
  });
});

describe("ending", () => {
  test("close tells the peer: its SCTP and its channels end with the abort's cause (RFC 9260 §3.3.10.12)", () => {
    connect();
    pair.command(pair.a, { type: "close" });
    expect(pair.runUntil(() => pair.z.of("channel-closed").length === 1)).toBe(true);
    expect(pair.z.last("sctp-closed")?.error).toMatchObject({ detail: "sctp-failure", sctpCauseCode: 12 });
    expect(pair.runUntil(() => pair.z.last("dtls-state")?.state === "closed")).toBe(true);
  });

  test("after close nothing is owed: no timer, no event, no datagram in answer to anything", () => {
    connect();
    pair.command(pair.a, { type: "close" });
    const before = pair.a.events.length;
    pair.runUntil(() => false, 5000);
    expect(pair.a.events.length).toBe(before);
    expect(pair.a.engine.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("a peer that vanishes: disconnected, then failed", () => {
    connect();
    pair.filter = () => undefined;
    expect(pair.runUntil(() => pair.a.last("ice-state")?.state === "disconnected", 20_000)).toBe(true);
    expect(pair.runUntil(() => pair.a.last("ice-state")?.state === "failed", 60_000)).toBe(true);
  });
});

describe("hostile datagrams", () => {
  test("DTLS from a 5-tuple without an ICE check changes nothing (CVE-2023-49786 class)", () => {
    pair.negotiate();
    pair.openChannel(pair.a, 1);
    const hello = new Uint8Array(200).fill(0xff);
    hello.set([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 187, 1]);
    for (let port = 1; port < 1000; port++) {
      pair.inject(pair.a, { socket: 1, address: "203.0.113.9", port }, hello.slice());
    }
    expect(pair.runUntil(opened)).toBe(true);
  });

  test("bytes of no protocol, or of none in use, are dropped", () => {
    connect();
    for (let first = 0; first < 256; first++) {
      for (const length of [1, 2, 13, 20, 100, 1500]) {
        const bytes = new Uint8Array(length).fill(0x5a);
        bytes[0] = first;
        pair.inject(pair.z, { socket: 1, address: pair.a.address, port: 4000 }, bytes);
      }
    }
    pair.send(pair.a, 1, "alive");
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1)).toBe(true);
  });

  test("corrupted datagrams never reach the application; a reliable channel delivers all the same", () => {
    connect();
    let n = 0;
    pair.filter = (_from, bytes) => {
      if (++n % 10 === 0) bytes[bytes.length - 1 - (n % 40)]! ^= 0x10;
      return bytes;
    };
    const data = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    pair.send(pair.a, 1, data);
    expect(pair.runUntil(() => pair.z.of("channel-message").length === 1)).toBe(true);
    expect(pair.z.last("channel-message")?.data).toEqual(data);
  });
});
