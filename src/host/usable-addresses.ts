import type { LocalAddress } from "./host.ts";

/** Local addresses that one connection opens sockets on. */
export const MAX_LOCAL_ADDRESSES = 16;

/**
 * RFC 8445 §5.1.1.1: loopback and link-local IPv6 addresses are not candidates — unless there is nothing else: then two
 * peers on one machine without a network can still meet.
 */
export function usableAddresses(all: readonly LocalAddress[]): readonly LocalAddress[] {
  const real = all.filter((local) => !local.loopback && local.scopeId === undefined);
  return (real.length > 0 ? real : all.filter((local) => local.loopback)).slice(0, MAX_LOCAL_ADDRESSES);
}
