import { expect, test } from "vitest";
import type { UdpSocket } from "../host/host.ts";
import { type Network, type NetworkNode, type Packet, type SimHost, World } from "./index.ts";

function bind(world: World, host: SimHost): { socket: UdpSocket; received: string[] } {
  const received: string[] = [];
  let socket: UdpSocket | undefined;
  const local = host.localAddresses().find(({ loopback }) => !loopback)!;
  const message = (_datagram: Uint8Array, address: string, port: number) =>
    void received.push(`${address} ${port}`);
  host.bindUdp(local, 0, { message, error() {} }, (bound) => {
    socket = bound;
  });
  world.run(0);
  return { socket: socket!, received };
}

/** The simplest address translator: one inner host, one outer port, no filter. */
class TestNat implements NetworkNode {
  readonly name = "nat";
  readonly #inner: Network;
  readonly #outer: Network;
  readonly #address: string;
  #insider: { address: string; port: number } | undefined;

  constructor(inner: Network, outer: Network, address: string) {
    this.#inner = inner;
    this.#outer = outer;
    this.#address = address;
    inner.setGateway(this);
    outer.attach(address, this);
  }

  receive(packet: Packet, network: Network): void {
    if (network === this.#inner) {
      this.#insider = { address: packet.sourceAddress, port: packet.sourcePort };
      this.#outer.send({ ...packet, sourceAddress: this.#address, sourcePort: 6000 }, this);
    } else if (this.#insider !== undefined) {
      const { address, port } = this.#insider;
      this.#inner.send({ ...packet, destinationAddress: address, destinationPort: port }, this);
    }
  }
}

test("a node between two networks can rewrite what goes through it", () => {
  const world = new World({ seed: 1, internet: { latency: 20 } });
  const lan = world.network("lan", { latency: 2 });
  new TestNat(lan, world.internet, "203.0.113.1");
  const inside = bind(world, world.host("inside", { addresses: [{ address: "192.168.1.2", network: lan }] }));
  const outside = bind(world, world.host("outside", { addresses: ["198.51.100.1"] }));

  const { socket } = inside;
  socket.send(new Uint8Array(1), 1, outside.socket.address, outside.socket.port);
  world.run(21);
  expect(outside.received).toEqual([]);
  world.run(1);
  expect(outside.received).toEqual(["203.0.113.1 6000"]);
  outside.socket.send(new Uint8Array(1), 1, "203.0.113.1", 6000);
  world.run(22);
  expect(inside.received).toEqual([`${outside.socket.address} ${outside.socket.port}`]);
});

test("a network without a way out drops what is not for it", () => {
  const world = new World({ seed: 1 });
  const lan = world.network("lan");
  const inside = bind(world, world.host("inside", { addresses: [{ address: "192.168.1.2", network: lan }] }));
  const outside = bind(world, world.host("outside"));
  inside.socket.send(new Uint8Array(1), 1, outside.socket.address, outside.socket.port);
  outside.socket.send(new Uint8Array(1), 1, inside.socket.address, inside.socket.port);
  world.run(10);
  expect(world.counters.droppedBy["no-route"]).toBe(2);
});

test("links are changed for one direction, for a pair, and for a whole network", () => {
  const world = new World({ seed: 1 });
  const [a, b, c] = [world.host("a"), world.host("b"), world.host("c")];
  const [ea, eb, ec] = [bind(world, a), bind(world, b), bind(world, c)];
  const count = () => {
    for (const from of [ea, eb, ec]) {
      for (const to of [ea, eb, ec]) {
        if (from !== to) from.socket.send(new Uint8Array(1), 1, to.socket.address, to.socket.port);
      }
    }
    world.run(10);
    return [ea, eb, ec].map(({ received }) => received.splice(0).length);
  };
  expect(count()).toEqual([2, 2, 2]);
  world.internet.link(a, b).configure({ up: false });
  expect(count()).toEqual([2, 1, 2]);
  world.link(a, b, { up: false });
  expect(count()).toEqual([1, 1, 2]);
  world.internet.configure({ up: false });
  expect(count()).toEqual([0, 0, 0]);
  world.internet.configure({ up: true });
  expect(count()).toEqual([2, 2, 2]);
});
