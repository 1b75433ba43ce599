import { describe, expect, test } from "vitest";
import { type NatBehaviour, type NatOptions, World } from "./index.ts";
import type { SimHost } from "./sim-host.ts";

const BEHAVIOURS: readonly NatBehaviour[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];

/** A host behind a NAT, one beside it, and servers outside that note from where they are reached. */
class Scene {
  readonly world = new World({ seed: 1 });
  readonly inside = this.world.network("home");
  readonly alice = this.world.host("alice", { addresses: [{ address: "10.1.0.2", network: this.inside }] });
  readonly bob = this.world.host("bob", { addresses: [{ address: "10.1.0.3", network: this.inside }] });
  readonly outer = this.world.host("outer", { addresses: ["192.0.2.1", "192.0.2.2"] });
  readonly nat;

  constructor(options: Partial<NatOptions> = {}) {
    this.nat = this.world.nat("router", { address: "203.0.113.1", inside: this.inside, ...options });
  }

  socket(host: SimHost, address: string, port: number) {
    const seen: string[] = [];
    let socket:
      | { send(bytes: Uint8Array, length: number, address: string, port: number): boolean }
      | undefined;
    const local = host.localAddresses().find((one) => one.address === address)!;
    host.bindUdp(
      local,
      port,
      { message: (_, from, fromPort) => void seen.push(`${from} ${fromPort}`), error() {} },
      (bound) => {
        socket = bound;
      },
    );
    this.world.run(0);
    return {
      seen,
      send: (to: string, toPort: number) => {
        socket!.send(Uint8Array.of(1), 1, to, toPort);
        this.world.run(100);
      },
    };
  }
}

describe("mapping (RFC 4787 §4.1)", () => {
  test.each(BEHAVIOURS)("%s", (mapping) => {
    const scene = new Scene({ mapping });
    const alice = scene.socket(scene.alice, "10.1.0.2", 5000);
    const servers = [
      scene.socket(scene.outer, "192.0.2.1", 1),
      scene.socket(scene.outer, "192.0.2.1", 2),
      scene.socket(scene.outer, "192.0.2.2", 1),
    ];
    alice.send("192.0.2.1", 1);
    alice.send("192.0.2.1", 2);
    alice.send("192.0.2.2", 1);
    const [first, second, third] = servers.map(({ seen }) => seen[0]);
    expect(first).toBe("203.0.113.1 5000");
    expect(second === first).toBe(mapping !== "address-and-port-dependent");
    expect(third === first).toBe(mapping === "endpoint-independent");
  });
});

describe("filtering (RFC 4787 §5)", () => {
  test.each(BEHAVIOURS)("%s", (filtering) => {
    const scene = new Scene({ filtering });
    const alice = scene.socket(scene.alice, "10.1.0.2", 5000);
    const same = scene.socket(scene.outer, "192.0.2.1", 1);
    const otherPort = scene.socket(scene.outer, "192.0.2.1", 2);
    const otherAddress = scene.socket(scene.outer, "192.0.2.2", 1);
    otherAddress.send("203.0.113.1", 5000);
    expect(alice.seen).toEqual([]);
    alice.send("192.0.2.1", 1);
    same.send("203.0.113.1", 5000);
    expect(alice.seen).toHaveLength(1);
    otherPort.send("203.0.113.1", 5000);
    expect(alice.seen).toHaveLength(filtering === "address-and-port-dependent" ? 1 : 2);
    const before = alice.seen.length;
    otherAddress.send("203.0.113.1", 5000);
    expect(alice.seen).toHaveLength(filtering === "endpoint-independent" ? before + 1 : before);
  });
});

