/**
 * The ICE candidate pool (webrtc-pc §4.4.1.6, RFC 9429 §3.5.4): transports that gather before they are made. Their names are
 * those that the next transports will have.
 */
import type { TransportId } from "../core/session/protocol.ts";
import type { Connection } from "./connection.ts";

/** Transports that gather ahead at once; a larger pool is no larger. Each has a socket for every local address. */
export const MAX_POOLED_TRANSPORTS = 16;

export class CandidatePool {
  readonly #connection: Connection;
  readonly #pooled = new Set<TransportId>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes the pool as large as the configuration says, by gathering more or by giving up the newest. */
  async resize(): Promise<void> {
    const connection = this.#connection;
    if (connection.configuration.iceCandidatePoolSize === 0 && this.#pooled.size === 0) return;
    await connection.prepare();
    if (connection.isClosed) return;
    const { iceCandidatePoolSize, servers, iceTransportPolicy: policy } = connection.configuration;
    // Once a description is set the size is fixed, and what is left serves the transports of that negotiation.
    const size = connection.localDescriptionSet ? 0 : Math.min(iceCandidatePoolSize, MAX_POOLED_TRANSPORTS);
    const first = connection.jsep.nextTransport;
    for (const transport of this.#pooled) {
      if (transport >= first + size) this.#discard(transport);
    }
    for (let transport = first; transport < first + size; transport++) {
      if (this.#pooled.has(transport)) continue;
      this.#pooled.add(transport);
      connection.command({ type: "pool-transport", transport, certificate: 0, servers, policy });
    }
  }

  /** Other servers, or another policy: what was gathered is of no use (webrtc-pc §4.4.1.6). */
  renew(): Promise<void> {
    this.clear();
    return this.resize();
  }

  /** The transport is made: it is in nobody's pool any more. */
  take(transport: TransportId): void {
    this.#pooled.delete(transport);
  }

  /** Gives up what no transport has used. */
  clear(): void {
    for (const transport of this.#pooled) this.#discard(transport);
  }

  #discard(transport: TransportId): void {
    this.#pooled.delete(transport);
    this.#connection.command({ type: "remove-transport", transport });
  }
}
