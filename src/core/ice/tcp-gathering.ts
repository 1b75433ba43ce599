/**
 * TCP candidates (RFC 6544 §5.1): for each address that has a host candidate one that connects, and where the application
 * asks for it one that listens, or one that does both at once. Connections are the session's business.
 */
import type { IceTcpType } from "../base/ice-candidate.ts";
import { FIRST_TCP_SOCKET, type SocketId } from "../base/path.ts";
import type { AgentContext } from "./agent-context.ts";
import type { LocalBase } from "./candidate-pair.ts";
import { tcpHostCandidate } from "./local-candidates.ts";

/** A base that waits for its port. */
interface Opening {
  readonly udp: LocalBase;
  readonly tcpType: IceTcpType;
}

export class TcpGathering {
  readonly #context: AgentContext;
  readonly #opening = new Map<SocketId, Opening>();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** True while a port is not known. */
  get busy(): boolean {
    return this.#opening.size > 0;
  }

  /** Those that wait for their port. */
  get sockets(): Iterable<SocketId> {
    return this.#opening.keys();
  }

  /** The TCP bases beside a UDP base that need no port; asks for those of the others by events. */
  beside(udp: LocalBase): LocalBase[] {
    const bases: LocalBase[] = [];
    for (const tcpType of this.#context.options.tcp ?? []) {
      const socket = FIRST_TCP_SOCKET - this.#context.nextRequestId();
      this.#context.events.push({ type: "open-tcp", socket, address: udp.address, tcpType });
      if (tcpType === "active") bases.push(this.#base({ udp, tcpType }, socket, 0));
      else this.#opening.set(socket, { udp, tcpType });
    }
    return bases;
  }

  /** The port of a base is known; undefined: there is none. Returns the base. */
  opened(socket: SocketId, port: number | undefined): LocalBase | undefined {
    const opening = this.#opening.get(socket);
    this.#opening.delete(socket);
    return opening === undefined || port === undefined ? undefined : this.#base(opening, socket, port);
  }

  /** Gives up what has no port yet; returns it. */
  abandon(which: (udp: LocalBase) => boolean = () => true): SocketId[] {
    const abandoned = [...this.#opening].filter(([, { udp }]) => which(udp)).map(([socket]) => socket);
    for (const socket of abandoned) this.#opening.delete(socket);
    return abandoned;
  }

  #base({ udp, tcpType }: Opening, socket: SocketId, port: number): LocalBase {
    const { address, family, scope, localPreference } = udp;
    const host = tcpHostCandidate(this.#context, { address, port }, tcpType, localPreference);
    return { socket, address, port, family, scope, localPreference, tcpType, host, reflexive: [] };
  }
}
