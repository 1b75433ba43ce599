import type { IceOptions, LocalAddressFilter } from "../core/base/ice-options.ts";
import { parseIpAddress } from "../core/base/ip-address.ts";
import { isWithin, parseIpPrefix } from "../core/base/ip-prefix.ts";
import type { LocalAddress } from "./host.ts";

/** Local addresses that one connection opens sockets on. */
export const MAX_LOCAL_ADDRESSES = 16;

/**
 * RFC 8445 §5.1.1.1: loopback and link-local IPv6 addresses are not candidates — unless there is nothing else: then two
 * peers on one machine without a network can still meet. `loopback`: those, too, in any case.
 */
export function usableAddresses(all: readonly LocalAddress[], loopback: boolean): readonly LocalAddress[] {
  const real = all.filter((local) => !local.loopback && local.scopeId === undefined);
  if (real.length > 0 && !loopback) return real.slice(0, MAX_LOCAL_ADDRESSES);
  const here = all.filter((local) => local.loopback);
  // Room for them first: they were asked for.
  return [...real.slice(0, MAX_LOCAL_ADDRESSES - here.length), ...here];
}

/** Those that have appeared since `known` were taken, as far as there is room. Loopback and link-local ones are of no use by then. */
export function newAddresses(
  all: readonly LocalAddress[],
  known: ReadonlySet<string>,
): readonly LocalAddress[] {
  const appeared = all.filter(
    ({ address, loopback, scopeId }) => !loopback && scopeId === undefined && !known.has(address),
  );
  return appeared.slice(0, Math.max(0, MAX_LOCAL_ADDRESSES - known.size));
}

/** Those that the application wants used. */
export function wantedAddresses(
  all: readonly LocalAddress[],
  { only, except }: IceOptions,
): readonly LocalAddress[] {
  return all.filter(
    (local) =>
      (only === undefined || matchesAll(local, only)) && (except === undefined || !matchesOne(local, except)),
  );
}

/** Every list that is given names it. */
function matchesAll(local: LocalAddress, filter: LocalAddressFilter): boolean {
  return tests(local, filter).every((matches) => matches !== false);
}

/** One of the lists names it. */
function matchesOne(local: LocalAddress, filter: LocalAddressFilter): boolean {
  return tests(local, filter).some((matches) => matches === true);
}

/** Undefined: no such list. */
function tests(
  local: LocalAddress,
  { interfaces, types, addresses }: LocalAddressFilter,
): (boolean | undefined)[] {
  const bytes = parseIpAddress(local.address);
  return [
    interfaces?.includes(local.interfaceName),
    types?.includes(local.networkType ?? "unknown"),
    addresses?.some((text) => {
      const prefix = parseIpPrefix(text);
      return bytes !== undefined && prefix !== undefined && isWithin(bytes, prefix);
    }),
  ];
}
