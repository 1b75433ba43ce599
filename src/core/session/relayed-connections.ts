/**
 * Connections with peers through one TURN allocation (RFC 6062): each is a connection of its own to the server, bound there to
 * that of the peer. What is above takes them for streams like any others.
 */
import { type Instant, NEVER } from "../base/instant.ts";
import type { SocketId, Transmit } from "../base/path.ts";
import type { ConnectionBind, RelayAddress, TurnClient, TurnEvent } from "../turn/index.ts";
import type { OpenedStream, StreamDestination, Streams, StreamUser } from "./streams.ts";
import type { AcceptedStream } from "./tcp-connections.ts";

/** Connections of one allocation that are not bound yet. */
export const MAX_UNBOUND_CONNECTIONS = 16;
/** Milliseconds until one must be bound, from the first request on: servers wait as long (RFC 6062 §5.4). */
export const BINDING_TIME = 30_000;

/** Who connects, in place of the system. Calls nothing of `user` before it has returned. */
export interface Dialer {
  connect(now: Instant, user: StreamUser, destination: StreamDestination): number;
  cancel(attempt: number): void;
}

/** What the connections need of the relay they belong to. */
export interface RelayedConnectionsContext {
  readonly client: TurnClient;
  readonly streams: Streams;
  /** Where the server is. */
  readonly server: StreamDestination;
  /** A peer has connected. False: it is not wanted. */
  accept(now: Instant, stream: AcceptedStream): boolean;
  /** Gives a stream back. */
  release(socket: SocketId): void;
}

/** A connection on its way. */
class Unbound {
  /** Who has asked for it; undefined: the peer has come. */
  readonly user: StreamUser | undefined;
  readonly peer: RelayAddress;
  readonly deadline: Instant;
  /** Of the connection to the server, while it is made. */
  attempt: number | undefined;
  stream: OpenedStream | undefined;
  bind: ConnectionBind | undefined;

  constructor(user: StreamUser | undefined, peer: RelayAddress, deadline: Instant) {
    this.user = user;
    this.peer = peer;
    this.deadline = deadline;
  }
}

export class RelayedConnections implements Dialer {
  readonly #context: RelayedConnectionsContext;
  readonly #unbound = new Map<number, Unbound>();
  #lastId = 0;

  constructor(context: RelayedConnectionsContext) {
    this.#context = context;
  }

  /** Asks the server to connect to a peer. */
  connect(now: Instant, user: StreamUser, { address, port }: StreamDestination): number {
    const id = ++this.#lastId;
    const room = this.#unbound.size < MAX_UNBOUND_CONNECTIONS;
    const asked = room && this.#context.client.connect(now, id, address, port);
    // What cannot be asked for fails with the next timeout.
    this.#unbound.set(id, new Unbound(user, { address, port }, asked ? now + BINDING_TIME : now));
    return id;
  }

  cancel(id: number): void {
    const unbound = this.#unbound.get(id);
    if (unbound !== undefined) this.#forget(id, unbound);
  }

  /** The server has the peer's connection: ours follows. */
  offered(now: Instant, { attempt, connection, peer }: Extract<TurnEvent, { type: "connection" }>): void {
    const known = attempt === undefined ? undefined : this.#unbound.get(attempt);
    // Given up meanwhile, or one too many: the server drops what nobody binds.
    if (known === undefined && (attempt !== undefined || this.#unbound.size >= MAX_UNBOUND_CONNECTIONS))
      return;
    const id = attempt ?? ++this.#lastId;
    const unbound = known ?? new Unbound(undefined, peer, now + BINDING_TIME);
    this.#unbound.set(id, unbound);
    const { streams, server } = this.#context;
    unbound.attempt = streams.connect(this.#userOf(id, unbound, connection), server);
  }

  /** The server could not connect to the peer. */
  connectFailed(now: Instant, attempt: number, errorCode: number): void {
    const unbound = this.#unbound.get(attempt);
    if (unbound !== undefined) this.#fail(now, attempt, unbound, `TURN ${errorCode}`);
  }

  pollTransmit(out: Uint8Array, transmit: Transmit): boolean {
    const { address, port } = this.#context.server;
    for (const { stream, bind } of this.#unbound.values()) {
      if (stream === undefined || bind === undefined) continue;
      const length = bind.pollTransmit(out);
      if (length === 0) continue;
      transmit.path = { socket: stream.socket, address, port };
      transmit.length = length;
      return true;
    }
    return false;
  }

  handleTimeout(now: Instant): void {
    for (const [id, unbound] of this.#unbound)
      if (unbound.deadline <= now) this.#fail(now, id, unbound, "timeout");
  }

  nextTimeout(): Instant {
    let next = NEVER;
    for (const { deadline } of this.#unbound.values()) next = Math.min(next, deadline);
    return next;
  }

  /** The allocation is gone: nobody is told, for those who have asked are gone, too. */
  close(): void {
    for (const [id, unbound] of this.#unbound) this.#forget(id, unbound);
  }

  #userOf(id: number, unbound: Unbound, connection: number): StreamUser {
    const { client } = this.#context;
    const fail = (now: Instant, reason: string) => {
      if (this.#unbound.get(id) === unbound) this.#fail(now, id, unbound, reason);
    };
    return {
      connected: (_now, stream) => {
        unbound.attempt = undefined;
        unbound.stream = stream;
        unbound.bind = client.bind(connection);
      },
      failed: (now, errorCode) => {
        unbound.attempt = undefined;
        fail(now, errorCode);
      },
      received: (now, bytes) => {
        const outcome = unbound.bind!.receive(bytes);
        if (outcome === "failed") fail(now, "not bound");
        else if (outcome === "bound") this.#bound(now, id, unbound, unbound.stream!, unbound.bind!.rest);
      },
      closed: (now) => fail(now, "closed"),
    };
  }

  /** From here on the stream is the peer's. */
  #bound(now: Instant, id: number, { user, peer }: Unbound, stream: OpenedStream, rest: Uint8Array): void {
    this.#unbound.delete(id);
    const { streams } = this.#context;
    const { socket } = stream;
    if (user !== undefined) {
      streams.adopt(socket, user);
      user.connected(now, stream);
    } else if (!this.#context.accept(now, { socket, remoteAddress: peer.address, remotePort: peer.port })) {
      streams.forget(socket);
      this.#context.release(socket);
      return;
    }
    if (rest.length > 0) streams.received(now, socket, rest);
  }

  #fail(now: Instant, id: number, unbound: Unbound, errorCode: string): void {
    this.#forget(id, unbound);
    unbound.user?.failed(now, errorCode);
  }

  #forget(id: number, { attempt, stream }: Unbound): void {
    this.#unbound.delete(id);
    const { streams } = this.#context;
    if (attempt !== undefined) streams.cancel(attempt);
    if (stream === undefined) return;
    streams.forget(stream.socket);
    this.#context.release(stream.socket);
  }
}
