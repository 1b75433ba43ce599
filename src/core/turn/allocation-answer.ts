/** What the answer to an Allocate or Refresh request says (RFC 8656 §7.4, §8.3). */
import { parseIpAddress } from "../base/ip-address.ts";
import { LIFETIME, type StunMessage, XOR_RELAYED_ADDRESS } from "../stun/index.ts";
import { textOf } from "./peer-message.ts";
import { DEFAULT_LIFETIME, MAX_LIFETIME } from "./protocol.ts";
import type { RelayAddress } from "./turn-event.ts";

/** The relayed addresses: the first usable one of each family. */
export function relayedAddressesOf(message: StunMessage): RelayAddress[] {
  const relayed: RelayAddress[] = [];
  for (const address of message.addresses(XOR_RELAYED_ADDRESS)) {
    const usable = textOf(address);
    const family = address.address.length;
    if (usable !== undefined && !relayed.some((other) => parseIpAddress(other.address)!.length === family))
      relayed.push(usable);
  }
  return relayed;
}

/** How long the allocation lives, seconds. */
export function lifetimeOf(message: StunMessage): number {
  return Math.min(MAX_LIFETIME, message.u32(LIFETIME) ?? DEFAULT_LIFETIME);
}