describe("the rest", () => {
  test.each([true, false])(
    "inner hosts reach each other by outer addresses only with hairpinning (%s)",
    (hairpin) => {
      const scene = new Scene({ hairpin, filtering: "endpoint-independent" });
      const alice = scene.socket(scene.alice, "10.1.0.2", 5000);
      const bob = scene.socket(scene.bob, "10.1.0.3", 6000);
      bob.send("192.0.2.1", 9);
      alice.send("203.0.113.1", 6000);
      expect(bob.seen).toEqual(hairpin ? ["203.0.113.1 5000"] : []);
    },
  );

  test("two inner hosts with the same port get different ones outside", () => {
    const scene = new Scene();
    const server = scene.socket(scene.outer, "192.0.2.1", 1);
    scene.socket(scene.alice, "10.1.0.2", 5000).send("192.0.2.1", 1);
    scene.socket(scene.bob, "10.1.0.3", 5000).send("192.0.2.1", 1);
    expect(server.seen[0]).toBe("203.0.113.1 5000");
    expect(server.seen[1]).not.toBe(server.seen[0]);
  });

  test("a mapping is forgotten after its lifetime without outgoing packets (RFC 4787 §4.3)", () => {
    const scene = new Scene({ lifetime: 30_000, portPreservation: false });
    const server = scene.socket(scene.outer, "192.0.2.1", 1);
    const alice = scene.socket(scene.alice, "10.1.0.2", 5000);
    alice.send("192.0.2.1", 1);
    scene.world.run(29_000);
    alice.send("192.0.2.1", 1);
    scene.world.run(31_000);
    expect(scene.nat.mappings).toBe(0);
    alice.send("192.0.2.1", 1);
    expect(server.seen[1]).toBe(server.seen[0]);
    expect(server.seen[2]).not.toBe(server.seen[0]);
  });

  test("rebinding gives another port, or another address", () => {
    const scene = new Scene();
    const server = scene.socket(scene.outer, "192.0.2.1", 1);
    const alice = scene.socket(scene.alice, "10.1.0.2", 5000);
    alice.send("192.0.2.1", 1);
    scene.nat.rebind();
    alice.send("192.0.2.1", 1);
    scene.nat.rebind("203.0.113.9");
    alice.send("192.0.2.1", 1);
    expect(server.seen[1]).toMatch(/^203\.0\.113\.1 /);
    expect(server.seen[1]).not.toBe(server.seen[0]);
    expect(server.seen[2]).toMatch(/^203\.0\.113\.9 /);
  });
});

describe("a firewall", () => {
  function scene(rule: "open" | "stateful" | "no-udp" | "tls-only") {
    const world = new World({ seed: 1 });
    const inside = world.network("office");
    const alice = world.host("alice", { addresses: [{ address: "198.51.100.2", network: inside }] });
    const server = world.host("server", { addresses: ["192.0.2.1"] });
    world.firewall("gate", { rule, inside });
    return { world, alice, server };
  }

  async function connects(rule: "stateful" | "no-udp" | "tls-only", port: number): Promise<boolean> {
    const { world, alice, server } = scene(rule);
    const local = server.localAddresses().find((one) => !one.loopback)!;
    const handlers = { data() {}, drained() {}, closed() {} };
    server.listenStreams(
      local,
      port,
      () => handlers,
      () => undefined,
    );
    let result: boolean | undefined;
    alice.connectStream({ address: "192.0.2.1", port }, handlers, (stream) => {
      result = stream !== undefined;
    });
    await world.runUntilAsync(() => result !== undefined, 20_000);
    return result!;
  }

  test("lets TCP out to everywhere, or to port 443 only", async () => {
    expect(await connects("stateful", 80)).toBe(true);
    expect(await connects("no-udp", 80)).toBe(true);
    expect(await connects("tls-only", 443)).toBe(true);
    expect(await connects("tls-only", 80)).toBe(false);
  });

  test.each([
    ["open", true, true],
    ["stateful", true, false],
    ["no-udp", false, false],
    ["tls-only", false, false],
  ] as const)("%s: UDP out %s, unasked UDP in %s", (rule, out, into) => {
    const { world, alice, server } = scene(rule);
    const seen: string[] = [];
    const bind = (host: SimHost, name: string, port: number) => {
      let send: ((address: string, to: number) => void) | undefined;
      const local = host.localAddresses().find((one) => !one.loopback)!;
      host.bindUdp(local, port, { message: () => void seen.push(name), error() {} }, (socket) => {
        send = (address, to) => void socket!.send(Uint8Array.of(1), 1, address, to);
      });
      world.run(0);
      return (address: string, to: number) => {
        send!(address, to);
        world.run(100);
      };
    };
    const fromAlice = bind(alice, "alice", 1000);
    const fromServer = bind(server, "server", 2000);
    fromServer("198.51.100.2", 1000);
    expect(seen.includes("alice")).toBe(into);
    fromAlice("192.0.2.1", 2000);
    expect(seen.includes("server")).toBe(out);
    fromServer("198.51.100.2", 1000);
    expect(seen.includes("alice")).toBe(out);
  });
});
