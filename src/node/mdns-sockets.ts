/**
 * The sockets of a multicast DNS querier. Answers come back in two ways, and which one a responder takes is its own
 * business, so both are listened to:
 *  - a shared socket on port 5353 that has joined the group hears answers sent to everybody (RFC 6762 §6);
 *  - an ephemeral port is answered directly, as a one-shot querier (§6.7) — also where port 5353 cannot be had.
 * Each query leaves through every interface, loopback included: responders on a machine without a network are there.
 */
import { randomInt } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { IpFamily } from "../core/base/ip-address.ts";
import type { Log } from "../core/base/log.ts";
import type { LocalAddress } from "../host/host.ts";
import { encodeMdnsQuery, type MdnsQuestionType } from "./mdns-message.ts";
import type { MdnsTransport, OpenMdnsTransport } from "./mdns-resolver.ts";
import { addressAsIs } from "./udp-socket.ts";

/** RFC 6762 §3 */
export const MDNS_PORT = 5353;
export const MDNS_GROUP_IPV4 = "224.0.0.251";
export const MDNS_GROUP_IPV6 = "ff02::fb";
/** RFC 6762 §11 */
export const MDNS_HOP_LIMIT = 255;

/** One socket with the interfaces it reaches, as its family's socket options name them. */
interface Querier {
  readonly socket: Socket;
  readonly group: string;
  readonly port: number;
  readonly interfaces: readonly string[];
  /** Bound to port 5353: asks for multicast answers, with id 0. */
  readonly shared: boolean;
}

/** Opens the sockets for the interfaces there are now. `mdnsPort` is another one in tests only. */
export function openMdnsSockets(
  localAddresses: () => readonly LocalAddress[],
  log: Log,
  mdnsPort: number = MDNS_PORT,
): OpenMdnsTransport {
  return (receive) => {
    const addresses = localAddresses();
    const queriers: Querier[] = [];
    for (const family of [4, 6] as const) {
      const interfaces = interfacesOf(addresses, family);
      if (interfaces.length === 0) continue;
      for (const shared of [true, false]) {
        const querier = openQuerier(family, shared, mdnsPort, interfaces, receive, log);
        if (querier !== undefined) queriers.push(querier);
      }
    }
    return new MdnsSockets(queriers);
  };
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

function openQuerier(
  family: IpFamily,
  shared: boolean,
  mdnsPort: number,
  interfaces: readonly string[],
  receive: (datagram: Uint8Array) => void,
  log: Log,
): Querier | undefined {
  const group = family === 4 ? MDNS_GROUP_IPV4 : MDNS_GROUP_IPV6;
  let socket: Socket | undefined;
  let failed = false;
  try {
    socket =
      family === 4
        ? createSocket({ type: "udp4", reuseAddr: shared, lookup: addressAsIs })
        : createSocket({ type: "udp6", reuseAddr: shared, ipv6Only: true, lookup: addressAsIs });
    socket.on("error", () => {
      failed = true;
    });
    socket.on("message", (datagram: Buffer, source: RemoteInfo) => {
      // RFC 6762 §6: a response from any other port is not one.
      if (source.port === mdnsPort) receive(datagram);
    });
    socket.bind({ port: shared ? mdnsPort : 0, exclusive: true });
    if (failed) throw new Error("bind");
    socket.setMulticastTTL(MDNS_HOP_LIMIT);
    const usable = shared ? interfaces.filter((name) => joins(socket!, group, name)) : interfaces;
    return { socket, group, port: mdnsPort, interfaces: usable, shared };
  } catch (error) {
    log.event("mdns.socket.failed", { family, shared, error: String(error) });
    socket?.close();
    return undefined;
  }
}

/** Joins the group on one interface; false where there is no multicast. */
export function joins(socket: Socket, group: string, multicastInterface: string): boolean {
  try {
    socket.addMembership(group, multicastInterface);
    return true;
  } catch {
    return false; // an interface without multicast
  }
}

class MdnsSockets implements MdnsTransport {
  readonly #queriers: readonly Querier[];
  #open = true;

  constructor(queriers: readonly Querier[]) {
    this.#queriers = queriers;
  }

  send(name: string): void {
    if (!this.#open) return;
    for (const querier of this.#queriers) {
      for (const type of ["A", "AAAA"] as const) this.#ask(querier, name, type);
    }
  }

  #ask({ socket, group, port, interfaces, shared }: Querier, name: string, type: MdnsQuestionType): void {
    // RFC 6762 §18.1 wants id zero from port 5353; one-shot queries may be told apart by theirs (§6.7).
    const query = shared
      ? encodeMdnsQuery(name, type, 0, false)
      : encodeMdnsQuery(name, type, randomInt(1, 0x1_0000), true);
    for (const multicastInterface of interfaces) {
      try {
        // Sends are synchronous (`addressAsIs`), so the option holds for exactly this one.
        socket.setMulticastInterface(multicastInterface);
        socket.send(query, port, group, ignore);
      } catch {
        // The interface went away: the others remain.
      }
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { socket } of this.#queriers) socket.close();
  }
}

/** Send errors (no route on an interface) are expected and have no consequence. */
function ignore(): void {}
