import { describe, expect, test } from "vitest";
import type { LocalAddress, UdpSocket } from "../host/host.ts";
import { SimulationFailure, World } from "./index.ts";
import { MDNS_TIMEOUT, RESOLVE_TIMEOUT } from "./names.ts";
import { EPHEMERAL_PORTS_FROM, FROZEN_RECEIVE_LIMIT, type SimHost } from "./sim-host.ts";
import { ADDRESS_NOTICE } from "./sim-interfaces.ts";

interface Endpoint {
  readonly socket: UdpSocket;
  readonly received: { text: string; address: string; port: number; at: number }[];
  readonly errors: string[];
}

function localOf(host: SimHost, family: 4 | 6 = 4): LocalAddress {
  return host.localAddresses().find((local) => !local.loopback && local.family === family)!;
}

function bind(world: World, host: SimHost, port = 0, local = localOf(host)): Endpoint {
  const received: Endpoint["received"] = [];
  const errors: string[] = [];
  let socket: UdpSocket | undefined;
  host.bindUdp(
    local,
    port,
    {
      message(datagram, address, from) {
        received.push({ text: Buffer.from(datagram).toString(), address, port: from, at: world.now });
      },
      error: (code) => void errors.push(code),
    },
    (bound, code) => {
      if (bound === undefined) throw new Error(code);
      socket = bound;
    },
  );
  world.run(0);
  return { socket: socket!, received, errors };
}

function send(from: Endpoint, to: UdpSocket, text: string): void {
  from.socket.send(Buffer.from(text), text.length, to.address, to.port);
}

