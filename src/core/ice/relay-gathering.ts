/**
 * Relayed candidates (RFC 8445 §5.1.1.2, RFC 8656): which server is asked from which socket, and what becomes of the answers.
 * The client machines live with the session; the agent asks by events.
 */
import type { IceCandidate, IceServer } from "../base/ice-candidate.ts";
import { formatIpAddress, type IpFamily, ipFamilyOf, ipScope, parseIpAddress } from "../base/ip-address.ts";
import { FIRST_TCP_SOCKET, type SocketId } from "../base/path.ts";
import type { AgentContext } from "./agent-context.ts";
import { canPair, type LocalBase } from "./candidate-pair.ts";
import { ACTIVE_PORT } from "./local-candidates.ts";
import { candidatePriority } from "./priority.ts";
import type { SilentServer } from "./server-patience.ts";
import { MAX_ALLOCATIONS } from "./timing.ts";

/** A relayed address, as a socket of its own: what is sent on it goes through the server. */
export interface RelayedSocket {
  readonly socket: SocketId;
  readonly address: string;
  readonly port: number;
}

/** The numbers of the TCP candidates that an allocation for connections makes (RFC 6062): they are sockets of theirs. */
export interface RelayedTcp {
  readonly active: SocketId;
  readonly passive: SocketId;
}

/** An allocation that a server was asked for. */
export interface Allocation {
  readonly server: IceServer;
  /** The socket it is asked from; undefined: a stream. */
  readonly carrier: LocalBase | undefined;
  /** The server's. */
  readonly address: string;
  /** Undefined: for datagrams. */
  readonly tcp: RelayedTcp | undefined;
}

type RelayProtocol = "udp" | "tcp" | "tls";

/** Each better than all of the next kind (RFC 8445 §5.1.2.1 leaves the local preference to us). */
const PROTOCOL_RANK: Readonly<Record<RelayProtocol, number>> = { udp: 3, tcp: 2, tls: 1 };

/** Connections through relays come last, those that we make before those that come (RFC 6544 §4.2). */
const TCP_RANK = { active: 0x2000, passive: 0 } as const;

export class RelayGathering {
  readonly #context: AgentContext;
  readonly #hidden: boolean;
  readonly #asked = new Map<number, Allocation>();
  /** By relayed socket; an allocation for both families is there twice. */
  readonly #held = new Map<SocketId, Allocation>();
  #granted = 0;

  /** `hidden`: our own addresses are nobody's business, not even as related address (RFC 8828 mode 4). */
  constructor(context: AgentContext, hidden: boolean) {
    this.#context = context;
    this.#hidden = hidden;
  }

  /** A server has granted an allocation. */
  get hasGranted(): boolean {
    return this.#granted > 0;
  }

  /** Who was asked over UDP and has not answered. */
  get silent(): SilentServer[] {
    return [...this.#asked.values()].flatMap(({ server, carrier, address }) =>
      carrier === undefined ? [] : [{ local: carrier.address, address, port: server.port }],
    );
  }

  /** True while a server has not answered. */
  get busy(): boolean {
    return this.#asked.size > 0;
  }

  /**
   * Asks a server: over UDP from every socket that reaches it, by stream once per family, and not again while that stream is
   * in use. False: there is no way to it.
   */
  ask(server: IceServer, addresses: readonly string[], carriers: readonly LocalBase[]): boolean {
    let asked = false;
    const transports = this.#context.options.relayTransports ?? ["udp"];
    if (server.transport === "udp") {
      if (!transports.includes("udp")) return false;
      for (const carrier of carriers) {
        const address = addresses.find((text) => canPair(carrier, placeOf(text)));
        if (address !== undefined) asked = this.#ask({ server, carrier, address, tcp: undefined }) || asked;
      }
      return asked;
    }
    for (const family of [6, 4] as const) {
      const reachable = carriers.some((carrier) => carrier.family === family);
      const address = addresses.find((text) => ipFamilyOf(text) === family);
      if (!reachable || address === undefined) continue;
      for (const transport of new Set(transports)) {
        if (this.#hasStream(server, family, transport)) {
          asked = true;
          continue;
        }
        const tcp = transport === "tcp" ? this.#tcpSockets() : undefined;
        asked = this.#ask({ server, carrier: undefined, address, tcp }) || asked;
      }
    }
    return asked;
  }

  /** The allocation that an answer is about; undefined: nobody waits for it. */
  take(id: number): Allocation | undefined {
    const allocation = this.#asked.get(id);
    this.#asked.delete(id);
    return allocation;
  }

  /** A relayed socket is gone. */
  removeSocket(socket: SocketId): void {
    this.#held.delete(socket);
  }

