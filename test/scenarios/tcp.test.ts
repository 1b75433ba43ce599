import { describe, expect, test } from "vitest";
import type { RTCDataChannel, RTCIceCandidate, RTCIceCandidatePair } from "../../src/index.ts";
import type { Firewall, Nat, Packet } from "../../src/sim/index.ts";
import { connectChannel, end, negotiate, pattern, type Stage, stage } from "./peers.ts";

interface TcpStage extends Stage {
  /** In front of `a`. */
  readonly firewall: Firewall;
  readonly nat: Nat;
}

const tcpOnly = (packet: Packet) => packet.segment !== undefined;

/** `a` behind a NAT and a firewall, `z` reachable and listening, unless `tcp` says otherwise for both. */
async function tcpStage(seed: number, tcp?: readonly ("active" | "passive" | "so")[]): Promise<TcpStage> {
  let firewall: Firewall | undefined;
  let nat: Nat | undefined;
  const made = await stage(
    seed,
    { latency: 20 },
    {},
    (world, name) => {
      if (name === "z") return ["198.51.100.2"];
      const network = world.network("inside", { latency: 1 });
      const middle = world.network("middle", { latency: 1 });
      nat = world.nat("nat", { address: "203.0.113.1", inside: network, outside: middle });
      firewall = world.firewall("firewall", { rule: tcpOnly, inside: middle });
      return [{ address: "192.168.1.2", network }];
    },
    (name) => ({ tcp: tcp ?? (name === "z" ? ["active", "passive"] : ["active"]) }),
  );
  return { ...made, firewall: firewall!, nat: nat! };
}

function pairOf({ connection }: Stage["a"]): RTCIceCandidatePair {
  return connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
}

/** Everything that a channel receives, as one piece. */
function collect(channel: RTCDataChannel): { bytes: number; sum: number } {
  const got = { bytes: 0, sum: 0 };
  channel.addEventListener("message", ({ data }) => {
    const bytes = new Uint8Array(data as ArrayBuffer);
    for (const byte of bytes) got.sum = (Math.imul(got.sum, 31) + byte) >>> 0;
    got.bytes += bytes.length;
  });
  return got;
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return sum;
}

