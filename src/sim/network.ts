import { type IpFamily, ipFamilyOf } from "../core/base/ip-address.ts";
import type { Surroundings } from "./clock.ts";
import { DEFAULT_LINK, Link, type LinkChange, type LinkOptions } from "./link.ts";
import type { Packet } from "./packet.ts";

/**
 * Whatever takes packets from a network: a host, or something between networks that rewrites or filters them (a NAT, a
 * firewall) and sends them on with {@link Network.send}.
 */
export interface NetworkNode {
  readonly name: string;
  receive(packet: Packet, network: Network): void;
}

/**
 * A place where nodes reach each other by address. Between every two nodes there is a link in each direction, made from
 * the network's default and changed with {@link link}.
 */
export class Network {
  readonly name: string;
  readonly #world: Surroundings;
  readonly #nodes = new Map<string, NetworkNode>();
  readonly #links = new Map<NetworkNode, Map<NetworkNode, Link>>();
  #default: LinkOptions;
  readonly #gateways = new Map<IpFamily, NetworkNode>();
  /** What leads to other networks whose addresses are known here. */
  readonly #routes: ((address: string) => NetworkNode | undefined)[] = [];

  constructor(name: string, world: Surroundings, options: LinkChange = {}) {
    this.name = name;
    this.#world = world;
    this.#default = { ...DEFAULT_LINK, ...options };
  }

  /** Makes `node` reachable under an address of this network. */
  attach(address: string, node: NetworkNode): void {
    if (this.#nodes.has(address)) throw new RangeError(`${address} is taken in network ${this.name}`);
    this.#nodes.set(address, node);
  }

  detach(address: string): void {
    this.#nodes.delete(address);
  }

  /** Who has the address. */
  nodeAt(address: string): NetworkNode | undefined {
    return this.#nodes.get(address);
  }

  /** True when the address is in this network, or in one that it knows the way to. */
  reaches(address: string): boolean {
    return this.#known(address) !== undefined;
  }

  /** Takes every packet whose destination is not in this network: the inner side of a NAT. `family`: of one kind only. */
  setGateway(node: NetworkNode | undefined, family?: IpFamily): void {
    for (const one of family === undefined ? ([4, 6] as const) : [family]) {
      if (node === undefined) this.#gateways.delete(one);
      else this.#gateways.set(one, node);
    }
  }

  /** Adds a way to addresses of another network: `route` names the node that leads there, if it is one of those. */
  setRoute(route: (address: string) => NetworkNode | undefined): void {
    this.#routes.push(route);
  }

  /** Changes every link of this network, those that exist and those to come. */
  configure(change: LinkChange): void {
    this.#default = { ...this.#default, ...change };
    for (const targets of this.#links.values()) for (const link of targets.values()) link.configure(change);
  }

  /** The link from one node to another; `configure` changes this direction only. */
  link(from: NetworkNode, to: NetworkNode): Link {
    let targets = this.#links.get(from);
    if (targets === undefined) {
      targets = new Map();
      this.#links.set(from, targets);
    }
    let link = targets.get(to);
    if (link === undefined) {
      link = new Link(`${this.name}: ${from.name} → ${to.name}`, this.#default, this.#world, (packet) =>
        this.#arrive(packet, to),
      );
      targets.set(to, link);
    }
    return link;
  }

  /** Carries a packet from `from` towards its destination. */
  send(packet: Packet, from: NetworkNode): void {
    const to = this.#towards(packet.destinationAddress);
    if (to === undefined || to === from) {
      this.#world.note("dropped", this.name, packet, "no-route");
      return;
    }
    this.link(from, to).send(packet);
  }

  #towards(address: string): NetworkNode | undefined {
    return this.#known(address) ?? this.#gateways.get(ipFamilyOf(address));
  }

  #known(address: string): NetworkNode | undefined {
    const here = this.#nodes.get(address);
    if (here !== undefined) return here;
    for (const route of this.#routes) {
      const node = route(address);
      if (node !== undefined) return node;
    }
    return undefined;
  }

  #arrive(packet: Packet, to: NetworkNode): void {
    // The address may have moved or gone while the packet was on its way.
    if (this.#towards(packet.destinationAddress) !== to) {
      this.#world.note("dropped", this.name, packet, "no-route");
      return;
    }
    to.receive(packet, this);
  }
}