  /** Gives up what was not answered; returns it. */
  abandon(which: (allocation: Allocation) => boolean = () => true): Allocation[] {
    const abandoned = [...this.#asked].filter(([, allocation]) => which(allocation));
    for (const [id] of abandoned) {
      this.#asked.delete(id);
      this.#context.events.push({ type: "abandon-allocation", id });
    }
    return abandoned.map(([, allocation]) => allocation);
  }

  /** The base that a relayed address makes: its candidate is its own base (RFC 8445 §5.1.1.2). */
  base(
    allocation: Allocation,
    relayed: RelayedSocket,
    mapped: { readonly address: string; readonly port: number } | undefined,
  ): LocalBase {
    const { component, foundations } = this.#context;
    const { server, address: serverAddress } = allocation;
    const { address, port, socket } = relayed;
    this.#held.set(socket, allocation);
    const family: IpFamily = ipFamilyOf(address);
    const relayProtocol = relayProtocolOf(server);
    const { tcp } = allocation;
    const tcpType = tcp === undefined ? undefined : socket === tcp.active ? "active" : "passive";
    const rank = tcpType === undefined ? PROTOCOL_RANK[relayProtocol] * 0x4000 + 0x2000 : TCP_RANK[tcpType];
    const localPreference = rank + 0x1fff - this.#granted++;
    const related =
      this.#hidden || mapped === undefined
        ? { address: family === 4 ? "0.0.0.0" : "::", port: 0 }
        : { address: mapped.address, port: mapped.port };
    const candidate: IceCandidate = {
      foundation: foundations.of("relay", address, `${relayProtocol} ${serverAddress} ${tcpType ?? "udp"}`),
      component,
      protocol: tcpType === undefined ? "udp" : "tcp",
      priority: candidatePriority("relay", localPreference, component),
      address,
      port: tcpType === "active" ? ACTIVE_PORT : port,
      type: "relay",
      relatedAddress: related.address,
      relatedPort: related.port,
      url: server.url,
      relayProtocol,
      ...(tcpType === undefined ? undefined : { tcpType }),
    };
    const scope = ipScope(parseIpAddress(address)!);
    return {
      socket,
      address,
      port,
      family,
      scope,
      localPreference,
      tcpType,
      host: candidate,
      reflexive: [],
    };
  }

  #hasStream(server: IceServer, family: IpFamily, transport: "udp" | "tcp"): boolean {
    return [...this.#asked.values(), ...this.#held.values()].some(
      (one) =>
        one.server === server &&
        one.carrier === undefined &&
        ipFamilyOf(one.address) === family &&
        (one.tcp === undefined) === (transport === "udp"),
    );
  }

  #tcpSockets(): RelayedTcp {
    const next = () => FIRST_TCP_SOCKET - this.#context.nextRequestId();
    return { active: next(), passive: next() };
  }

  #ask(allocation: Allocation): boolean {
    if (this.#asked.size + new Set(this.#held.values()).size >= MAX_ALLOCATIONS) return false;
    const id = this.#context.nextRequestId();
    this.#asked.set(id, allocation);
    const { server, carrier, address, tcp } = allocation;
    this.#context.events.push({ type: "allocate", id, server, socket: carrier?.socket, address, tcp });
    return true;
  }
}

/** How a server of a turn: or turns: URL is reached (RFC 7065). */
function relayProtocolOf(server: IceServer): RelayProtocol {
  return server.transport === "udp" ? "udp" : server.scheme === "turns" ? "tls" : "tcp";
}

function placeOf(address: string): { family: IpFamily; scope: ReturnType<typeof ipScope> } {
  return { family: ipFamilyOf(address), scope: ipScope(parseIpAddress(address)!) };
}

/** True when that server was asked over UDP at that address. */
export function leadsTo({ server, carrier, address }: Allocation, silent: SilentServer): boolean {
  return carrier !== undefined && server.port === silent.port && address === silent.address;
}

/** True for a server that relays. */
export function isTurn({ scheme }: IceServer): boolean {
  return scheme === "turn" || scheme === "turns";
}

/** True when one of the relays is on this very host, where only a loopback socket reaches it. */
export function leadsHere(servers: readonly IceServer[]): boolean {
  return servers.some((server) => {
    const bytes = parseIpAddress(server.host);
    const here = bytes === undefined ? server.host === "localhost" : ipScope(bytes) === "loopback";
    return here && isTurn(server);
  });
}

/** The addresses of hosts in a URL or a resolver's answer, in canonical form: 0.0.0.0/8 and multicast are no host's. */
export function canonicalAddresses(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const bytes = parseIpAddress(text);
    const scope = bytes === undefined ? "unspecified" : ipScope(bytes);
    return bytes === undefined || scope === "unspecified" || scope === "multicast"
      ? []
      : [formatIpAddress(bytes)];
  });
}
