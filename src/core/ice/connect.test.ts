import { describe, expect, test } from "vitest";
import type { IceServer } from "../base/ice-candidate.ts";
import { USE_CANDIDATE } from "../stun/index.ts";
import { messageOf, Pair } from "./pair.testing.ts";

const STUN: IceServer = {
  url: "stun:198.51.100.1",
  scheme: "stun",
  host: "198.51.100.1",
  port: 3478,
  transport: "udp",
};

describe("connecting", () => {
  test.each([
    [true, false],
    [false, true],
  ])("a controlling: %s, z controlling: %s: both complete on the same pair (RFC 8445 §8.1)", (a, z) => {
    const pair = new Pair({ controlling: a }, { controlling: z });
    expect(pair.connect()).toBe(true);
    expect(pair.a.agent.selectedPath()).toEqual({ socket: 1, address: "192.0.2.2", port: 5000 });
    expect(pair.z.agent.selectedPath()).toEqual({ socket: 1, address: "192.0.2.1", port: 5000 });
    for (const { states } of [pair.a, pair.z]) {
      expect(states[0]).toBe("checking");
      expect(states.slice(1, 2)).toEqual(["connected"]);
      expect(states.at(-1)).toBe("completed");
    }
  });

  test("takes two round trips from the answer to nomination, and nothing waits for a timer", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.latency = 1;
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.describe(pair.z);
    pair.run(1);
    pair.describe(pair.a);
    const answered = pair.now;
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    expect(pair.now - answered).toBeLessThanOrEqual(5);
  });

  test("takes a few milliseconds also with many addresses on both sides", () => {
    const many = (host: number) => Array.from({ length: 8 }, (_, i) => `10.${i}.0.${host}`);
    const pair = new Pair(
      { controlling: true, addresses: many(1) },
      { controlling: false, addresses: many(2) },
    );
    pair.latency = 0.1;
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 1000)).toBe(true);
    expect(pair.now).toBeLessThan(5);
  });

  test("the controlled side checks and answers, but only the controlling one nominates (RFC 8445 §8.1.1)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    const nominations: string[] = [];
    pair.filter = (from, bytes) => {
      if (messageOf(bytes)?.has(USE_CANDIDATE)) nominations.push(from.name);
      return bytes;
    };
    expect(pair.connect()).toBe(true);
    expect(new Set(nominations)).toEqual(new Set(["a"]));
  });

  test("data may go over a valid pair before it is nominated (RFC 8445 §12.1)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.filter = (_from, bytes) => (messageOf(bytes)?.has(USE_CANDIDATE) ? undefined : bytes);
    pair.negotiate();
    pair.run(100);
    expect(pair.a.agent.state).toBe("connected");
    expect(pair.z.agent.state).toBe("connected");
    expect(pair.a.agent.selectedPath()).toBeDefined();
    expect(pair.z.of("selected-pair")).toHaveLength(1);
  });

  test("IPv6 and IPv4 side by side: IPv6 wins (RFC 8421 §4)", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["192.0.2.1", "2001:db8::1"] },
      { controlling: false, addresses: ["192.0.2.2", "2001:db8::2"] },
    );
    expect(pair.connect()).toBe(true);
    expect(pair.a.agent.selectedPath()?.address).toBe("2001:db8::2");
    expect(pair.z.agent.selectedPath()?.address).toBe("2001:db8::1");
  });

  test("a broken IPv6 costs less than a second", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["192.0.2.1", "2001:db8::1"] },
      { controlling: false, addresses: ["192.0.2.2", "2001:db8::2"] },
    );
    pair.filter = (_from, bytes, path) => (path.address.includes(":") ? undefined : bytes);
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 1000)).toBe(true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 3000)).toBe(true);
    expect(pair.a.agent.selectedPath()?.address).toBe("192.0.2.2");
  });

  test("loopback connects where there is nothing else", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["127.0.0.1"] },
      { controlling: false, addresses: ["127.0.0.2"] },
    );
    pair.latency = 0.05;
    expect(pair.connect()).toBe(true);
    expect(pair.now).toBeLessThan(2);
  });

  test("measures the round-trip time of the active pair", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.latency = 20;
    expect(pair.a.agent.rtt).toBeUndefined();
    expect(pair.connect()).toBe(true);
    expect(pair.a.agent.rtt).toBeCloseTo(40);
  });

  test("lost checks do not look like a long path: the round-trip time is guessed from the last one, then measured", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.latency = 20;
    pair.loss = 1;
    expect(pair.connect(3000)).toBe(false);
    pair.loss = 0;
    expect(pair.runUntil(() => pair.a.agent.rtt !== undefined, 10_000)).toBe(true);
    expect(pair.a.agent.rtt).toBeCloseTo(40);
  });
});

