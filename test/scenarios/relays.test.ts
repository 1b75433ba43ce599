import { describe, expect, test } from "vitest";
import { startTurnServer } from "../../src/sim/index.ts";
import { connectChannel, end, negotiate, pattern, type Stage } from "./peers.ts";
import { relayStage, USER } from "./relays.testing.ts";
import { Traversal } from "./traversal.testing.ts";

const SYMMETRIC = {
  nat: { mapping: "address-and-port-dependent", filtering: "address-and-port-dependent" },
} as const;
const CONE = {
  nat: { mapping: "endpoint-independent", filtering: "address-and-port-dependent" },
} as const;

test.each([
  ["two public hosts: directly", {}, {}, "direct"],
  ["two home routers: by hole punching", CONE, CONE, "reflexive"],
  ["two symmetric NATs: through a relay", SYMMETRIC, SYMMETRIC, "relayed"],
  ["UDP blocked on one side: through a relay over TCP", { firewall: "no-udp" }, CONE, "relayed"],
  [
    "TLS to port 443 only on one side, symmetric NAT on the other: through a relay over TLS",
    { ...CONE, firewall: "tls-only" },
    SYMMETRIC,
    "relayed",
  ],
] as const)("%s", async (_, a, z, kind) => {
  const traversal = new Traversal(1, a, z);
  traversal.start();
  const outcome = await traversal.run();
  expect(outcome.kind).toBe(kind);
  traversal.close();
});

// The later relay is known at 350 and 450 ms, its peer's check is answered 200 ms later.
test.each([
  ["TCP", { firewall: "no-udp" }, 650],
  ["TLS", { firewall: "tls-only" }, 750],
] as const)(
  "relays at the same server hear each other's first check, over %s",
  async (_, surroundings, limit) => {
    for (let seed = 1; seed <= 5; seed++) {
      const traversal = new Traversal(seed, surroundings, surroundings);
      traversal.start();
      expect((await traversal.run()).time, `seed ${seed}`).toBeLessThan(limit);
      traversal.close();
    }
  },
);

/** What each end has told the other, as text. */
function signalled({ a, z }: Stage): string {
  return `${a.connection.localDescription?.sdp}\n${z.connection.localDescription?.sdp}`;
}

describe('iceTransportPolicy "relay"', () => {
  test("lets nothing else out: not in candidates, not in descriptions, not on the wire (RFC 8828 mode 4)", async () => {
    const made = await relayStage({}, { iceTransportPolicy: "relay" });
    const strays: string[] = [];
    made.world.tap(({ what, packet }) => {
      if (what !== "sent") return;
      const ends = [packet.sourceAddress, packet.destinationAddress];
      if (!ends.every((address) => address.startsWith("10.0.") || address.startsWith("fd00::"))) return;
      strays.push(ends.join(" → "));
    });
    const told: string[] = [];
    for (const { connection } of [made.a, made.z])
      connection.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate !== null && candidate.candidate !== "") told.push(candidate.candidate);
      });
    const { near, far } = await connectChannel(made);
    const received: unknown[] = [];
    far.onmessage = ({ data }) => received.push(data);
    near.send("through the relay");
    await made.world.runUntilAsync(() => received.length === 1, 5000);
    expect(strays).toEqual([]);
    expect(told.length).toBeGreaterThan(0);
    for (const candidate of told) expect(candidate).toMatch(/ typ relay raddr (0\.0\.0\.0|::) rport 0/);
    expect(signalled(made)).not.toMatch(/10\.0\.0\.|fd00::/);
    const pair = made.a.connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
    expect(pair.local!.type).toBe("relay");
    expect(pair.local!.relayProtocol).toBe("udp");
    expect(pair.local!.url).toBe("turn:192.0.2.20");
    end(made);
    await made.world.runAsync(1000);
    expect(made.turn.allocations).toBe(0);
  });

  test("without a server nothing is opened, sent or found", async () => {
    const made = await relayStage({}, { iceTransportPolicy: "relay", iceServers: [] });
    made.a.connection.createDataChannel("x");
    await negotiate(made);
    await made.world.runAsync(60_000);
    expect(made.world.counters.sent).toBe(0);
    expect(made.a.connection.connectionState).toBe("failed");
    end(made);
  });
});

