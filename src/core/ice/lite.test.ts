import { describe, expect, test } from "vitest";
import { ICE_CONTROLLED, ICE_CONTROLLING } from "../stun/index.ts";
import { messageOf, Pair } from "./pair.testing.ts";
import { Script } from "./script.testing.ts";
import { DEFAULT_TIMING } from "./timing.ts";

const STUN = {
  url: "stun:198.51.100.1",
  scheme: "stun",
  host: "198.51.100.1",
  port: 3478,
  transport: "udp",
} as const;

/** Everything of a class of messages that `pair`'s ends send from now on, by the sender's name. */
function messagesOf(pair: Pair, messageClass: "request" | "indication"): string[] {
  const senders: string[] = [];
  pair.filter = (from, bytes) => {
    if (messageOf(bytes)?.messageClass === messageClass) senders.push(from.name);
    return bytes;
  };
  return senders;
}

describe("a lite agent and a full one", () => {
  test.each([
    [true, false],
    [false, true],
    [true, true],
    [false, false],
  ])(
    "z is lite; a controlling: %s, z controlling: %s at first: a controls, both complete (RFC 8445 §6.1.1)",
    (a, z) => {
      const pair = new Pair({ controlling: a }, { controlling: z, lite: true });
      expect(pair.connect()).toBe(true);
      expect([pair.a.agent.controlling, pair.z.agent.controlling]).toEqual([true, false]);
      expect(pair.a.agent.selectedPath()).toEqual({ socket: 1, address: "192.0.2.2", port: 5000 });
      expect(pair.z.agent.selectedPath()).toEqual({ socket: 1, address: "192.0.2.1", port: 5000 });
    },
  );

  test("the lite one sends no request in a minute of it, and both stay connected (RFC 8445 §2.5, RFC 7675 §5.1)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false, lite: true });
    const senders = messagesOf(pair, "request");
    expect(pair.connect()).toBe(true);
    pair.run(60_000);
    expect(new Set(senders)).toEqual(new Set(["a"]));
    expect(pair.bothAre("completed")).toBe(true);
  });

  test("the lite one connects from behind no NAT to a peer behind one, which checks from an address that nobody told", () => {
    const pair = new Pair({ controlling: false, nat: "203.0.113.7" }, { controlling: true, lite: true });
    expect(pair.connect()).toBe(true);
    expect(pair.z.agent.selectedPath()?.address).toBe("203.0.113.7");
  });

  test("the lite one has host candidates only, whatever servers it is given (RFC 8445 §5.2)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false, lite: true });
    pair.gather(pair.z, [STUN]);
    expect(pair.z.candidates.map(({ type, protocol }) => `${type} ${protocol}`)).toEqual(["host udp"]);
    expect(pair.z.agent.gathererState).toBe("complete");
    expect(pair.strays).toEqual([]);
  });

  test("a restart goes on with the pair of before until the peer nominates another one (RFC 8445 §9)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    pair.restart(pair.a, "auf2");
    pair.restart(pair.z, "zuf2");
    expect(pair.z.agent.selectedPath()).toBeDefined();
    const before = pair.z.of("selected-pair").length;
    pair.negotiate();
    expect(pair.runUntil(() => pair.z.of("selected-pair").length > before, 5000)).toBe(true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
  });

  test("the peer falls silent: disconnected after two checks that are missing, failed after 30 s (RFC 7675 §5.1)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    pair.run(20_000);
    pair.filter = (from, bytes) => (from === pair.a ? undefined : bytes);
    const { now } = pair;
    expect(pair.runUntil(() => pair.z.agent.state === "disconnected", 60_000)).toBe(true);
    expect(pair.now - now).toBeLessThanOrEqual(2 * 1.2 * DEFAULT_TIMING.consentInterval + 500);
    expect(pair.runUntil(() => pair.z.agent.state === "failed", 60_000)).toBe(true);
    expect(pair.now - now).toBeLessThanOrEqual(DEFAULT_TIMING.consentExpiry);
    expect(pair.z.agent.selectedPath()).toBeUndefined();
  });

  test("data is a sign of life, and no consent: disconnected never, failed after 30 s without a check", () => {
    const pair = new Pair({ controlling: true }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    const path = pair.z.agent.selectedPath()!;
    pair.filter = (from, bytes) => (from === pair.a ? undefined : bytes);
    for (let i = 0; i < 35; i++) {
      pair.z.agent.noteDataReceived(pair.now, path, 100);
      pair.run(1000);
    }
    expect(pair.z.states).not.toContain("disconnected");
    expect(pair.z.agent.state).toBe("failed");
  });

  test("lost checks do not disconnect, and what is lost for ten seconds comes back", () => {
    const pair = new Pair({ controlling: true }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    pair.loss = 0.2;
    pair.run(120_000);
    expect(pair.z.states).not.toContain("disconnected");
    pair.loss = 1;
    pair.run(20_000);
    expect(pair.z.agent.state).toBe("disconnected");
    pair.loss = 0;
    expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 5000)).toBe(true);
  });

  test("the peer moves to another address, and the lite one follows its nomination", () => {
    const pair = new Pair({ controlling: true, nat: "203.0.113.7" }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    pair.run(10_000);
    pair.a.natPortOffset = 20_000;
    const moved = () => pair.z.agent.selectedPath()?.port === 25_000;
    expect(pair.runUntil(moved, 15_000)).toBe(true);
    pair.run(40_000);
    expect(moved()).toBe(true);
    expect(pair.bothAre("connected", "completed")).toBe(true);
  });
});

