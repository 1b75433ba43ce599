/**
 * The sockets of a multicast DNS responder (RFC 6762 §11): on port 5353, shared with the system's own responder, member of
 * the group on every interface. What does not come from a neighbour is not heard.
 */
import { networkInterfaces } from "node:os";
import { type IpFamily, parseIpAddress } from "../core/base/ip-address.ts";
import { isWithin, parseIpPrefix } from "../core/base/ip-prefix.ts";
import type { Log } from "../core/base/log.ts";
import type { LocalAddress } from "../host/host.ts";
import { canonicalAddress } from "./address-text.ts";
import type { MdnsSource, OpenResponderTransport, ResponderTransport } from "./mdns-responder.ts";
import {
  ignoreSendError,
  interfacesOf,
  MDNS_PORT,
  type MdnsSocket,
  openMdnsSocket,
  sendToGroup,
} from "./mdns-socket.ts";

/** Opens the sockets for the interfaces there are now. `mdnsPort` is another one in tests only. */
export function openResponderSockets(
  localAddresses: () => readonly LocalAddress[],
  log: Log,
  mdnsPort: number = MDNS_PORT,
): OpenResponderTransport {
  return (receive) => {
    const members: MdnsSocket[] = [];
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
): MdnsSocket | undefined {
  try {
    const member = openMdnsSocket(family, mdnsPort, interfaces, (datagram, { address, port }) => {
      if (!isNeighbour(address)) return;
      const plain = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length);
      receive(plain, { address, port }, port !== mdnsPort);
    });
    // Answering must not keep the process alive: connections do.
    member.socket.unref();
    return member;
  } catch (error) {
    log.event("mdns.responder.failed", { family, error: String(error) });
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
  readonly #members: readonly MdnsSocket[];
  readonly #port: number;
  #open = true;

  constructor(members: readonly MdnsSocket[], port: number) {
    this.#members = members;
    this.#port = port;
  }

  announce(message: Uint8Array): void {
    if (!this.#open) return;
    for (const member of this.#members) sendToGroup(member, message, this.#port);
  }

  reply(message: Uint8Array, { address, port }: MdnsSource): void {
    if (!this.#open) return;
    const family = address.includes(":") ? 6 : 4;
    this.#members
      .find((member) => member.family === family)
      ?.socket.send(message, port, address, ignoreSendError);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { socket } of this.#members) socket.close();
  }
}