describe("data through a relay", () => {
  test.each([
    ["UDP", "turn:192.0.2.20"],
    ["TCP", "turn:192.0.2.20?transport=tcp"],
    ["TLS", "turns:turn.example"],
  ])("over %s arrives whole, both ways", async (_, urls) => {
    const iceServers = [{ urls, username: "user", credential: "secret" }];
    const made = await relayStage({ sha256: true }, { iceTransportPolicy: "relay", iceServers });
    const { near, far } = await connectChannel(made);
    near.binaryType = "arraybuffer";
    far.binaryType = "arraybuffer";
    const size = 300_000;
    const got: number[] = [0, 0];
    const check = (index: number, seed: number) => (event: { readonly data: unknown }) => {
      const data = new Uint8Array(event.data as ArrayBuffer);
      expect(Buffer.compare(data, pattern(data.length, seed))).toBe(0);
      got[index]! += data.length;
    };
    near.onmessage = check(0, 2);
    far.onmessage = check(1, 1);
    for (let i = 0; i < size / 30_000; i++) {
      near.send(pattern(30_000, 1));
      far.send(pattern(30_000, 2));
    }
    await made.world.runUntilAsync(() => got[0] === size && got[1] === size, 120_000);
    end(made);
  });

  test("goes on for an hour: allocation, permissions, channels and nonces are renewed", async () => {
    const made = await relayStage({ nonceLifetime: 300_000 }, { iceTransportPolicy: "relay" });
    const { near, far } = await connectChannel(made);
    let received = 0;
    far.onmessage = () => received++;
    for (let minute = 1; minute <= 60; minute++) {
      await made.world.runAsync(60_000);
      near.send("still there");
    }
    await made.world.runAsync(1000);
    expect(received).toBe(60);
    expect(made.turn.granted).toBe(made.turn.allocations);
    expect(made.a.connection.connectionState).toBe("connected");
    end(made);
  });

  test("ends with the server, and begins again after a restart with another one", async () => {
    const made = await relayStage({}, { iceTransportPolicy: "relay" });
    const { near, far } = await connectChannel(made);
    let received = 0;
    far.onmessage = () => received++;
    made.turn.close();
    near.send("held back");
    await made.world.runUntilAsync(() => made.a.connection.connectionState === "failed", 60_000);
    const host = made.world.host("turn2", { addresses: ["192.0.2.30"] });
    startTurnServer(host, USER);
    const iceServers = [{ urls: "turn:192.0.2.30", username: "user", credential: "secret" }];
    for (const { connection } of [made.a, made.z])
      connection.setConfiguration({ ...connection.getConfiguration(), iceServers });
    made.a.connection.restartIce();
    await negotiate(made);
    await made.world.runUntilAsync(() => received === 1, 30_000);
    end(made);
  });
});

describe("servers that fail", () => {
  test.each([
    ["wrong credentials", { password: "other" }, "turn:192.0.2.20", 401],
    ["no quota left", { quota: 0 }, "turn:192.0.2.20", 486],
    ["silence", { silent: true }, "turn:192.0.2.20", 701],
    ["silence over TCP", { silent: true }, "turn:192.0.2.20?transport=tcp", 701],
    ["nobody there", {}, "turn:192.0.2.20:9?transport=tcp", 701],
    ["another name in the certificate", { tlsNames: ["other.example"] }, "turns:turn.example", 701],
    ["a name that does not resolve", {}, "turn:nowhere.example", 701],
    ["TURN over DTLS", {}, "turns:turn.example?transport=udp", 701],
  ])("%s: an icecandidateerror says so, and gathering ends", async (_, options, urls, errorCode) => {
    const iceServers = [{ urls, username: "user", credential: "secret" }];
    const made = await relayStage(options, { iceServers });
    const errors: { url: string; errorCode: number; errorText: string }[] = [];
    made.a.connection.addEventListener("icecandidateerror", (event) => {
      errors.push({ url: event.url, errorCode: event.errorCode, errorText: event.errorText });
    });
    made.a.connection.createDataChannel("x");
    await made.world.runUntilSettled(made.a.connection.setLocalDescription(), 1000);
    await made.world.runUntilAsync(() => made.a.connection.iceGatheringState === "complete", 11_000);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toMatchObject({ url: urls, errorCode });
    end(made);
  });

  test("a server that names another one is followed there (RFC 8489 §10)", async () => {
    const alternate = { address: Uint8Array.of(192, 0, 2, 21), port: 3478 };
    const made = await relayStage({ alternate }, { iceTransportPolicy: "relay" });
    const second = startTurnServer(made.world.host("turn2", { addresses: ["192.0.2.21"] }), USER);
    const { near } = await connectChannel(made);
    expect(near.readyState).toBe("open");
    expect(second.granted).toBeGreaterThan(0);
    end(made);
  });

  test("servers that send each other's clients around are left", async () => {
    const alternate = { address: Uint8Array.of(192, 0, 2, 20), port: 3478 };
    const made = await relayStage({ alternate });
    const errors: number[] = [];
    made.a.connection.addEventListener("icecandidateerror", ({ errorCode }) => void errors.push(errorCode));
    made.a.connection.createDataChannel("x");
    await made.world.runUntilSettled(made.a.connection.setLocalDescription(), 1000);
    await made.world.runUntilAsync(() => made.a.connection.iceGatheringState === "complete", 11_000);
    expect(errors).toEqual([701]);
    end(made);
  });
});
