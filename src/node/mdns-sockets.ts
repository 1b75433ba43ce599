/**
 * The sockets of a multicast DNS querier. Answers come back in two ways, and which one a responder takes is its own
 * business, so both are listened to:
 *  - a shared socket on port 5353 that has joined the group hears answers sent to everybody (RFC 6762 §6);
 *  - an ephemeral port is answered directly, as a one-shot querier (§6.7) — also where port 5353 cannot be had.
 * Each query leaves through every interface, loopback included: responders on a machine without a network are there.
 */
import { randomInt } from "node:crypto";
import type { IpFamily } from "../core/base/ip-address.ts";
import type { Log } from "../core/base/log.ts";
import type { LocalAddress } from "../host/host.ts";
import { encodeMdnsQuery, type MdnsQuestionType } from "./mdns-message.ts";
import type { MdnsTransport, OpenMdnsTransport } from "./mdns-resolver.ts";
import { interfacesOf, MDNS_PORT, type MdnsSocket, openMdnsSocket, sendToGroup } from "./mdns-socket.ts";

interface Querier extends MdnsSocket {
  /** Where it asks. */
  readonly port: number;
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

function openQuerier(
  family: IpFamily,
  shared: boolean,
  mdnsPort: number,
  interfaces: readonly string[],
  receive: (datagram: Uint8Array) => void,
  log: Log,
): Querier | undefined {
  try {
    const opened = openMdnsSocket(family, shared ? mdnsPort : undefined, interfaces, (datagram, source) => {
      // RFC 6762 §6: a response from any other port is not one.
      if (source.port === mdnsPort) receive(datagram);
    });
    return { ...opened, port: mdnsPort, shared };
  } catch (error) {
    log.event("mdns.socket.failed", { family, shared, error: String(error) });
    return undefined;
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

  #ask(querier: Querier, name: string, type: MdnsQuestionType): void {
    // RFC 6762 §18.1 wants id zero from port 5353; one-shot queries may be told apart by theirs (§6.7).
    const query = querier.shared
      ? encodeMdnsQuery(name, type, 0, false)
      : encodeMdnsQuery(name, type, randomInt(1, 0x1_0000), true);
    sendToGroup(querier, query, querier.port);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { socket } of this.#queriers) socket.close();
  }
}
