/**
 * How long servers are waited for. One that is silent over UDP is probed: the sockets that candidates are made of serve any
 * destination, and so learn of no ICMP error (RFC 1122 §4.1.3.3), but a socket that leads to this one server does.
 */
import { type Instant, NEVER } from "../base/instant.ts";
import { randomBytes } from "../base/random.ts";
import { TRANSACTION_ID_LENGTH } from "../stun/index.ts";
import type { AgentContext } from "./agent-context.ts";
import { buildServerRequest } from "./check-message.ts";

/** A server that has not answered, and where it was asked from. */
export interface SilentServer {
  /** The socket's. */
  readonly local: string;
  readonly address: string;
  readonly port: number;
}

export class ServerPatience {
  readonly #context: AgentContext;
  #begun: Instant = NEVER;
  #probeAt: Instant = NEVER;
  readonly #probes = new Map<number, SilentServer>();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** Servers are being asked. */
  begin(now: Instant): void {
    const { timing, options } = this.#context;
    this.#begun = now;
    // A probe has a port of its own: whoever wants none but those in a range goes without.
    this.#probeAt = options.portRange === undefined ? now + timing.probeAfter : NEVER;
  }

  /** Nobody is waited for. */
  end(): void {
    this.#begun = NEVER;
    this.#probeAt = NEVER;
    this.#probes.clear();
  }

  /** When there is something to do. `enough`: what is missing is nothing new any more. */
  next(enough: boolean): Instant {
    return Math.min(this.#probeAt, this.#deadline(enough));
  }

  isOver(now: Instant, enough: boolean): boolean {
    return this.#deadline(enough) <= now;
  }

  /** Asks for probes of those that are silent, by events, when it is time for it. */
  probe(now: Instant, silent: () => readonly SilentServer[]): void {
    if (now < this.#probeAt) return;
    this.#probeAt = NEVER;
    const { events, random, nextRequestId } = this.#context;
    const probed = new Set<string>();
    for (const server of silent()) {
      const place = `${server.address} ${server.port}`;
      if (probed.has(place)) continue;
      probed.add(place);
      const id = nextRequestId();
      this.#probes.set(id, server);
      const datagram = buildServerRequest(randomBytes(random, TRANSACTION_ID_LENGTH));
      events.push({ type: "probe", id, ...server, datagram });
    }
  }

  /** The server that a probe has not found; undefined: it was no probe. */
  take(id: number): SilentServer | undefined {
    const server = this.#probes.get(id);
    this.#probes.delete(id);
    return server;
  }

  #deadline(enough: boolean): Instant {
    const { gatheringTimeout, spareTimeout } = this.#context.timing;
    return this.#begun + (enough ? Math.min(spareTimeout, gatheringTimeout) : gatheringTimeout);
  }
}
