import { lookup } from "node:dns";
import { type IpFamily, parseIpAddress } from "../core/base/ip-address.ts";
import type { Cancelable } from "../host/host.ts";
import { canonicalAddress } from "./address-text.ts";

/** Milliseconds after which a name counts as unresolvable. */
export const RESOLVE_TIMEOUT = 5000;
/** Longest name of the DNS in text form (RFC 1035 §2.3.4). */
export const MAX_NAME_LENGTH = 253;
/** Addresses taken from one answer. */
export const MAX_RESOLVED_ADDRESSES = 16;

/** How names are looked up: `dns.lookup` with `all`, replaceable in tests. */
export type Lookup = (
  name: string,
  family: IpFamily,
  done: (error: Error | null, addresses: readonly { readonly address: string }[] | undefined) => void,
) => void;

/** The system's resolver (`getaddrinfo`): hosts file, search domains and split DNS included. */
export const systemLookup: Lookup = (name, family, done) => {
  lookup(name, { all: true, family }, done);
};

/** {@link import("../host/host.ts").Host.resolve} */
export function resolveName(
  name: string,
  family: IpFamily,
  done: (addresses: readonly string[]) => void,
  using: Lookup = systemLookup,
): Cancelable {
  let waiting = true;
  let immediate: NodeJS.Immediate | undefined;
  let deadline: NodeJS.Timeout | undefined;
  const finish = (addresses: readonly string[]) => {
    if (!waiting) return;
    waiting = false;
    clearTimeout(deadline);
    done(addresses);
  };

  const literal = parseIpAddress(name);
  if (literal !== undefined || name === "" || name.length > MAX_NAME_LENGTH) {
    const fits = literal !== undefined && (literal.length === 4) === (family === 4);
    immediate = setImmediate(finish, fits ? [canonicalAddress(name)!] : []);
  } else {
    deadline = setTimeout(finish, RESOLVE_TIMEOUT, []);
    using(name, family, (error, answers) => finish(error === null ? collect(answers, family) : []));
  }
  return {
    cancel() {
      waiting = false;
      clearTimeout(deadline);
      clearImmediate(immediate);
    },
  };
}

/** RFC 1122 §3.2.1.3: nothing may be sent there. A system's resolver takes the name "123" for such an address. */
function isThisNetwork(address: string): boolean {
  return address.startsWith("0.") || address === "::";
}

function collect(
  answers: readonly { readonly address: string }[] | undefined,
  family: IpFamily,
): readonly string[] {
  const addresses = new Set<string>();
  for (const answer of answers ?? []) {
    const address = canonicalAddress(answer.address);
    if (address === undefined || address.includes(":") !== (family === 6)) continue;
    if (isThisNetwork(address)) continue;
    if (addresses.size < MAX_RESOLVED_ADDRESSES) addresses.add(address);
  }
  return [...addresses];
}