describe("a simulated host", () => {
  test("has one IPv4 and one IPv6 address of its own unless told otherwise", () => {
    const world = new World({ seed: 1 });
    const addresses = ["a", "b"].map((name) =>
      world
        .host(name)
        .localAddresses()
        .map(({ address }) => address),
    );
    expect(addresses).toEqual([
      ["127.0.0.1", "::1", "10.0.0.1", "fd00::1"],
      ["127.0.0.1", "::1", "10.0.0.2", "fd00::2"],
    ]);
  });

  test("refuses scenarios that make no sense", () => {
    const world = new World({ seed: 1 });
    const host = world.host("a", { addresses: ["10.0.0.1"] });
    expect(() => world.host("a")).toThrow(RangeError);
    expect(() => world.host("b", { addresses: ["10.0.0.1"] })).toThrow(RangeError);
    expect(() => world.host("c", { addresses: ["010.0.0.1"] })).toThrow(RangeError);
    expect(() => host.addAddress("10.0.0.1")).toThrow(RangeError);
    expect(() => host.removeAddress("10.0.0.9")).toThrow(RangeError);
    expect(() => host.setInterfaceUp("wlan0", true)).toThrow(RangeError);
    expect(() => world.network("internet")).toThrow(RangeError);
  });

  test("exchanges datagrams with another over both families", () => {
    const world = new World({ seed: 1, internet: { latency: 30 } });
    const [a, b] = [world.host("a"), world.host("b")];
    for (const family of [4, 6] as const) {
      const from = bind(world, a, 0, localOf(a, family));
      const to = bind(world, b, 0, localOf(b, family));
      send(from, to.socket, "hello");
      const sentAt = world.now;
      world.runUntil(() => to.received.length > 0, 1000);
      const { address, port } = from.socket;
      expect(to.received).toEqual([{ text: "hello", address, port, at: sentAt + 30 }]);
    }
  });

  test("picks free ports from the dynamic range (RFC 6335 §6), differently for each seed", () => {
    const ports = [1, 2].map((seed) => {
      const world = new World({ seed });
      const host = world.host("a");
      return Array.from({ length: 50 }, () => bind(world, host).socket.port);
    });
    for (const some of ports) {
      expect(new Set(some).size).toBe(50);
      expect(Math.min(...some)).toBeGreaterThanOrEqual(EPHEMERAL_PORTS_FROM);
    }
    expect(ports[0]).not.toEqual(ports[1]);
  });

  test("cannot send or receive through an interface that is down, and recovers", () => {
    const world = new World({ seed: 1 });
    const [a, b] = [world.host("a"), world.host("b")];
    const [from, to] = [bind(world, a), bind(world, b)];
    a.setInterfaceUp("eth0", false);
    expect(a.localAddresses().every(({ loopback }) => loopback)).toBe(true);
    send(from, to.socket, "lost");
    send(to, from.socket, "lost");
    world.run(100);
    expect(from.errors).toEqual(["ENETUNREACH"]);
    expect(to.received).toEqual([]);
    expect(world.counters.droppedBy["interface-down"]).toBe(1);
    a.setInterfaceUp("eth0", true);
    send(from, to.socket, "found");
    world.run(100);
    expect(to.received).toHaveLength(1);
  });

  test("tells who watches of every change of its addresses, until nobody wants to know", () => {
    const world = new World({ seed: 1 });
    const host = world.host("a", { addresses: ["10.0.0.1"] });
    let told = 0;
    const watch = host.watchAddresses(() => told++);
    world.run(ADDRESS_NOTICE);
    expect(told).toBe(0);
    host.addAddress({ address: "10.9.0.1", interfaceName: "wlan0" });
    expect(told).toBe(0);
    world.run(ADDRESS_NOTICE);
    host.setInterfaceUp("wlan0", false);
    world.run(ADDRESS_NOTICE);
    host.removeAddress("10.0.0.1");
    world.run(ADDRESS_NOTICE);
    expect(told).toBe(3);
    host.setInterfaceUp("wlan0", true);
    watch.cancel();
    world.run(2 * ADDRESS_NOTICE);
    expect(told).toBe(3);
  });

  test("moves to another network: the old address is gone, the new one works", () => {
    const world = new World({ seed: 1 });
    const a = world.host("a", { addresses: ["10.0.0.1"] });
    const b = world.host("b", { addresses: ["10.0.0.2"] });
    const [old, to] = [bind(world, a), bind(world, b)];
    a.removeAddress("10.0.0.1");
    a.addAddress({ address: "10.9.0.1", interfaceName: "wlan0" });
    send(old, to.socket, "lost");
    send(to, old.socket, "lost");
    const next = bind(world, a);
    send(next, to.socket, "hello");
    world.run(100);
    expect(old.errors).toEqual(["ENETUNREACH"]);
    expect(world.counters.droppedBy["no-route"]).toBe(1);
    expect(to.received.map(({ text, address }) => [text, address])).toEqual([["hello", "10.9.0.1"]]);
  });

  test("talks to itself on all its addresses, untouched by the network's impairments", () => {
    const world = new World({ seed: 1, internet: { loss: 1 } });
    const host = world.host("a");
    const to = bind(world, host);
    send(to, to.socket, "me");
    world.run(1);
    expect(to.received).toHaveLength(1);
  });

  test("drops what comes for a port without a socket", () => {
    const world = new World({ seed: 1 });
    const [a, b] = [world.host("a"), world.host("b")];
    bind(world, a).socket.send(new Uint8Array(1), 1, localOf(b).address, 9);
    world.run(10);
    expect(world.counters.droppedBy["no-socket"]).toBe(1);
  });

  test("has a clock with an origin of its own and a wall clock that may be wrong", () => {
    const world = new World({ seed: 1, epoch: 1_000_000 });
    const host = world.host("a", { clockOrigin: 77 });
    world.run(5);
    expect(host.now()).toBe(82);
    expect(host.wallClock()).toBe(1_000_005);
    host.wallClockOffset = -500_000;
    expect(host.wallClock()).toBe(500_005);
    expect(host.now()).toBe(82);
  });
});

describe("a frozen host", () => {
  test("wakes to late timers in their order, each once, and to waiting datagrams", () => {
    const world = new World({ seed: 1 });
    const [a, b] = [world.host("a"), world.host("b")];
    const [from, to] = [bind(world, a), bind(world, b)];
    const woken: [number, number][] = [];
    for (const at of [30, 10, 20, 200]) b.setTimer(at, () => woken.push([at, world.now]), true);
    b.freeze(100);
    send(from, to.socket, "waiting");
    world.run(99);
    expect(woken).toEqual([]);
    expect(to.received).toEqual([]);
    world.run(200);
    expect(woken).toEqual([
      [10, 100],
      [20, 100],
      [30, 100],
      [200, 200],
    ]);
    expect(to.received.map(({ text, at }) => [text, at])).toEqual([["waiting", 100]]);
  });

  test("keeps only as many datagrams as its sockets can hold", () => {
    const world = new World({ seed: 1 });
    const [a, b] = [world.host("a"), world.host("b")];
    const [from, to] = [bind(world, a), bind(world, b)];
    b.freeze(100);
    const datagram = new Uint8Array(1024);
    const fitting = FROZEN_RECEIVE_LIMIT / 1024;
    for (let i = 0; i < fitting + 1; i++) from.socket.send(datagram, 1024, to.socket.address, to.socket.port);
    world.run(200);
    expect(to.received).toHaveLength(fitting);
    expect(world.counters.droppedBy["receive-buffer-full"]).toBe(1);
  });

  test("does not run what is canceled while it is frozen", () => {
    const world = new World({ seed: 1 });
    const host = world.host("a");
    let woken = false;
    const timer = host.setTimer(
      10,
      () => {
        woken = true;
      },
      true,
    );
    host.freeze(100);
    world.run(50);
    timer.cancel();
    world.run(100);
    expect(woken).toBe(false);
  });
});

