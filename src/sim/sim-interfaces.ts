import type { Duration } from "../core/base/instant.ts";
import { ipFamilyOf, ipScope, parseIpAddress } from "../core/base/ip-address.ts";
import type { LocalAddress } from "../host/host.ts";
import type { Network } from "./network.ts";

/** An address of a simulated host. */
export interface SimAddress {
  readonly address: string;
  /** Default: "eth0", "eth1"… in the order given. */
  readonly interfaceName?: string;
  /** Default: the world's `internet`. */
  readonly network?: Network;
}

/** How long it takes until `watchAddresses` tells of a change: what looking once a second takes at the most, ms. */
export const ADDRESS_NOTICE: Duration = 1000;

interface Interface extends LocalAddress {
  readonly network: Network | undefined;
  up: boolean;
}

/** The interfaces of a simulated host, one entry per address. */
export class SimInterfaces {
  readonly #all: Interface[] = [];

  /** Addresses beside loopback. */
  get count(): number {
    return this.#all.filter((one) => !one.loopback).length;
  }

  add(address: string, interfaceName: string, network: Network | undefined): void {
    const family = ipFamilyOf(address);
    const linkLocal = family === 6 && ipScope(parseIpAddress(address)!) === "link-local";
    this.#all.push({
      address,
      family,
      interfaceName,
      loopback: network === undefined,
      ...(linkLocal ? { scopeId: this.#all.length + 1 } : {}),
      network,
      up: true,
    });
  }

  remove(address: string): Interface | undefined {
    const at = this.#all.findIndex((one) => one.address === address);
    return at < 0 ? undefined : this.#all.splice(at, 1)[0];
  }

  /** False: there is no such interface. */
  setUp(interfaceName: string, up: boolean): boolean {
    const affected = this.#all.filter((one) => one.interfaceName === interfaceName);
    for (const one of affected) one.up = up;
    return affected.length > 0;
  }

  find(address: string): Interface | undefined {
    return this.#all.find((one) => one.address === address);
  }

  isUp(address: string): boolean {
    return this.find(address)?.up === true;
  }

  /** Whether the host reaches that network now. */
  isIn(network: Network): boolean {
    return this.#all.some((one) => one.network === network && one.up);
  }

  localAddresses(): LocalAddress[] {
    return this.#all.filter((one) => one.up).map(({ network: _network, up: _up, ...local }) => local);
  }

  /** The address that the system would send from. */
  towards(address: string): string | undefined {
    const family = ipFamilyOf(address);
    const loopback = ipScope(parseIpAddress(address)!) === "loopback";
    if (this.find(address) !== undefined) return address;
    return this.#all.find(
      (one) => one.up && one.family === family && one.loopback === loopback && one.scopeId === undefined,
    )?.address;
  }
}

/** The first pair of 10.0.0.0/8 and fd00::/8 (RFC 1918, RFC 4193) that is not taken. */
export function freeAddresses(network: Network): SimAddress[] {
  for (let number = 1; number < 65_536; number++) {
    const ipv4 = `10.0.${number >> 8}.${number & 255}`;
    const ipv6 = `fd00::${number.toString(16)}`;
    if (network.nodeAt(ipv4) !== undefined || network.nodeAt(ipv6) !== undefined) continue;
    return [
      { address: ipv4, interfaceName: "eth0" },
      { address: ipv6, interfaceName: "eth0" },
    ];
  }
  throw new RangeError("the network is full");
}
