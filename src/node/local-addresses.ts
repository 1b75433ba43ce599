import type { NetworkInterfaceInfo } from "node:os";
import type { NetworkType } from "../core/base/ice-options.ts";
import { type IpScope, ipScope, parseIpAddress } from "../core/base/ip-address.ts";
import type { LocalAddress } from "../host/host.ts";
import { canonicalAddress } from "./address-text.ts";

/** Addresses beside loopback that are used; the rest of a machine full of virtual bridges is left out. */
export const MAX_LOCAL_ADDRESSES = 16;

/** What `os.networkInterfaces()` returns: interfaces that are up, each with its addresses. */
export type InterfaceTable = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The usable addresses of an interface table: loopback, then routed addresses, then link-local IPv6, each in the system's
 * order, every address once, at most {@link MAX_LOCAL_ADDRESSES} beside loopback.
 */
export function localAddresses(
  table: InterfaceTable,
  linkMtu: (interfaceName: string) => number | undefined = () => undefined,
  networkType: (interfaceName: string) => NetworkType | undefined = () => undefined,
): LocalAddress[] {
  const loopback: LocalAddress[] = [];
  const routed: LocalAddress[] = [];
  const linkLocal: LocalAddress[] = [];
  const seen = new Set<string>();
  for (const [interfaceName, infos] of Object.entries(table)) {
    const mtu = linkMtu(interfaceName);
    const type = networkType(interfaceName);
    for (const info of infos ?? []) {
      const address = canonicalAddress(info.address);
      const scope = address === undefined ? "unspecified" : scopeOf(address);
      if (address === undefined || scope === "unspecified" || scope === "multicast") continue;
      const ipv6LinkLocal = info.family === "IPv6" && scope === "link-local";
      // The same link-local address may exist on two links: there the zone is part of what it names (RFC 4007 §6).
      const key = ipv6LinkLocal ? `${address}%${interfaceName}` : address;
      if (seen.has(key)) continue;
      seen.add(key);
      const isLoopback = info.internal || scope === "loopback";
      const base = {
        address,
        interfaceName,
        loopback: isLoopback,
        ...(mtu === undefined ? undefined : { mtu }),
        ...(type === undefined || isLoopback ? undefined : { networkType: type }),
      };
      if (info.family === "IPv4") (isLoopback ? loopback : routed).push({ ...base, family: 4 });
      else if (ipv6LinkLocal) linkLocal.push({ ...base, family: 6, scopeId: info.scopeid });
      else (isLoopback ? loopback : routed).push({ ...base, family: 6 });
    }
  }
  return [...loopback, ...[...routed, ...linkLocal].slice(0, MAX_LOCAL_ADDRESSES)];
}

function scopeOf(address: string): IpScope {
  const bytes = parseIpAddress(address);
  return bytes === undefined ? "unspecified" : ipScope(bytes);
}
