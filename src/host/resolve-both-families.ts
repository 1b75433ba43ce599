import type { Cancelable, Host } from "./host.ts";

/** Looks a name up as IPv6 and IPv4 address; one answer with what both have found. */
export function resolveBothFamilies(
  host: Host,
  name: string,
  done: (addresses: readonly string[]) => void,
): Cancelable {
  const found: string[] = [];
  let left = 2;
  const answer = (addresses: readonly string[]) => {
    found.push(...addresses);
    if (--left === 0) done(found);
  };
  const lookups = [host.resolve(name, 6, answer), host.resolve(name, 4, answer)];
  return {
    cancel: () => {
      for (const lookup of lookups) lookup.cancel();
    },
  };
}
