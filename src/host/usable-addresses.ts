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
