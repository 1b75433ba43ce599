import { describe, expect, test } from "vitest";
import { type End, Pair } from "./pair.testing.ts";
import { MAX_PAIRS } from "./timing.ts";

const TWO = { addresses: ["192.0.2.1", "198.51.100.1"] } as const;

/** `a` controls and has two addresses, so two pairs; its application is asked. */
function supervised(): Pair {
  return new Pair({ controlling: true, supervised: true, ...TWO }, { controlling: false });
}

const pairsOf = (end: End) => end.of("pair-added");
const proposals = (end: End) => end.of("nomination-proposed").map(({ pair }) => pair);

/** Runs until a nomination is proposed, and decides. */
function decide(pair: Pair, accepted: boolean): number {
  const before = proposals(pair.a).length;
  if (before === 0) expect(pair.runUntil(() => proposals(pair.a).length > 0, 5000)).toBe(true);
  const number = proposals(pair.a).at(-1)!;
  pair.a.agent.decideNomination(pair.now, number, accepted);
  pair.drain(pair.a);
  return number;
}

describe("under supervision (webrtc-extensions, RTCIceTransport)", () => {
  test("pairs are told when they are formed, and nothing is nominated before the application agrees", () => {
    const pair = supervised();
    pair.negotiate();
    pair.run(3000);
    expect(pairsOf(pair.a).map(({ local }) => local.address)).toEqual(["192.0.2.1", "198.51.100.1"]);
    expect(proposals(pair.a)).toHaveLength(1);
    expect(pair.a.agent.state).toBe("connected");
    expect(pair.z.agent.state).toBe("connected");
    decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    expect(pair.a.of("selected-pair").at(-1)!.pair).toBe(proposals(pair.a)[0]);
  });

  test("without supervision nothing is told and nobody is waited for", () => {
    const pair = new Pair({ controlling: true, ...TWO }, { controlling: false });
    expect(pair.connect()).toBe(true);
    expect([...pairsOf(pair.a), ...pair.a.of("nomination-proposed")]).toEqual([]);
  });

  test("a refused nomination is not proposed again, data flows on, and a choice is proposed anew", () => {
    const pair = supervised();
    pair.negotiate();
    const first = decide(pair, false);
    pair.run(60_000);
    expect(proposals(pair.a)).toEqual([first]);
    expect(pair.bothAre("connected")).toBe(true);
    const other = pairsOf(pair.a).find(({ pair: number }) => number !== first)!.pair;
    pair.a.agent.choosePair(pair.now, other, 7);
    pair.drain(pair.a);
    expect(pair.runUntil(() => pair.a.of("selection").length > 0, 5000)).toBe(true);
    expect(pair.a.of("selection")).toEqual([{ type: "selection", request: 7, succeeded: true }]);
    expect(pair.a.agent.selectedPath()!.socket).toBe(2);
    expect(proposals(pair.a)).toEqual([first, other]);
    decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    expect(pair.z.agent.selectedPath()!.address).toBe("198.51.100.1");
  });

  test("the answer to a choice comes after the pair and the state that follow from it", () => {
    const pair = supervised();
    pair.negotiate();
    const first = decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    const other = pairsOf(pair.a).find(({ pair: number }) => number !== first)!.pair;
    const seen = pair.a.events.length;
    pair.a.agent.choosePair(pair.now, other, 1);
    pair.drain(pair.a);
    expect(pair.runUntil(() => pair.a.of("selection").length > 0, 5000)).toBe(true);
    const types = pair.a.events.slice(seen).map(({ type }) => type);
    expect(types.indexOf("selected-pair")).toBeGreaterThanOrEqual(0);
    expect(types.indexOf("selection")).toBeGreaterThan(types.indexOf("selected-pair"));
  });

  test("a choice that does not answer fails, and data stays where it was", () => {
    const pair = supervised();
    pair.negotiate();
    const first = decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    pair.run(10_000);
    pair.filter = (_from, bytes, { socket, address }) =>
      socket === 2 || address === "198.51.100.1" ? undefined : bytes;
    const other = pairsOf(pair.a).find(({ pair: number }) => number !== first)!.pair;
    const path = pair.a.agent.selectedPath();
    pair.a.agent.choosePair(pair.now, other, 1);
    pair.drain(pair.a);
    expect(pair.runUntil(() => pair.a.of("selection").length > 0, 60_000)).toBe(true);
    expect(pair.a.of("selection")[0]!.succeeded).toBe(false);
    expect(pair.a.agent.selectedPath()).toEqual(path);
  });

  test("a chosen pair that falls silent is left for the nominated one", () => {
    const pair = supervised();
    pair.negotiate();
    const first = decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    const other = pairsOf(pair.a).find(({ pair: number }) => number !== first)!.pair;
    pair.a.agent.choosePair(pair.now, other, 1);
    pair.drain(pair.a);
    expect(pair.runUntil(() => pair.a.agent.selectedPath()!.socket === 2, 5000)).toBe(true);
    pair.filter = (_from, bytes, { socket, address }) =>
      socket === 2 || address === "198.51.100.1" ? undefined : bytes;
    expect(pair.runUntil(() => pair.a.agent.selectedPath()!.socket === 1, 15_000)).toBe(true);
  });

  test("a removed pair is not used, answered or formed again", () => {
    const pair = supervised();
    pair.negotiate();
    const first = decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    pair.a.agent.removePair(pair.now, first);
    pair.drain(pair.a);
    expect(pair.a.of("pair-removed").map(({ pair: number }) => number)).toEqual([first]);
    const added = pairsOf(pair.a).length;
    // The other pair is checked again, and proposed.
    expect(pair.runUntil(() => pair.a.agent.selectedPath()?.socket === 2, 5000)).toBe(true);
    const { checksReceived } = pair.a.agent.statistics;
    const answers: number[] = [];
    pair.filter = (from, bytes, { socket }) => {
      if (from === pair.a) answers.push(socket);
      return bytes;
    };
    pair.run(20_000);
    expect(pair.a.agent.statistics.checksReceived).toBeGreaterThan(checksReceived);
    expect(answers).not.toContain(1);
    expect(pairsOf(pair.a)).toHaveLength(added);
    decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 20_000)).toBe(true);
  });

  test("all pairs of before go with a restart, once another one has taken over", () => {
    const pair = supervised();
    pair.negotiate();
    decide(pair, true);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    const before = pairsOf(pair.a).map(({ pair: number }) => number);
    pair.restart(pair.a, "auf2");
    pair.restart(pair.z, "zuf2");
    pair.negotiate();
    expect(pair.runUntil(() => proposals(pair.a).length > 1, 5000)).toBe(true);
    expect(pair.a.of("pair-removed")).toEqual([]);
    decide(pair, true);
    pair.run(1000);
    expect(pair.a.of("pair-removed").map(({ pair: number }) => number)).toEqual(before);
  });

  test("pairs beyond the limit are told as gone when others take their place, and no more than the limit are known", () => {
    const many = Array.from({ length: 11 }, (_, i) => `10.${i}.0.1`);
    const pair = new Pair({ controlling: true, supervised: true, addresses: many }, { controlling: false });
    pair.gather(pair.a);
    pair.a.agent.setRemoteParameters(0, { usernameFragment: "zuf1", password: pair.z.password, lite: false });
    for (let i = 0; i < 100; i++) {
      const rest = {
        foundation: "1",
        component: 1,
        protocol: "udp",
        address: "192.0.2.2",
        type: "host",
      } as const;
      pair.signal(pair.a, { ...rest, port: 6000 + i, priority: 1000 + i });
    }
    expect(pairsOf(pair.a).length - pair.a.of("pair-removed").length).toBe(MAX_PAIRS);
  });

  test("a decision about a pair that is gone, and names that nobody has, change nothing", () => {
    const pair = supervised();
    pair.negotiate();
    expect(pair.runUntil(() => proposals(pair.a).length > 0, 5000)).toBe(true);
    const [number] = proposals(pair.a);
    pair.a.agent.removePair(pair.now, number!);
    pair.a.agent.decideNomination(pair.now, number!, true);
    pair.a.agent.removePair(pair.now, 999);
    pair.a.agent.choosePair(pair.now, 999, 3);
    pair.drain(pair.a);
    expect(pair.a.of("selection")).toEqual([{ type: "selection", request: 3, succeeded: false }]);
    expect(pair.a.agent.selectedPath()?.socket).not.toBe(1);
  });
});
