import { describe, expect, test } from "vitest";
import { messageOf, Pair } from "./pair.testing.ts";

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

  test("sockets that only the old generation used are given back when the new one has taken over", () => {
    const pair = connected();
    pair.a.reopens = true;
    restartBoth(pair, 2);
    pair.run(1000);
    expect(pair.a.sockets.map(({ socket }) => socket)).toEqual([1, 2]);
    expect(pair.a.agent.selectedPath()?.socket).toBe(1);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
    expect(pair.a.agent.selectedPath()?.socket).toBe(2);
    expect(pair.a.of("release-socket")).toEqual([{ type: "release-socket", socket: 1 }]);
    expect(pair.z.of("release-socket")).toEqual([]); // z uses its socket again
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
