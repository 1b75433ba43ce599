/**
 * Local preferences for hosts with several addresses (RFC 8421 §4, RFC 8445 §5.1.2.1): IPv6 and IPv4 take turns, IPv6 first,
 * so that neither a broken family nor a long list of the other's addresses delays connecting. Link-local IPv6 comes
 * after everything that works beyond the link.
 */
import type { IpFamily, IpScope } from "../base/ip-address.ts";

/** The preference of a host's only address, and of the first of many. */
export const MAX_LOCAL_PREFERENCE = 65_535;
/** What one step down the list costs. */
const STEP = 256;

export interface PreferenceInput {
  readonly family: IpFamily;
  readonly scope: IpScope;
  /** What the host asked for, 0..65535. */
  readonly preference: number | undefined;
}

/** Preferences, one per address and in their order. Unique among the addresses whose preference we choose. */
export function assignLocalPreferences(addresses: readonly PreferenceInput[]): number[] {
  const rank = (input: PreferenceInput) =>
    (input.scope === "link-local" ? 2 : 0) + (input.family === 6 ? 0 : 1);
  const queues: number[][] = [[], [], [], []];
  addresses.forEach((input, index) => {
    queues[rank(input)]!.push(index);
  });
  const order = [...takeTurns(queues[0]!, queues[1]!), ...queues[2]!, ...queues[3]!];
  const preferences = new Array<number>(addresses.length).fill(0);
  order.forEach((index, position) => {
    preferences[index] = addresses[index]!.preference ?? Math.max(0, MAX_LOCAL_PREFERENCE - position * STEP);
  });
  return preferences;
}

/** The preference of an address that has appeared later: after all that there are. */
export function nextLocalPreference(taken: readonly { readonly localPreference: number }[]): number {
  const last = Math.min(...taken.map(({ localPreference }) => localPreference));
  return taken.length === 0 ? MAX_LOCAL_PREFERENCE : Math.max(0, last - STEP);
}

function takeTurns(first: readonly number[], second: readonly number[]): number[] {
  const order: number[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (i < first.length) order.push(first[i]!);
    if (i < second.length) order.push(second[i]!);
  }
  return order;
}