describe("ICE over TCP (RFC 6544)", () => {
  test("connects where UDP does not get through, and carries data both ways", async () => {
    const made = await tcpStage(1);
    const { near, far } = await connectChannel(made);
    const { local, remote } = pairOf(made.a);
    // As the NAT shows it to the peer.
    expect([local.protocol, local.tcpType, local.type, local.address]).toEqual([
      "tcp",
      "active",
      "prflx",
      "203.0.113.1",
    ]);
    expect([remote.protocol, remote.tcpType, remote.address]).toEqual(["tcp", "passive", "198.51.100.2"]);
    expect([pairOf(made.z).local.tcpType, pairOf(made.z).remote.tcpType]).toEqual(["passive", "active"]);
    const data = pattern(200_000, 1);
    const [there, back] = [collect(far), collect(near)];
    for (let at = 0; at < data.length; at += 20_000) {
      near.send(data.subarray(at, at + 20_000));
      far.send(data.subarray(at, at + 20_000));
    }
    await made.world.runUntilAsync(() => there.bytes === data.length && back.bytes === data.length, 60_000);
    expect([there.sum, back.sum]).toEqual([sumOf(data), sumOf(data)]);
    end(made);
  });

  test.each([1, 2, 3, 4, 5])("whoever offers, and whoever controls (seed %i)", async (seed) => {
    const made = await tcpStage(seed);
    const turned = { ...made, a: made.z, z: made.a };
    const { near, far } = await connectChannel(turned);
    expect(pairOf(made.a).local.tcpType).toBe("active");
    expect([near.readyState, far.readyState]).toEqual(["open", "open"]);
    end(made);
  });

  test("nobody listens: no connection, as between two browsers", async () => {
    const made = await tcpStage(1, ["active"]);
    made.a.connection.createDataChannel("test");
    await negotiate(made);
    await made.world.runUntilAsync(() => made.a.connection.connectionState === "failed", 60_000);
    end(made);
  });

  test("where UDP gets through it is preferred", async () => {
    const made = await tcpStage(1);
    made.firewall.rule = "stateful";
    await connectChannel(made);
    await made.world.runAsync(2000);
    expect([pairOf(made.a).local.protocol, pairOf(made.z).local.protocol]).toEqual(["udp", "udp"]);
    end(made);
  });

  test("a connection that breaks is made anew, and nothing is lost", async () => {
    const made = await tcpStage(3);
    const { near, far } = await connectChannel(made);
    const data = pattern(300_000, 7);
    const there = collect(far);
    let sent = 0;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 5; i++, sent += 20_000) near.send(data.subarray(sent, sent + 20_000));
      await made.world.runAsync(round === 0 ? 60 : 500);
      made.nat.rebind(); // z does not know the connection under its new name, and resets it
      await made.world.runAsync(3000);
    }
    await made.world.runUntilAsync(() => there.bytes === data.length, 30_000);
    expect(there.sum).toBe(sumOf(data));
    expect([made.a.connection.connectionState, made.z.connection.connectionState]).toEqual([
      "connected",
      "connected",
    ]);
    end(made);
  });

  test("candidates say what they are, in text and in members (RFC 6544 §4.5)", async () => {
    const made = await tcpStage(1);
    const told: RTCIceCandidate[] = [];
    made.z.connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "") told.push(candidate);
    });
    await connectChannel(made);
    const of = (type: string) => told.find(({ tcpType }) => tcpType === type)!;
    expect(of("active")).toMatchObject({ protocol: "tcp", port: 9, type: "host" });
    expect(of("active").candidate).toMatch(/ tcp \d+ 198\.51\.100\.2 9 typ host tcptype active$/);
    expect(of("passive").candidate).toMatch(/ tcp \d+ 198\.51\.100\.2 \d+ typ host tcptype passive$/);
    expect(of("active").priority).toBeGreaterThan(of("passive").priority!);
    expect(of("active").foundation).toBe(of("passive").foundation);
    end(made);
  });

  test.each([1, 2, 3])(
    "simultaneous open: two ends that connect at once (RFC 6544 §7.1, seed %i)",
    async (seed) => {
      // Both behind firewalls that let answers in and nothing else: whoever waits for the other waits for ever.
      const made = await stage(
        seed,
        { latency: 20 },
        {},
        (world, name) => {
          const network = world.network(`inside-${name}`, { latency: 1 });
          const rule = (packet: Packet, direction: "in" | "out") => allows(packet, direction);
          const sent = new Set<string>();
          const allows = (packet: Packet, direction: "in" | "out"): boolean => {
            if (packet.segment === undefined) return false;
            const { sourceAddress, sourcePort, destinationAddress, destinationPort } = packet;
            if (direction === "in")
              return sent.has(`${destinationAddress} ${destinationPort} ${sourceAddress} ${sourcePort}`);
            sent.add(`${sourceAddress} ${sourcePort} ${destinationAddress} ${destinationPort}`);
            return true;
          };
          world.firewall(`firewall-${name}`, { rule, inside: network });
          return [{ address: name === "a" ? "198.51.100.1" : "203.0.113.1", network }];
        },
        () => ({ tcp: ["active", "passive", "so"] }),
      );
      await connectChannel(made);
      expect([pairOf(made.a).local.tcpType, pairOf(made.z).local.tcpType]).toEqual(["so", "so"]);
      end(made);
    },
  );

  test("once UDP is in use the connections end, and are made again when it gets blocked", async () => {
    const made = await tcpStage(1);
    made.firewall.rule = "stateful";
    const { near, far } = await connectChannel(made);
    await made.world.runAsync(120_000);
    expect(pairOf(made.a).local.protocol).toBe("udp");
    let segments = 0;
    made.world.tap(({ packet }) => void (packet.segment !== undefined && segments++));
    await made.world.runAsync(60_000);
    expect(segments).toBe(0);
    made.firewall.rule = tcpOnly;
    const there = collect(far);
    near.send(pattern(1000, 1));
    const isTcp = (peer: Stage["a"]) => pairOf(peer).local.protocol === "tcp";
    await made.world.runUntilAsync(() => isTcp(made.a) && isTcp(made.z) && there.bytes === 1000, 60_000);
    end(made);
  });

  test("closing closes the streams: nothing more is sent, and nobody is let in", async () => {
    const made = await tcpStage(1);
    await connectChannel(made);
    end(made);
    await made.world.runAsync(5000);
    let packets = 0;
    made.world.tap(() => packets++);
    await made.world.runAsync(60_000);
    expect(packets).toBe(0);
  });
});
