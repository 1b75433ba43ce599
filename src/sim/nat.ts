/**
 * A network address translator between two simulated networks (RFC 4787, RFC 5382): how it maps, what it lets in, how long
 * it remembers. Behind it hosts have addresses of the inner network; outside, all of them have its one outer address.
 */
import type { Duration, Instant } from "../core/base/instant.ts";
import { ipFamilyOf } from "../core/base/ip-address.ts";
import type { Surroundings } from "./clock.ts";
import { canonical } from "./names.ts";
import type { Network, NetworkNode } from "./network.ts";
import type { Packet } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What decides whether two flows share a mapping, or may come in (RFC 4787 §4.1, §5). */
export type NatBehaviour = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** How a NAT behaves. */
export interface NatOptions {
  /** Its address in the outer network. */
  readonly address: string;
  /** The network whose hosts it translates; it becomes that network's gateway. */
  readonly inside: Network;
  /** Default: the world's internet. */
  readonly outside?: Network;
  /** Default "endpoint-independent". */
  readonly mapping?: NatBehaviour;
  /** Default "address-and-port-dependent", as most home routers have it. */
  readonly filtering?: NatBehaviour;
  /** Inner hosts reach each other by their outer addresses (RFC 4787 §6). Default true. */
  readonly hairpin?: boolean;
  /** Milliseconds without an outgoing packet after which a mapping is forgotten (RFC 4787 §4.3). Default 120,000. */
  readonly lifetime?: Duration;
  /** An incoming packet keeps a mapping alive, too. Default false. */
  readonly refreshedByInbound?: boolean;
  /** Uses the inner port outside where it is free (RFC 4787 §4.2.1). Default true. */
  readonly portPreservation?: boolean;
}

interface Mapping {
  readonly key: string;
  readonly protocol: "udp" | "tcp";
  readonly inner: { readonly address: string; readonly port: number };
  readonly port: number;
  /** Destinations that have been sent to, as far as filtering looks at them. */
  readonly allows: Set<string>;
  refreshedAt: Instant;
}

/** A TCP mapping lives for hours (RFC 5382 §5), however short those for UDP are. */
const TCP_LIFETIME: Duration = 7_440_000;
/** First of the outer ports that are not preserved. */
const FIRST_PORT = 1024;

/** A node that translates addresses; see {@link NatOptions}. */
export class Nat implements NetworkNode {
  readonly name: string;
  readonly #world: Surroundings;
  readonly #random: SeededRandom;
  readonly #options: Required<NatOptions>;
  #address: string;
  readonly #byKey = new Map<string, Mapping>();
  /** After a rebinding ports are not preserved: then nothing would have changed. */
  #epoch = 0;
  /** By "protocol port". */
  readonly #byPort = new Map<string, Mapping>();

  constructor(name: string, world: Surroundings, internet: Network, options: NatOptions) {
    this.name = name;
    this.#world = world;
    this.#random = world.random(`nat ${name}`);
    this.#options = {
      outside: internet,
      mapping: "endpoint-independent",
      filtering: "address-and-port-dependent",
      hairpin: true,
      lifetime: 120_000,
      refreshedByInbound: false,
      portPreservation: true,
      ...options,
    };
    this.#address = canonical(options.address);
    this.#options.outside.attach(this.#address, this);
    options.inside.setGateway(this, ipFamilyOf(this.#address));
  }

  /** Its address in the outer network now. */
  get address(): string {
    return this.#address;
  }

  /** Mappings that live now. */
  get mappings(): number {
    this.#expire();
    return this.#byKey.size;
  }

  /** Forgets everything, as after a restart; `address`: the outer network has given it another one. Old ports are not used again. */
  rebind(address: string = this.#address): void {
    this.#byKey.clear();
    this.#byPort.clear();
    this.#epoch++;
    if (canonical(address) === this.#address) return;
    this.#options.outside.detach(this.#address);
    this.#address = canonical(address);
    this.#options.outside.attach(this.#address, this);
  }
  receive(packet: Packet, network: Network): void {
    this.#expire();
    if (network === this.#options.inside) this.#fromInside(packet);
    else this.#fromOutside(packet);
  }

  #fromInside(packet: Packet): void {
    const mapping = this.#mappingFor(packet);
    if (mapping === undefined) {
      this.#world.note("dropped", this.name, packet, "filter");
      return;
    }
    mapping.refreshedAt = this.#world.clock.now;
    mapping.allows.add(this.#filterKey(packet.destinationAddress, packet.destinationPort));
    const outer: Packet = { ...packet, sourceAddress: this.#address, sourcePort: mapping.port };
    if (packet.destinationAddress !== this.#address) this.#options.outside.send(outer, this);
    else if (this.#options.hairpin) this.#fromOutside(outer);
    else this.#world.note("dropped", this.name, packet, "filter");
  }

  #fromOutside(packet: Packet): void {
    const mapping = this.#byPort.get(`${protocolOf(packet)} ${packet.destinationPort}`);
    const allowed = mapping?.allows.has(this.#filterKey(packet.sourceAddress, packet.sourcePort));
    if (mapping === undefined || allowed !== true) {
      this.#world.note("dropped", this.name, packet, "filter");
      return;
    }
    if (this.#options.refreshedByInbound) mapping.refreshedAt = this.#world.clock.now;
    const { address, port } = mapping.inner;
    this.#options.inside.send({ ...packet, destinationAddress: address, destinationPort: port }, this);
  }

  #mappingFor(packet: Packet): Mapping | undefined {
    const protocol = protocolOf(packet);
    const target = keyOf(this.#options.mapping, packet.destinationAddress, packet.destinationPort);
    const key = `${protocol} ${packet.sourceAddress} ${packet.sourcePort} ${target}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const port = this.#freePort(protocol, packet.sourcePort);
    if (port === undefined) return undefined;
    const inner = { address: packet.sourceAddress, port: packet.sourcePort };
    const now = this.#world.clock.now;
    const mapping: Mapping = { key, protocol, inner, port, allows: new Set(), refreshedAt: now };
    this.#byKey.set(key, mapping);
    this.#byPort.set(`${protocol} ${port}`, mapping);
    return mapping;
  }

  #freePort(protocol: string, wanted: number): number | undefined {
    const { portPreservation } = this.#options;
    if (portPreservation && this.#epoch === 0 && !this.#byPort.has(`${protocol} ${wanted}`)) return wanted;
    const count = 65_536 - FIRST_PORT;
    const start = this.#random.below(count);
    for (let i = 0; i < count; i++) {
      const port = FIRST_PORT + ((start + i) % count);
      if (!this.#byPort.has(`${protocol} ${port}`)) return port;
    }
    return undefined;
  }

  #filterKey(address: string, port: number): string {
    return keyOf(this.#options.filtering, address, port);
  }

  #expire(): void {
    const now = this.#world.clock.now;
    for (const mapping of this.#byKey.values()) {
      const lifetime = mapping.protocol === "tcp" ? TCP_LIFETIME : this.#options.lifetime;
      if (now - mapping.refreshedAt < lifetime) continue;
      this.#byKey.delete(mapping.key);
      this.#byPort.delete(`${mapping.protocol} ${mapping.port}`);
    }
  }
}

function protocolOf(packet: Packet): "udp" | "tcp" {
  return packet.segment === undefined ? "udp" : "tcp";
}

function keyOf(behaviour: NatBehaviour, address: string, port: number): string {
  if (behaviour === "endpoint-independent") return "any";
  return behaviour === "address-dependent" ? address : `${address} ${port}`;
}
