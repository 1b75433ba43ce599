/**
 * The sockets of a multicast DNS responder (RFC 6762 §11): on port 5353, shared with the system's own responder, member of
 * the group on every interface. What does not come from a neighbour is not heard.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { type IpFamily, parseIpAddress } from "../core/base/ip-address.ts";
import { isWithin, parseIpPrefix } from "../core/base/ip-prefix.ts";
import type { Log } from "../core/base/log.ts";
import type { LocalAddress } from "../host/host.ts";
import { canonicalAddress } from "./address-text.ts";
import type { MdnsSource, OpenResponderTransport, ResponderTransport } from "./mdns-responder.ts";
import {
  interfacesOf,
  joins,
  MDNS_GROUP_IPV4,
  MDNS_GROUP_IPV6,
  MDNS_HOP_LIMIT,
  MDNS_PORT,
} from "./mdns-sockets.ts";
import { addressAsIs } from "./udp-socket.ts";

interface Member {
  readonly socket: Socket;
  readonly family: IpFamily;
  readonly group: string;
  readonly interfaces: readonly string[];
}

/** Opens the sockets for the interfaces there are now. `mdnsPort` is another one in tests only. */
export function openResponderSockets(
  localAddresses: () => readonly LocalAddress[],
  log: Log,
  mdnsPort: number = MDNS_PORT,
): OpenResponderTransport {
  return (receive) => {
    const members: Member[] = [];
    for (const family of [4, 6] as const) {
      const interfaces = interfacesOf(localAddresses(), family);
      const member =
        interfaces.length === 0 ? undefined : openMember(family, mdnsPort, interfaces, receive, log);
      if (member !== undefined) members.push(member);
    }
    return new ResponderSockets(members, mdnsPort);
  };
}

function openMember(
  family: IpFamily,
  mdnsPort: number,
  interfaces: readonly string[],
  receive: (datagram: Uint8Array, source: MdnsSource, legacy: boolean) => void,
  log: Log,
): Member | undefined {
  const group = family === 4 ? MDNS_GROUP_IPV4 : MDNS_GROUP_IPV6;
  let socket: Socket | undefined;
  let failed = false;
  try {
    socket =
      family === 4
        ? createSocket({ type: "udp4", reuseAddr: true, lookup: addressAsIs })
        : createSocket({ type: "udp6", reuseAddr: true, ipv6Only: true, lookup: addressAsIs });
    socket.on("error", () => {
      failed = true;
    });
    socket.on("message", (datagram: Buffer, { address, port }: RemoteInfo) => {
      if (!isNeighbour(address)) return;
      const plain = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length);
      receive(plain, { address, port }, port !== mdnsPort);
    });
    socket.bind({ port: mdnsPort, exclusive: true });
    if (failed) throw new Error("bind");
    socket.setMulticastTTL(MDNS_HOP_LIMIT);
    const joined = interfaces.filter((name) => joins(socket!, group, name));
    // Answering must not keep the process alive: connections do.
    socket.unref();
    return { socket, family, group, interfaces: joined };
  } catch (error) {
    log.event("mdns.responder.failed", { family, error: String(error) });
    socket?.close();
    return undefined;
  }
}

/** RFC 6762 §11: an answer to who is not on a link of ours would be a gift to whoever has forged the address. */
function isNeighbour(source: string): boolean {
  const bytes = parseIpAddress(canonicalAddress(source) ?? "");
  if (bytes === undefined) return false;
  for (const infos of Object.values(networkInterfaces())) {
    for (const { cidr } of infos ?? []) {
      const prefix = parseIpPrefix(cidr ?? "");
      if (prefix !== undefined && isWithin(bytes, prefix)) return true;
    }
  }
  return false;
}

class ResponderSockets implements ResponderTransport {
  readonly #members: readonly Member[];
  readonly #port: number;
  #open = true;

  constructor(members: readonly Member[], port: number) {
    this.#members = members;
    this.#port = port;
  }

  announce(message: Uint8Array): void {
    if (!this.#open) return;
    for (const { socket, group, interfaces } of this.#members) {
      for (const multicastInterface of interfaces) {
        try {
          // Sends are synchronous (`addressAsIs`), so the option holds for exactly this one.
          socket.setMulticastInterface(multicastInterface);
          socket.send(message, this.#port, group, ignore);
        } catch {
          // The interface went away: the others remain.
        }
      }
    }
  }

  reply(message: Uint8Array, { address, port }: MdnsSource): void {
    if (!this.#open) return;
    const family = address.includes(":") ? 6 : 4;
    this.#members.find((member) => member.family === family)?.socket.send(message, port, address, ignore);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { socket } of this.#members) socket.close();
  }
}

/** Send errors (no route on an interface) are expected and have no consequence. */
function ignore(): void {}