describe("trickle (RFC 8838)", () => {
  test("candidates that come late are paired and checked", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    for (const end of [pair.a, pair.z]) {
      const { usernameFragment, password } = pair.other(end);
      end.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    }
    pair.run(8000);
    expect([pair.a.agent.state, pair.z.agent.state]).toEqual(["new", "new"]);
    pair.signal(pair.a, pair.z.candidates[0]!);
    pair.signal(pair.z, pair.a.candidates[0]!);
    expect(pair.runUntil(() => pair.bothAre("connected"), 1000)).toBe(true);
    pair.run(1000);
    expect(pair.bothAre("connected")).toBe(true); // "completed" needs the end of candidates (webrtc-pc §5.6.4)
    pair.endCandidates(pair.a);
    pair.endCandidates(pair.z);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
  });

  test("one side's candidates are enough: the other learns them as peer-reflexive (RFC 8445 §7.3.1.3)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    const { usernameFragment, password } = pair.a;
    pair.z.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 1000)).toBe(true);
    expect(pair.z.of("selected-pair")[0]!.remote.type).toBe("prflx");
  });

  test("signalling that catches up with a check replaces the peer-reflexive candidate", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.describe(pair.a);
    pair.run(20); // z has seen checks, but knows no remote parameters
    pair.describe(pair.z);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    expect(pair.z.of("selected-pair")[0]!.remote).toEqual(pair.a.candidates[0]);
  });

  test("candidates that overtake their generation's parameters wait for them", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    for (const end of [pair.a, pair.z]) {
      const { usernameFragment, candidates } = pair.other(end);
      pair.signal(end, { ...candidates[0]!, usernameFragment });
      pair.signal(end, { ...candidates[0]!, port: 9, usernameFragment: "unknown" });
      pair.endCandidates(end);
      const { password } = pair.other(end);
      end.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
      pair.drain(end);
    }
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    expect(pair.strays).toHaveLength(0);
    expect(pair.a.agent.statistics.candidatesRefused).toBe(1);
  });

  test("a candidate of an unknown generation is dropped", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.negotiate();
    pair.signal(pair.a, { ...pair.z.candidates[0]!, port: 4242, usernameFragment: "elsewhere" });
    pair.run(1000);
    expect(pair.a.agent.statistics.candidatesRefused).toBe(1);
    expect(pair.strays).toHaveLength(0);
  });

  test("answers checks before it knows the peer's parameters, and checks back as soon as it does", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.describe(pair.z);
    pair.run(50);
    expect(pair.a.agent.statistics.checksReceived).toBeGreaterThan(0);
    expect(pair.a.agent.statistics.checksSent).toBe(0);
    expect(pair.z.agent.state).toBe("connected");
    expect(pair.a.agent.isValidPath({ socket: 1, address: "192.0.2.2", port: 5000 })).toBe(true);
    expect(pair.a.agent.selectedPath()).toBeUndefined();
    const { usernameFragment, password } = pair.z;
    pair.a.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    pair.drain(pair.a);
    expect(pair.a.agent.statistics.checksSent).toBe(1);
    expect(pair.runUntil(() => pair.a.agent.state === "connected", 20)).toBe(true);
  });
});

