/** What a querier and a responder of multicast DNS have in common: UDP sockets that reach the group on every interface. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { IpFamily } from "../core/base/ip-address.ts";
import type { LocalAddress } from "../host/host.ts";
import { addressAsIs } from "./udp-socket.ts";

/** RFC 6762 §3 */
export const MDNS_PORT = 5353;
export const MDNS_GROUP_IPV4 = "224.0.0.251";
export const MDNS_GROUP_IPV6 = "ff02::fb";
/** RFC 6762 §11 */
export const MDNS_HOP_LIMIT = 255;

/** One socket with the interfaces it reaches, as its family's socket options name them. */
export interface MdnsSocket {
  readonly socket: Socket;
  readonly family: IpFamily;
  readonly group: string;
  readonly interfaces: readonly string[];
}

/** The interfaces of one family: IPv4 names them by one of their addresses, IPv6 by its zone. */
export function interfacesOf(addresses: readonly LocalAddress[], family: IpFamily): string[] {
  const byName = new Map<string, string>();
  for (const local of addresses) {
    if (local.family !== family || byName.has(local.interfaceName)) continue;
    if (family === 4) byName.set(local.interfaceName, local.address);
    // Node knows the zone's number of link-local addresses only; Windows wants the number, the others take the name.
    else if (process.platform !== "win32") byName.set(local.interfaceName, `::%${local.interfaceName}`);
    else if (local.scopeId !== undefined) byName.set(local.interfaceName, `::%${local.scopeId}`);
  }
  return [...byName.values()];
}

/**
 * Opens a socket. With a `sharedPort` it is bound to that one, beside the system's own responder, and joins the group on the
 * interfaces where that can be done; without, to any. Throws when it cannot be had; nothing stays open then.
 */
export function openMdnsSocket(
  family: IpFamily,
  sharedPort: number | undefined,
  interfaces: readonly string[],
  received: (datagram: Buffer, source: RemoteInfo) => void,
): MdnsSocket {
  const group = family === 4 ? MDNS_GROUP_IPV4 : MDNS_GROUP_IPV6;
  const shared = sharedPort !== undefined;
  const socket =
    family === 4
      ? createSocket({ type: "udp4", reuseAddr: shared, lookup: addressAsIs })
      : createSocket({ type: "udp6", reuseAddr: shared, ipv6Only: true, lookup: addressAsIs });
  try {
    let failed = false;
    socket.on("error", () => {
      failed = true;
    });
    socket.on("message", received);
    socket.bind({ port: sharedPort ?? 0, exclusive: true });
    if (failed) throw new Error("bind");
    socket.setMulticastTTL(MDNS_HOP_LIMIT);
    const joined = shared ? interfaces.filter((name) => joins(socket, group, name)) : interfaces;
    return { socket, family, group, interfaces: joined };
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Sends a message to the group, out of every interface of the socket. */
export function sendToGroup(
  { socket, group, interfaces }: MdnsSocket,
  message: Uint8Array,
  port: number,
): void {
  for (const multicastInterface of interfaces) {
    try {
      // Sends are synchronous (`addressAsIs`), so the option holds for exactly this one.
      socket.setMulticastInterface(multicastInterface);
      socket.send(message, port, group, ignoreSendError);
    } catch {
      // The interface went away: the others remain.
    }
  }
}

/** Send errors (no route on an interface) are expected and have no consequence. */
export function ignoreSendError(): void {}

/** Joins the group on one interface; false where there is no multicast. */
function joins(socket: Socket, group: string, multicastInterface: string): boolean {
  try {
    socket.addMembership(group, multicastInterface);
    return true;
  } catch {
    return false; // an interface without multicast
  }
}
