import { describe, expect, test } from "vitest";
import type { IceServer } from "../base/ice-candidate.ts";
import { NEVER } from "../base/instant.ts";
import { Pair } from "./pair.testing.ts";
import { Script } from "./script.testing.ts";
import { MAX_LOCAL_ADDRESSES } from "./timing.ts";

const STUN: IceServer = { url: "stun:s", scheme: "stun", host: "198.51.100.1", port: 3478, transport: "udp" };
const TURN: IceServer = { ...STUN, url: "turn:t", scheme: "turn", username: "user", credential: "secret" };
const TURN_TCP: IceServer = { ...TURN, transport: "tcp" };

/** An agent whose gathering has begun, with one address. */
function gathering(servers: readonly IceServer[], policy: "all" | "relay" = "all"): Script {
  const script = new Script({ controlling: true, gather: false });
  script.agent.gather(script.now, { servers, policy });
  appear(script, 1, "192.0.2.1");
  script.agent.socketsComplete(script.now);
  script.drain();
  return script;
}

function appear(script: Script, socket: number, address: string, loopback = false): void {
  script.agent.addSocket(script.now, { socket, address, port: 5000 + socket, loopback });
  script.drain();
}

const addressesOf = (script: Script) => script.of("candidate").map(({ candidate }) => candidate.address);
const released = (script: Script) => script.of("release-socket").map(({ socket }) => socket);

describe("an address that appears", () => {
  test("while gathering goes on: its candidates are told, and the servers are asked from it", () => {
    const script = gathering([STUN, TURN]);
    appear(script, 2, "192.0.2.2");
    expect(addressesOf(script)).toEqual(["192.0.2.1", "192.0.2.2"]);
    const [first, second] = script.of("candidate").map(({ candidate }) => candidate.priority);
    expect(second).toBeLessThan(first!);
    expect(script.of("allocate").map(({ socket }) => socket)).toEqual([1, 2]);
    expect(script.agent.gathererState).toBe("gathering");
  });

  test("after the end of gathering: nobody is told (RFC 8838 §13), and servers are asked all the same", () => {
    const script = gathering([TURN]);
    script.agent.serverFailed(script.now, script.of("allocate")[0]!.id, 486, "");
    expect(script.agent.gathererState).toBe("complete");
    appear(script, 2, "192.0.2.2");
    expect(script.of("allocate").map(({ socket }) => socket)).toEqual([1, 2]);
    script.agent.serverFailed(script.now, script.of("allocate")[1]!.id, 486, "");
    script.drain();
    expect(addressesOf(script)).toEqual(["192.0.2.1"]);
    expect(script.of("candidate-error")).toHaveLength(1);
    expect(script.of("gathering-state").map(({ state }) => state)).toEqual(["gathering", "complete"]);
    expect(released(script)).toEqual([]);
  });

  test("does not ask a server again over a stream that works, but does when that is gone", () => {
    const script = gathering([TURN_TCP]);
    const relayed = { socket: -1, address: "198.51.100.1", port: 7000 };
    script.agent.relayAllocated(script.now, script.of("allocate")[0]!.id, [relayed], undefined);
    appear(script, 2, "192.0.2.2");
    expect(script.of("allocate")).toHaveLength(1);
    script.agent.removeSocket(script.now, -1);
    appear(script, 3, "192.0.2.3");
    expect(script.of("allocate")).toHaveLength(2);
  });

  test('with the policy "relay": only the server hears of it', () => {
    const script = gathering([TURN], "relay");
    appear(script, 2, "192.0.2.2");
    expect(script.of("allocate").map(({ socket }) => socket)).toEqual([1, 2]);
    expect(addressesOf(script)).toEqual([]);
  });

  test("is of no use on loopback, without gathering, to a failed agent, and beyond the limit", () => {
    const script = gathering([]);
    appear(script, 2, "127.0.0.1", true);
    expect(released(script)).toEqual([2]);
    for (let n = 1; n <= MAX_LOCAL_ADDRESSES; n++) appear(script, 2 + n, `192.0.2.${2 + n}`);
    expect(released(script)).toEqual([2, 2 + MAX_LOCAL_ADDRESSES]);
    const unasked = new Script({ controlling: true, gather: false });
    appear(unasked, 1, "192.0.2.1");
    expect(released(unasked)).toEqual([1]);
    const failed = new Script({ controlling: true });
    failed.answers = false;
    failed.describe();
    failed.agent.endOfRemoteCandidates(failed.now);
    failed.advance(60_000);
    expect(failed.agent.state).toBe("failed");
    appear(failed, 9, "192.0.2.9");
    expect(released(failed)).toContain(9);
  });

  test("servers that do not answer it are given up in the end", () => {
    const silent = gathering([TURN]);
    silent.agent.serverFailed(silent.now, silent.of("allocate")[0]!.id, 486, "");
    appear(silent, 2, "192.0.2.2");
    silent.advance(60_000);
    expect(silent.of("abandon-allocation")).toHaveLength(1);
    expect(silent.agent.nextTimeout()).toBe(NEVER);
  });
});

