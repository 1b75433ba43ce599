import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import { buildCheck } from "./check-message.ts";
import { messageOf, Pair } from "./pair.testing.ts";
import { Script } from "./script.testing.ts";
import { DEFAULT_TIMING, MAX_RETIRED_GENERATIONS } from "./timing.ts";

function connected(seed = 1): Pair {
  const pair = new Pair({ controlling: true }, { controlling: false }, seed);
  expect(pair.connect()).toBe(true);
  pair.run(1000);
  return pair;
}

/** Both ends restart; `z` learns about it first. */
function restartBoth(pair: Pair, generation: number): void {
  pair.restart(pair.a, `auf${generation}`);
  pair.gather(pair.a);
  pair.restart(pair.z, `zuf${generation}`);
  pair.gather(pair.z);
  pair.describe(pair.z);
}

describe("ICE restart (RFC 8445 §9)", () => {
  test("data keeps its path until the new generation has a nominated pair", () => {
    const pair = connected();
    const before = pair.a.agent.selectedPath();
    restartBoth(pair, 2);
    pair.run(3000);
    expect(pair.a.agent.selectedPath()).toEqual(before);
    expect(pair.a.agent.isValidPath({ ...before! })).toBe(true);
    expect(pair.z.agent.state).toBe("connected"); // no longer "completed" (webrtc-pc §5.6.4)
    expect(pair.a.agent.state).toBe("completed"); // nobody has answered its restart yet
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    expect(pair.a.of("selected-pair")).toHaveLength(2);
    expect(pair.a.states).toEqual(["checking", "connected", "completed", "connected", "completed"]);
    pair.run(60_000);
    expect(pair.bothAre("completed")).toBe(true);
  });

  test("candidates of the new generation are told under its fragment, gathering starts over", () => {
    const pair = connected();
    restartBoth(pair, 2);
    expect(pair.a.of("candidate").map(({ usernameFragment }) => usernameFragment)).toEqual(["auf1", "auf2"]);
    expect(pair.a.of("gathering-state").map(({ state }) => state)).toEqual([
      "gathering",
      "complete",
      "gathering",
      "complete",
    ]);
  });

  test("consent on the old pair goes on under the old credentials while the restart is under way", () => {
    const pair = connected();
    restartBoth(pair, 2);
    pair.run(60_000); // a never learns the new description
    expect(pair.a.agent.state).toBe("completed");
    expect(pair.z.agent.state).toBe("connected");
    expect(pair.a.agent.selectedPath()).toBeDefined();
    expect(pair.a.agent.statistics.droppedUnauthenticated).toBe(0);
  });

  test("the old credentials open nothing any more once the new pair is nominated", () => {
    const pair = connected();
    let old: Uint8Array | undefined;
    pair.filter = (from, bytes) => {
      if (from === pair.z && messageOf(bytes)!.messageClass === "request") old ??= bytes.slice();
      return bytes;
    };
    pair.run(10_000);
    restartBoth(pair, 2);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    const { droppedUnauthenticated } = pair.a.agent.statistics;
    pair.inject(pair.a, old!, { address: "192.0.2.2", port: 5000 });
    expect(pair.a.agent.statistics.droppedUnauthenticated).toBe(droppedUnauthenticated + 1);
  });

  test("new remote parameters before our own restart wait for it (offer first, restart with the answer)", () => {
    const pair = connected();
    pair.restart(pair.a, "auf2");
    pair.gather(pair.a);
    pair.describe(pair.z); // the offer: z has not restarted yet
    pair.run(500);
    expect(pair.bothAre("connected", "completed")).toBe(true);
    pair.restart(pair.z, "zuf2");
    pair.gather(pair.z);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    expect(pair.z.of("selected-pair")).toHaveLength(2);
  });

  test("a restart revives a failed agent", () => {
    const pair = connected();
    pair.filter = () => undefined;
    expect(pair.runUntil(() => pair.bothAre("failed"), 40_000)).toBe(true);
    pair.filter = (_from, bytes) => bytes;
    restartBoth(pair, 2);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 2000)).toBe(true);
    expect(pair.a.states.slice(-4)).toEqual(["failed", "checking", "connected", "completed"]);
  });

  test("a restart of a disconnected agent is checking (webrtc-pc §5.6.4)", () => {
    const pair = connected();
    pair.filter = () => undefined;
    expect(pair.runUntil(() => pair.bothAre("disconnected"), 15_000)).toBe(true);
    pair.restart(pair.a, "auf2");
    expect(pair.a.agent.state).toBe("disconnected"); // it may be rolled back
    pair.restart(pair.z, "zuf2");
    pair.describe(pair.a);
    expect(pair.a.agent.state).toBe("checking");
    pair.run(2000);
    expect(pair.a.agent.state).toBe("checking");
  });

  test("a restart after which the peer has no candidates fails, whatever worked before", () => {
    const pair = connected();
    pair.restart(pair.a, "auf2");
    pair.restart(pair.z, "zuf2");
    pair.gather(pair.a);
    const { usernameFragment, password } = pair.z;
    pair.a.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    pair.endCandidates(pair.a);
    pair.run(9000);
    expect(pair.a.agent.state).toBe("connected");
    pair.run(2000);
    expect(pair.a.agent.state).toBe("failed");
    expect(pair.a.agent.selectedPath()).toBeUndefined();
  });

  test("another peer takes over: its checks meet our credentials and candidates, and it alone is connected", () => {
    const pair = connected();
    const gathered = pair.a.of("candidate").length;
    const { usernameFragment, password } = pair.z;
    expect(pair.a.agent.remoteUsernameFragment).toBe(usernameFragment);
    pair.a.agent.replacePeer(pair.now, { usernameFragment: "other", password, lite: false });
    pair.drain(pair.a);
    expect(pair.a.agent.state).toBe("checking");
    expect(pair.a.agent.selectedPath()).toBeUndefined();
    expect(pair.a.of("candidate")).toHaveLength(gathered);
    expect(pair.a.agent.remoteUsernameFragment).toBe("other");
  });

  describe("the same peer from other sockets", () => {
    const signal = (script: Script, port: number, address = "192.0.2.99") =>
      script.agent.addRemoteCandidate(script.now, {
        ...{ foundation: "1", component: 1, protocol: "udp", priority: 2_000_000_000 - port },
        ...{ address, port, type: "host" },
      });
    /** Ports that are checked after the peer has moved; 7000 was signalled long before it said so, 7001 after. */
    function checkedAfterMoving(lite: boolean): Set<number> {
      const script = new Script({ controlling: true });
      script.describe(undefined, lite);
      script.answerAll();
      script.advance(5000);
      const since = script.now;
      signal(script, 7001);
      signal(script, 7000); // once more changes nothing
      script.advance(100);
      const before = script.sent.length;
      script.agent.replacePeer(script.now, { since });
      script.drain();
      script.answers = false;
      script.advance(1000);
      return new Set(script.sent.slice(before).map(({ path }) => path.port));
    }

    test("is checked where it says it is since it was about to move, not where it was", () => {
      expect(checkedAfterMoving(false)).toEqual(new Set([7001]));
    });

    test("is checked wherever it has ever been if it is lite: its checks will not show where it is", () => {
      expect(checkedAfterMoving(true)).toEqual(new Set([7000, 7001]));
    });

    test("may have told a name that is still looked up", () => {
      const script = new Script({ controlling: true });
      script.describe();
      script.answerAll();
      script.advance(100);
      signal(script, 7001, "0a0a0a0a-0000-4000-8000-000000000001.local");
      script.agent.replacePeer(script.now, { since: script.now });
      script.drain();
      const asked = script.of("resolve");
      script.agent.resolved(script.now, asked.at(-1)!.id, ["192.0.2.98"]);
      script.drain();
      script.answerAll();
      expect(script.agent.selectedPath()).toMatchObject({ address: "192.0.2.98", port: 7001 });
    });
  });

  test("a restart on a new address, the old one gone, keeps the session within a second of the description", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["192.0.2.1", "198.51.100.1"] },
      { controlling: false },
    );
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("completed"), 3000)).toBe(true);
    for (const socket of [1, 2]) pair.a.agent.removeSocket(pair.now, socket);
    pair.drain(pair.a);
    expect(pair.a.agent.state).toBe("disconnected");
    restartBoth(pair, 2);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
  });

  test("the old pairs are listened to for five seconds more, then their sockets are given back (RFC 8445 §8.3.1)", () => {
    const pair = connected();
    const old = { ...pair.a.agent.selectedPath()! };
    pair.a.reopens = true;
    restartBoth(pair, 2);
    pair.run(1000);
    expect(pair.a.sockets.map(({ socket }) => socket)).toEqual([1, 2]);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.a.agent.selectedPath()?.socket === 2, 1000)).toBe(true);
    pair.run(DEFAULT_TIMING.retiredFor - 1);
    expect(pair.a.agent.isValidPath(old)).toBe(true);
    expect(pair.a.of("release-socket")).toEqual([]);
    pair.run(1);
    expect(pair.a.agent.isValidPath(old)).toBe(false);
    expect(pair.a.of("release-socket")).toEqual([{ type: "release-socket", socket: 1 }]);
    expect(pair.z.of("release-socket")).toEqual([]); // z uses its socket again
  });

  test("a path that was never valid is not after a restart either", () => {
    const pair = connected();
    const other = { ...pair.a.agent.selectedPath()!, port: 4999 };
    restartBoth(pair, 2);
    pair.describe(pair.a);
    pair.run(1000);
    expect(pair.a.agent.isValidPath(other)).toBe(false);
  });

  test("of generations in quick succession the last ones are listened to", () => {
    const pair = connected();
    pair.a.reopens = true;
    for (let generation = 2; generation < 2 + MAX_RETIRED_GENERATIONS; generation++) {
      restartBoth(pair, generation);
      pair.describe(pair.a);
      expect(pair.runUntil(() => pair.a.agent.selectedPath()?.socket === generation, 1000)).toBe(true);
    }
    expect(pair.a.of("release-socket")).toEqual([]);
    restartBoth(pair, 99);
    pair.describe(pair.a);
    pair.run(500);
    expect(pair.a.of("release-socket")).toEqual([{ type: "release-socket", socket: 1 }]);
  });

  test("while a pair of before carries data, one that the peer has checked too is nominated (docs/ice.md)", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["192.0.2.1", "198.51.100.1"] },
      { controlling: false },
    );
    expect(pair.connect()).toBe(true);
    const best = pair.a.agent.selectedPath()!;
    const checks = (from: unknown, bytes: Uint8Array) =>
      from === pair.z && messageOf(bytes)!.messageClass === "request";
    // z never checks the best pair of the new generation.
    pair.filter = (from, bytes, path) =>
      checks(from, bytes) && path.address === "192.0.2.1" ? undefined : bytes;
    restartBoth(pair, 2);
    pair.describe(pair.a);
    pair.run(300);
    expect(pair.a.agent.selectedPath()!.socket).not.toBe(best.socket);

    // It checks none at all: after half a second the best one is nominated all the same.
    pair.filter = (from, bytes) => (checks(from, bytes) ? undefined : bytes);
    const before = { ...pair.a.agent.selectedPath()! };
    restartBoth(pair, 3);
    pair.describe(pair.a);
    pair.run(400);
    expect(pair.a.agent.selectedPath()).toEqual(before);
    pair.run(300);
    expect(pair.a.agent.selectedPath()).toEqual(best);
  });

  test("a check between sessions of different restarts is not answered: such a pair has no future", () => {
    const pair = connected();
    const check = (username: string) =>
      buildCheck(nodeCrypto, {
        transactionId: new Uint8Array(12).fill(7),
        username: encodeUtf8(username),
        key: encodeUtf8(pair.a.password),
        priority: 1000,
        controlling: false,
        tieBreaker: new Uint8Array(8),
        useCandidate: false,
      });
    const answered = (bytes: Uint8Array) => {
      const before = pair.a.agent.statistics.responsesSent;
      pair.inject(pair.a, bytes, { port: 6000 });
      return pair.a.agent.statistics.responsesSent > before;
    };
    expect(answered(check("auf1:zuf1"))).toBe(true);
    // z has restarted, and its offer has not come yet.
    expect(answered(check("auf1:zuf2"))).toBe(false);
    expect(pair.a.agent.statistics.droppedUnexpected).toBe(1);
    // We have restarted, and z checks our new candidates from its old ones.
    pair.restart(pair.a, "auf2");
    pair.gather(pair.a);
    expect(answered(check("auf2:zuf1"))).toBe(false);
    expect(answered(check("auf2:zuf2"))).toBe(true); // it has overtaken the answer
  });

  test("a restart of what never connected gives its sockets back at once", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.a.reopens = true;
    pair.gather(pair.a);
    pair.restart(pair.a, "auf2");
    expect(pair.a.sockets).toEqual([]);
    pair.gather(pair.a);
    expect(pair.a.sockets).toHaveLength(1);
  });

  test("a hundred restarts in a row, some while another is under way, end connected", () => {
    const pair = new Pair({ controlling: true }, { controlling: false }, 5);
    pair.loss = 0.1;
    pair.negotiate();
    for (let generation = 2; generation < 102; generation++) {
      pair.run(pair.random.below(3000));
      restartBoth(pair, generation);
      pair.run(pair.random.below(300));
      if (generation % 3 === 0) restartBoth(pair, generation + 1000);
      pair.describe(pair.a);
    }
    expect(pair.runUntil(() => pair.bothAre("completed"), 30_000)).toBe(true);
    expect(pair.a.states).not.toContain("failed");
  });
});
