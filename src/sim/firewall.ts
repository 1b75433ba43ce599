/**
 * A firewall between two simulated networks: nothing is translated, packets pass or vanish by rules. Addresses of the inner
 * network are reachable from outside, as they are with IPv6 or in a company's network.
 */
import type { IpFamily } from "../core/base/ip-address.ts";
import type { Surroundings } from "./clock.ts";
import type { Network, NetworkNode } from "./network.ts";
import type { Packet } from "./packet.ts";

/**
 * What gets through. "stateful": answers to what went out, and nothing else from outside. "no-udp": the same, and TCP only.
 * "tls-only": the same, and TCP to port 443 only. A function decides for itself.
 */
export type FirewallRule = "open" | "stateful" | "no-udp" | "tls-only" | FirewallDecision;

/** True lets a packet through. */
export type FirewallDecision = (packet: Packet, direction: "in" | "out") => boolean;

/** How a firewall is set up. */
export interface FirewallOptions {
  readonly rule: FirewallRule;
  /** The network that it guards. */
  readonly inside: Network;
  /** Default: the world's internet. */
  readonly outside?: Network;
  /** Only packets of this family go through it; the other one has a way of its own. */
  readonly family?: IpFamily;
}

const HTTPS_PORT = 443;

/** A node that packets pass, or do not; see {@link FirewallRule}. */
export class Firewall implements NetworkNode {
  readonly name: string;
  readonly #world: Surroundings;
  readonly #inside: Network;
  readonly #outside: Network;
  /** May be changed on the way. */
  rule: FirewallRule;
  /** Flows that began inside: "protocol inner-address inner-port outer-address outer-port". */
  readonly #flows = new Set<string>();

  constructor(name: string, world: Surroundings, internet: Network, options: FirewallOptions) {
    this.name = name;
    this.#world = world;
    this.#inside = options.inside;
    this.#outside = options.outside ?? internet;
    this.rule = options.rule;
    this.#inside.setGateway(this, options.family);
    this.#outside.setRoute((address) => (this.#inside.reaches(address) ? this : undefined));
  }

  receive(packet: Packet, network: Network): void {
    const direction = network === this.#inside ? "out" : "in";
    if (!this.#passes(packet, direction)) this.#world.note("dropped", this.name, packet, "filter");
    else (direction === "out" ? this.#outside : this.#inside).send(packet, this);
  }

  #passes(packet: Packet, direction: "in" | "out"): boolean {
    const { rule } = this;
    if (rule === "open") return true;
    if (typeof rule === "function") return rule(packet, direction);
    const tcp = packet.segment !== undefined;
    if (rule !== "stateful" && !tcp) return false;
    const { sourceAddress, sourcePort, destinationAddress, destinationPort } = packet;
    if (direction === "in") {
      return this.#flows.has(
        `${tcp} ${destinationAddress} ${destinationPort} ${sourceAddress} ${sourcePort}`,
      );
    }
    if (rule === "tls-only" && destinationPort !== HTTPS_PORT) return false;
    this.#flows.add(`${tcp} ${sourceAddress} ${sourcePort} ${destinationAddress} ${destinationPort}`);
    return true;
  }
}