describe("two lite agents (RFC 8445 §8.2)", () => {
  test("take the best pair without a check, and who offers controls (§6.1.1)", () => {
    const addresses = (last: number) => [`192.0.2.${last}`, `2001:db8::${last}`];
    const pair = new Pair(
      { controlling: true, lite: true, addresses: addresses(1) },
      { controlling: false, lite: true, addresses: addresses(2) },
    );
    const senders = messagesOf(pair, "request");
    expect(pair.connect()).toBe(true);
    expect(senders).toEqual([]);
    expect(pair.a.agent.selectedPath()).toEqual({ socket: 2, address: "2001:db8::2", port: 5000 });
    expect(pair.z.agent.selectedPath()).toEqual({ socket: 2, address: "2001:db8::1", port: 5000 });
    expect([pair.a.agent.controlling, pair.z.agent.controlling]).toEqual([true, false]);
  });

  test("keep the path open with a Binding indication every 15 s in which they send nothing (§11)", () => {
    const pair = new Pair({ controlling: true, lite: true }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    const senders = messagesOf(pair, "indication");
    pair.run(61_000);
    expect(senders.filter((name) => name === "a")).toHaveLength(4);
    expect(senders.filter((name) => name === "z")).toHaveLength(4);
    expect(pair.bothAre("completed")).toBe(true);
  });

  test("are disconnected when nothing comes for two keep-alives, and connected when something does", () => {
    const pair = new Pair({ controlling: true, lite: true }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    pair.loss = 1;
    pair.run(31_000);
    expect(pair.bothAre("disconnected")).toBe(true);
    pair.run(60_000);
    expect(pair.bothAre("disconnected")).toBe(true);
    pair.loss = 0;
    expect(pair.runUntil(() => pair.bothAre("completed", "connected"), 16_000)).toBe(true);
  });
});

describe("checks that a lite agent gets", () => {
  const lite = (controlling = false) => new Script({ controlling, options: { lite: true } });

  test("a check without USE-CANDIDATE is answered and selects nothing (§7.3.2)", () => {
    const script = lite();
    script.describe();
    expect(script.check({ role: ICE_CONTROLLING })?.messageClass).toBe("success");
    expect(script.agent.selectedPath()).toBeUndefined();
    expect(script.agent.isValidPath({ socket: 1, address: "192.0.2.99", port: 7000 })).toBe(true);
    script.check({ role: ICE_CONTROLLING, useCandidate: true });
    expect(script.agent.selectedPath()?.port).toBe(7000);
    expect(script.requestTimes).toEqual([]);
  });

  test("a peer that believes it is controlled is told otherwise with 487, whatever its tie-breaker (§6.1.1)", () => {
    for (const tieBreaker of [new Uint8Array(8), new Uint8Array(8).fill(255)]) {
      const script = lite();
      script.describe();
      const answer = script.check({ role: ICE_CONTROLLED, tieBreaker });
      expect(answer?.errorCode?.code).toBe(487);
      expect(script.agent.controlling).toBe(false);
    }
  });

  test("a check that overtakes the answer makes a lite offerer controlled", () => {
    const script = lite(true);
    expect(script.check({ role: ICE_CONTROLLING, useCandidate: true })?.messageClass).toBe("success");
    expect(script.agent.controlling).toBe(false);
    expect(script.agent.selectedPath()?.port).toBe(7000);
  });

  test("of pairs that are nominated together the best one holds, of later ones the last (RFC 5245 §8.1.1.2)", () => {
    const script = lite();
    script.describe();
    const nominate = (port: number, priority: number) => {
      script.check({ role: ICE_CONTROLLING, useCandidate: true, port, priority });
      return script.agent.selectedPath()?.port;
    };
    expect(nominate(7001, 2000)).toBe(7001);
    expect(nominate(7002, 1000)).toBe(7001);
    expect(nominate(7003, 3000)).toBe(7003);
    script.advance(DEFAULT_TIMING.nominationPatience + 1);
    expect(nominate(7002, 1000)).toBe(7002);
  });

  test("an indication of a stranger is no sign of life where checks are", () => {
    const pair = new Pair({ controlling: true }, { controlling: false, lite: true });
    expect(pair.connect()).toBe(true);
    const { droppedUnexpected } = pair.z.agent.statistics;
    const indication = Uint8Array.of(0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12));
    pair.inject(pair.z, indication, { address: "192.0.2.1", port: 5000 });
    expect(pair.z.agent.statistics.droppedUnexpected).toBe(droppedUnexpected + 1);
  });
});