describe.each([
  ["controlling", true],
  ["controlled", false],
])("a network that is left for another one by the %s end", (_name, controlling) => {
  /** Connected for a minute, so that consent on pairs other than the selected one is long over. */
  function connected(): Pair {
    const pair = new Pair(
      { controlling, addresses: ["192.0.2.1"] },
      { controlling: !controlling, addresses: ["192.0.2.2", "198.51.100.2"] },
    );
    expect(pair.connect()).toBe(true);
    pair.run(60_000);
    return pair;
  }

  function join(pair: Pair, address: string): void {
    const socket = { socket: 7, address, port: 5007 };
    pair.a.sockets.push(socket);
    pair.a.agent.addSocket(pair.now, { ...socket, loopback: false });
    pair.drain(pair.a);
  }

  function leave(pair: Pair): void {
    pair.a.sockets = pair.a.sockets.filter(({ socket }) => socket !== 1);
    pair.a.agent.removeSocket(pair.now, 1);
    pair.drain(pair.a);
  }

  const moved = (pair: Pair) =>
    pair.a.agent.selectedPath()?.socket === 7 &&
    pair.z.agent.selectedPath()?.address === "203.0.113.5" &&
    pair.bothAre("connected", "completed");

  test("is back within 2 s, by what the peer learns from checks alone", () => {
    const pair = connected();
    leave(pair);
    expect(pair.a.agent.state).toBe("disconnected");
    join(pair, "203.0.113.5");
    expect(pair.runUntil(() => moved(pair), 2000)).toBe(true);
    expect(pair.a.of("candidate").map(({ candidate }) => candidate.address)).toEqual(["192.0.2.1"]);
  });

  test("loses nothing when the other network is there before", () => {
    const pair = connected();
    join(pair, "203.0.113.5");
    pair.run(5000);
    expect(pair.a.agent.selectedPath()?.socket).toBe(1);
    leave(pair);
    expect(pair.runUntil(() => moved(pair), 2000)).toBe(true);
  });

  test("uses no pair that has not answered since: consent on it may be long over (RFC 7675 §5.1)", () => {
    const pair = connected();
    join(pair, "203.0.113.5");
    pair.run(60_000);
    leave(pair);
    expect(pair.a.agent.selectedPath()).toBeUndefined();
    expect(pair.a.agent.state).toBe("disconnected");
    expect(pair.runUntil(() => moved(pair), 2000)).toBe(true);
    pair.run(60_000);
    expect(moved(pair)).toBe(true);
  });

  test("may stay away for 25 s, and not for longer than consent lasts", () => {
    for (const [away, states] of [
      [25_000, ["connected", "completed"]],
      [35_000, ["failed"]],
    ] as const) {
      const pair = connected();
      leave(pair);
      pair.run(away);
      join(pair, "203.0.113.5");
      pair.run(4000);
      expect(states).toContain(pair.a.agent.state);
    }
  });
});

test("all addresses gone while connecting: waits for another one before it fails", () => {
  const pair = new Pair({ controlling: true }, { controlling: false });
  pair.filter = () => undefined;
  pair.negotiate();
  pair.run(1000);
  pair.a.sockets = [];
  pair.a.agent.removeSocket(pair.now, 1);
  pair.drain(pair.a);
  expect(pair.a.agent.state).toBe("checking");
  pair.filter = (_from, bytes) => bytes;
  const socket = { socket: 7, address: "203.0.113.5", port: 5007 };
  pair.a.sockets.push(socket);
  pair.a.agent.addSocket(pair.now, { ...socket, loopback: false });
  pair.drain(pair.a);
  expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 2000)).toBe(true);
});