describe("names in a world", () => {
  function ask(
    world: World,
    host: SimHost,
    name: string,
    family: 4 | 6,
  ): { addresses: readonly string[]; at: number } {
    let answer: { addresses: readonly string[]; at: number } | undefined;
    host.resolve(name, family, (addresses) => {
      answer = { addresses, at: world.now };
    });
    world.runUntil(() => answer !== undefined, 10_000);
    return answer!;
  }

  test("resolve to the addresses of the family that was asked for, without regard to case", () => {
    const world = new World({ seed: 1 });
    const host = world.host("a");
    world.dns.set("stun.example", ["10.0.0.5", "2001:DB8::5"]);
    expect(ask(world, host, "STUN.example", 4)).toEqual({ addresses: ["10.0.0.5"], at: 10 });
    expect(ask(world, host, "stun.example", 6).addresses).toEqual(["2001:db8::5"]);
    expect(ask(world, host, "unknown.example", 4).addresses).toEqual([]);
    world.dns.delete("stun.example");
    expect(ask(world, host, "stun.example", 4).addresses).toEqual([]);
  });

  test("that no server answers for end at the port's deadline", () => {
    const world = new World({ seed: 1 });
    world.dns.set("silent.example", ["10.0.0.5"], Number.POSITIVE_INFINITY);
    expect(ask(world, world.host("a"), "silent.example", 4)).toEqual({ addresses: [], at: RESOLVE_TIMEOUT });
  });

  test("of multicast DNS are heard in the publisher's networks only", () => {
    const world = new World({ seed: 1 });
    const lan = world.network("lan");
    const publisher = world.host("p", { addresses: [{ address: "192.168.0.1", network: lan }] });
    const near = world.host("n", { addresses: [{ address: "192.168.0.2", network: lan }] });
    const far = world.host("f");
    const name = "7b3b1e2c-0000-4000-8000-000000000001.local";
    publisher.publishMdns(name, "192.168.0.1");
    const answers: Record<string, { addresses: readonly string[]; at: number }> = {};
    const look = (who: string, host: SimHost) =>
      host.resolveMdns(name, (addresses) => {
        answers[who] = { addresses, at: world.now };
      });
    look("near", near);
    look("far", far);
    look("self", publisher);
    world.run(4000);
    expect(answers["near"]!.addresses).toEqual(["192.168.0.1"]);
    expect(answers["near"]!.at).toBeLessThan(120);
    expect(answers["self"]!.addresses).toEqual(["192.168.0.1"]);
    expect(answers["far"]).toEqual({ addresses: [], at: MDNS_TIMEOUT });
    publisher.withdrawMdns(name);
    look("near", near);
    world.run(4000);
    expect(answers["near"]!.addresses).toEqual([]);
  });
});

test("a host without a crypto provider fills buffers from the seed, and says so when asked for more", () => {
  const fill = (seed: number, name: string) => {
    const out = new Uint8Array(16);
    new World({ seed }).host(name).crypto.fill(out);
    return [...out];
  };
  expect(fill(1, "a")).toEqual(fill(1, "a"));
  expect(fill(1, "a")).not.toEqual(fill(2, "a"));
  expect(fill(1, "a")).not.toEqual(fill(1, "b"));
  const host = new World({ seed: 1 }).host("a");
  expect(() => host.crypto.hash("sha256", new Uint8Array(1))).toThrow(/crypto provider/);
});

test("a world that fails shows its seed and what happened last", () => {
  const world = new World({ seed: 4711 });
  const [a, b] = [world.host("a"), world.host("b")];
  const from = bind(world, a);
  from.socket.send(new Uint8Array(20), 20, localOf(b).address, 9);
  let failure: unknown;
  try {
    world.runUntil(() => false, 1000);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(SimulationFailure);
  const { message, seed } = failure as SimulationFailure;
  expect(seed).toBe(4711);
  expect(message).toContain("condition not met within 1000 ms: nothing is left to happen");
  expect(message).toContain("seed 4711");
  expect(message).toContain("dropped (no-socket)");
  expect(message).toContain("→ 10.0.0.2:9, 48 bytes");
});