describe("NATs", () => {
  test("two hosts behind NATs meet over server-reflexive candidates (RFC 8445 §5.1.1.2)", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["10.0.0.1"], nat: "198.51.100.11" },
      { controlling: false, addresses: ["10.0.1.1"], nat: "198.51.100.12" },
    );
    pair.servers.add(STUN.host);
    pair.gather(pair.a, [STUN]);
    pair.gather(pair.z, [STUN]);
    const gathered = () =>
      pair.a.agent.gathererState === "complete" && pair.z.agent.gathererState === "complete";
    expect(pair.runUntil(gathered, 1000)).toBe(true);
    expect(pair.a.candidates.map(({ type }) => type)).toEqual(["host", "srflx"]);
    pair.describe(pair.z);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    const { local, remote } = pair.a.of("selected-pair").at(-1)!;
    expect([local.type, local.address, local.port]).toEqual(["srflx", "198.51.100.11", 15_000]);
    expect([remote.type, remote.address, remote.port]).toEqual(["srflx", "198.51.100.12", 15_000]);
  });

  test("a host behind a NAT without a server is peer-reflexive to both (RFC 8445 §7.2.5.3.1, §7.3.1.3)", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["10.0.0.1"], nat: "198.51.100.11" },
      { controlling: false },
    );
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 3000)).toBe(true);
    const { local } = pair.a.of("selected-pair").at(-1)!;
    const { remote } = pair.z.of("selected-pair").at(-1)!;
    expect([local.type, local.address, local.port]).toEqual(["prflx", "198.51.100.11", 15_000]);
    expect([local.relatedAddress, local.relatedPort]).toEqual(["10.0.0.1", 5000]);
    expect([remote.type, remote.address, remote.port]).toEqual(["prflx", "198.51.100.11", 15_000]);
    // PRIORITY in the check is what the candidate has (RFC 8445 §7.1.1).
    expect(local.priority).toBe(remote.priority);
    expect(pair.a.candidates.map(({ type }) => type)).toEqual(["host"]); // never signalled
  });

  test.each([[true], [false]])(
    "a NAT that changes its mapping is followed in seconds, without a restart (controlling: %s)",
    (controlling) => {
      const pair = new Pair(
        { controlling, addresses: ["10.0.0.1"], nat: "198.51.100.11" },
        { controlling: !controlling },
      );
      pair.negotiate();
      expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 3000)).toBe(true);
      pair.run(10_000);
      pair.a.natPortOffset = 20_000;
      const moved = () => pair.z.agent.selectedPath()?.port === 25_000;
      expect(pair.runUntil(moved, 15_000)).toBe(true);
      pair.run(60_000);
      expect(pair.bothAre("connected", "completed")).toBe(true);
      expect(pair.z.agent.selectedPath()?.port).toBe(25_000);
    },
  );
});

describe("mDNS names", () => {
  const name = "1c2f3a4b-0001-4002-8003-123456789abc.local";

  test("a remote .local candidate is resolved and keeps its name", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.a.names.set(name, ["192.0.2.2"]);
    const { usernameFragment, password } = pair.z;
    pair.a.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    pair.signal(pair.a, { ...pair.z.candidates[0]!, address: name });
    pair.endCandidates(pair.a);
    pair.describe(pair.z);
    expect(pair.a.of("resolve")).toEqual([{ type: "resolve", id: 1, name, mdns: true }]);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    expect(pair.a.of("selected-pair")[0]!.remote.address).toBe(name);
    expect(pair.a.agent.selectedPath()?.address).toBe("192.0.2.2");
  });

  test("a name that nobody knows is no obstacle: the peer's checks reveal its address", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.a.names.set(name, []);
    const { usernameFragment, password } = pair.z;
    pair.a.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    pair.signal(pair.a, { ...pair.z.candidates[0]!, address: name });
    pair.endCandidates(pair.a);
    pair.describe(pair.z);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
  });

  test.each([
    "example.com",
    "printer.local",
    `x${name}`,
    `${name}.`,
    "localhost",
    "127.1",
    "0x7f000001",
    "::ffff:1.2.3.4",
    "",
  ])("%j is refused without asking anybody (no stranger's name is resolved)", (address) => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.negotiate();
    pair.signal(pair.a, { ...pair.z.candidates[0]!, address });
    expect(pair.a.of("resolve")).toHaveLength(0);
    expect(pair.a.agent.statistics.candidatesRefused).toBe(1);
  });
});

describe("lossy networks", () => {
  const losses = [0, 0.05, 0.1, 0.2, 0.3];
  test.each(losses)("connects at %d loss, with jitter and reordering, for every seed", (loss) => {
    const times: number[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const controlling = seed % 4;
      const pair = new Pair(
        { controlling: controlling !== 1, addresses: ["192.0.2.1", "2001:db8::1"] },
        { controlling: controlling === 1 || controlling === 2, addresses: ["192.0.2.2", "2001:db8::2"] },
        seed,
      );
      pair.latency = 1 + pair.random.below(100);
      pair.jitter = 100;
      pair.loss = loss;
      pair.negotiate();
      const connected = pair.runUntil(() => pair.bothAre("connected", "completed"), 30_000);
      expect(connected, `seed ${seed}`).toBe(true);
      times.push(pair.now);
      expect(
        pair.runUntil(() => pair.bothAre("completed"), 60_000),
        `seed ${seed} completes`,
      ).toBe(true);
      expect(pair.a.agent.controlling).not.toBe(pair.z.agent.controlling);
    }
    times.sort((a, b) => a - b);
    expect(times.at(-1)).toBeLessThan(loss < 0.15 ? 3000 : 15_000);
  });
});
