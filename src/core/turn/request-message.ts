/** The requests that a client sends (RFC 8656 §7.1, §8.1, §9.1, §12.1; RFC 6062 §4.1, §4.3, §4.4). */
import { parseIpAddress } from "../base/ip-address.ts";
import {
  ADDITIONAL_ADDRESS_FAMILY,
  CHANNEL_NUMBER,
  CONNECTION_ID,
  LIFETIME,
  REQUESTED_ADDRESS_FAMILY,
  REQUESTED_TRANSPORT,
  StunMessageBuilder,
  XOR_PEER_ADDRESS,
} from "../stun/index.ts";
import type { LongTermCredentials } from "./long-term-credentials.ts";
import {
  ALLOCATE,
  CHANNEL_BIND,
  CONNECT,
  CONNECTION_BIND,
  CREATE_PERMISSION,
  DEFAULT_LIFETIME,
  REFRESH,
  REQUESTED_IPV6,
  REQUESTED_TCP,
  REQUESTED_UDP,
} from "./protocol.ts";

/** Which relayed addresses an Allocate asks for: one of each family, or only one of IPv6. */
export type Families = "both" | "ipv6-only";

/** What reaches the peers: their datagrams, or connections with them (RFC 6062). */
export type RelayTransport = "udp" | "tcp";

/** What a request is for, and what it says. */
export type RequestPurpose =
  | { readonly kind: "allocate"; readonly families: Families; readonly transport: RelayTransport }
  | { readonly kind: "refresh"; readonly lifetime: number }
  | { readonly kind: "permission"; readonly addresses: readonly string[] }
  | { readonly kind: "channel"; readonly channel: number; readonly address: string; readonly port: number }
  | { readonly kind: "connect"; readonly attempt: number; readonly address: string; readonly port: number }
  /** On a connection of its own. */
  | { readonly kind: "bind"; readonly connection: number };

/** The method of each kind. */
export const METHODS: Readonly<Record<RequestPurpose["kind"], number>> = {
  allocate: ALLOCATE,
  refresh: REFRESH,
  permission: CREATE_PERMISSION,
  channel: CHANNEL_BIND,
  connect: CONNECT,
  bind: CONNECTION_BIND,
};

/** Room for the longest: USERNAME, REALM and NONCE are up to 508, 763 and 763 bytes. */
const scratch = new Uint8Array(4096);

/** Signed as the server has asked for; empty when it does not fit, which no server of use brings about. */
export function buildRequest(
  credentials: LongTermCredentials,
  id: Uint8Array,
  purpose: RequestPurpose,
): Uint8Array {
  const builder = new StunMessageBuilder(scratch, "request", METHODS[purpose.kind], id);
  switch (purpose.kind) {
    case "allocate":
      builder
        .u32(REQUESTED_TRANSPORT, purpose.transport === "tcp" ? REQUESTED_TCP : REQUESTED_UDP)
        .u32(LIFETIME, DEFAULT_LIFETIME);
      // RFC 8656 §7.1: never both. A server that knows only IPv4 ignores the additional family.
      if (purpose.families === "ipv6-only") builder.u32(REQUESTED_ADDRESS_FAMILY, REQUESTED_IPV6);
      else if (purpose.transport === "udp") builder.u32(ADDITIONAL_ADDRESS_FAMILY, REQUESTED_IPV6);
      break;
    case "refresh":
      builder.u32(LIFETIME, purpose.lifetime);
      break;
    case "permission":
      for (const address of purpose.addresses)
        builder.xorAddress(XOR_PEER_ADDRESS, { address: parseIpAddress(address)!, port: 0 });
      break;
    case "channel":
      builder
        .u32(CHANNEL_NUMBER, purpose.channel * 0x1_0000)
        .xorAddress(XOR_PEER_ADDRESS, { address: parseIpAddress(purpose.address)!, port: purpose.port });
      break;
    case "connect":
      builder.xorAddress(XOR_PEER_ADDRESS, { address: parseIpAddress(purpose.address)!, port: purpose.port });
      break;
    case "bind":
      builder.u32(CONNECTION_ID, purpose.connection);
      break;
  }
  credentials.sign(builder);
  return scratch.slice(0, builder.fingerprint().finish());
}
