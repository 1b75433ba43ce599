import type { Duration } from "../core/base/instant.ts";
import { formatIpAddress, type IpFamily, ipFamilyOf, parseIpAddress } from "../core/base/ip-address.ts";

/** What a world's DNS says about one name. */
export interface DnsEntry {
  readonly addresses: readonly string[];
  /** Milliseconds until the answer; Infinity: none ever comes. */
  readonly latency: Duration;
}

/** Milliseconds that a look-up takes unless told otherwise. */
export const DNS_LATENCY: Duration = 10;
/** {@link import("../host/host.ts").Host.resolve}: the port's deadline. */
export const RESOLVE_TIMEOUT: Duration = 5000;
/** {@link import("../host/host.ts").Host.resolveMdns}: the port's deadline. */
export const MDNS_TIMEOUT: Duration = 3000;

/** The DNS of a world: a table. Names compare without case. */
export class DnsTable {
  readonly #entries = new Map<string, DnsEntry>();

  set(name: string, addresses: readonly string[], latency: Duration = DNS_LATENCY): void {
    this.#entries.set(name.toLowerCase(), { addresses: addresses.map(canonical), latency });
  }

  delete(name: string): void {
    this.#entries.delete(name.toLowerCase());
  }

  /** An unknown name is answered as such after the usual time. */
  look(name: string, family: IpFamily): DnsEntry {
    const entry = this.#entries.get(name.toLowerCase());
    if (entry === undefined) return { addresses: [], latency: DNS_LATENCY };
    if (entry.latency > RESOLVE_TIMEOUT) return { addresses: [], latency: RESOLVE_TIMEOUT };
    return { ...entry, addresses: entry.addresses.filter((address) => ipFamilyOf(address) === family) };
  }
}

/** Canonical text; a `RangeError` for what is no IP address: a mistake in the scenario. */
export function canonical(address: string): string {
  const bytes = parseIpAddress(address);
  if (bytes === undefined) throw new RangeError(`not an IP address: ${address}`);
  return formatIpAddress(bytes);
}
