/**
 * The connections behind TCP candidates (RFC 6544): makes one where a check wants to go, takes those that come, frames what
 * they carry (RFC 4571). To everybody else a connection is a path like any other: that of its candidate's number and the
 * peer's address.
 */

import type { Fifo } from "../base/fifo.ts";
import type { IceTcpType } from "../base/ice-candidate.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import type { Path, SocketId, Transmit } from "../base/path.ts";
import { FramedStream, frameInPlace, type IceAgent } from "../ice/index.ts";
import type { HostRequest } from "./host-request.ts";
import { MAX_DATAGRAM_SIZE } from "./packet-size.ts";
import type { Dialer } from "./relayed-connections.ts";
import type { StreamOwner, Streams, StreamUser } from "./streams.ts";

/** What browsers gather, and what is gathered where the application asks for nothing else. */
export const DEFAULT_TCP_TYPES: readonly IceTcpType[] = ["active"];
/** Connections of one component, those under way included. */
export const MAX_TCP_CONNECTIONS = 64;
/** Connections that have come and not shown the credentials yet; with the next one the oldest goes. */
export const MAX_UNPROVEN_CONNECTIONS = 16;
/** Milliseconds that each of them has for it. */
export const UNPROVEN_CONNECTION_TIME = 10_000;
/** Bytes that each of them may send for it, and the largest packet among them. */
export const UNPROVEN_CONNECTION_BYTES = 8192;
export const UNPROVEN_PACKET_SIZE = 1280;
/** Packets that wait for a connection that is being made: checks. */
export const MAX_HELD_PACKETS = 4;
/** Milliseconds after which a connection ends that nothing was sent or heard on: another pair is in use (RFC 6544 §8.1). */
export const IDLE_CONNECTION_TIME = 30_000;
/** Milliseconds after which a lost connection is made anew, if there is something to send. */
export const RECONNECT_INTERVAL = 1000;

/** What the connections need of the component they belong to. */
export interface TcpConnectionsContext {
  readonly owner: StreamOwner;
  readonly requests: Fifo<HostRequest>;
  readonly streams: Streams;
  readonly ice: IceAgent;
  /** A packet has come in; borrowed until return, may be changed in place. */
  deliver(now: Instant, path: Path, packet: Uint8Array): void;
  /** Gives a stream back. */
  release(socket: SocketId): void;
}

/** A stream that a peer has connected. */
export interface AcceptedStream {
  readonly socket: SocketId;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

interface Candidate {
  readonly address: string;
  readonly tcpType: IceTcpType;
  /** Who makes its connections, if not the system: a relay. */
  readonly dialer: Dialer | undefined;
  port: number;
}

class Connection {
  readonly path: Path;
  /** The peer has made it: we cannot make it anew. */
  readonly accepted: boolean;
  readonly frames: FramedStream;
  /** Where it really goes; undefined while there is no stream. */
  stream: Path | undefined;
  attempt: number | undefined;
  /** Who has the attempt, if not the system. */
  dialer: Dialer | undefined;
  /** Checks that wait for the stream. */
  readonly held: Uint8Array[] = [];
  /** The peer has shown the credentials. */
  proven = false;
  received = 0;
  /** When an unproven one ends. */
  deadline: Instant;
  /** When something was last sent or heard. */
  usedAt: Instant = Number.NEGATIVE_INFINITY;
  /** The system takes no more for now. */
  blocked = false;
  retryAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(path: Path, accepted: boolean, deadline: Instant) {
    this.path = path;
    this.accepted = accepted;
    this.deadline = deadline;
    this.frames = new FramedStream(accepted ? UNPROVEN_PACKET_SIZE : MAX_DATAGRAM_SIZE);
  }
}

export class TcpConnections {
  readonly #context: TcpConnectionsContext;
  readonly #candidates = new Map<SocketId, Candidate>();
  /** Oldest first. */
  readonly #connections = new Set<Connection>();
  /** Data goes the same way as before, nearly always. */
  #last: Connection | undefined;

  constructor(context: TcpConnectionsContext) {
    this.#context = context;
  }

  /** The agent has a TCP candidate on one of our addresses; it gets its port by `tcpOpened`. */
  open(socket: SocketId, address: string, tcpType: IceTcpType): void {
    this.#candidates.set(socket, { address, tcpType, dialer: undefined, port: 0 });
    if (tcpType === "active") return;
    const { requests, owner } = this.#context;
    requests.push({ type: "open-tcp", ...owner, socket, address, listen: tcpType === "passive" });
  }

  /** A relay makes connections, and takes those of peers, at an address of its own (RFC 6062). */
  addRelayed(socket: SocketId, address: string, tcpType: IceTcpType, dialer: Dialer): void {
    this.#candidates.set(socket, { address, tcpType, dialer, port: 0 });
  }

  /** The driver's answer: undefined when there is no port to be had. */
  opened(now: Instant, socket: SocketId, port: number | undefined): void {
    const candidate = this.#candidates.get(socket);
    if (candidate === undefined) return;
    if (port === undefined) this.#candidates.delete(socket);
    else candidate.port = port;
    this.#context.ice.tcpOpened(now, socket, port);
  }

  /** The agent has no use for a candidate any more: its connections end. */
  release(socket: SocketId): void {
    const candidate = this.#candidates.get(socket);
    if (candidate === undefined) return;
    this.#candidates.delete(socket);
    for (const connection of this.#connections) if (connection.path.socket === socket) this.#end(connection);
    const { requests, owner } = this.#context;
    if (candidate.tcpType === "passive" && candidate.dialer === undefined)
      requests.push({ type: "close-tcp", ...owner, socket });
  }

  releaseAll(): void {
    for (const socket of this.#candidates.keys()) this.release(socket);
  }

  /** A peer has connected to a candidate that listens. False: it is not wanted. */
  accepted(now: Instant, listener: SocketId, stream: AcceptedStream): boolean {
    if (!this.#candidates.has(listener)) return false;
    const { remoteAddress: address, remotePort: port } = stream;
    const path = { socket: listener, address, port };
    if (!this.#makeRoom() || this.#find(path) !== undefined) return false;
    const connection = new Connection(path, true, now + UNPROVEN_CONNECTION_TIME);
    connection.stream = { socket: stream.socket, address, port };
    connection.usedAt = now;
    this.#connections.add(connection);
    this.#context.streams.adopt(stream.socket, this.#userOf(connection));
    return true;
  }

  /**
   * Sends the packet at the beginning of `out` on a path of a TCP candidate: frames it there. False: there is nothing to be
   * transmitted now. It is kept while a connection is made, and dropped where there is none to be had.
   */
  send(now: Instant, path: Path, out: Uint8Array, length: number, transmit: Transmit): boolean {
    const connection = this.#find(path) ?? this.#begin(now, path);
    if (connection === undefined) return false;
    if (connection.stream === undefined) {
      this.#hold(now, connection, out.slice(0, length));
      return false;
    }
    connection.usedAt = now;
    transmit.path = connection.stream;
    transmit.length = frameInPlace(out, length);
    return true;
  }

  /** True while nothing but checks should be sent: data waits where it is, it would only wait elsewhere. */
  isBlocked(path: Path): boolean {
    const connection = this.#find(path);
    return connection !== undefined && (connection.stream === undefined || connection.blocked);
  }

  /** The system takes no more for one of the streams, or takes more again. */
  setBlocked(socket: SocketId, blocked: boolean): void {
    for (const connection of this.#connections) {
      if (connection.stream?.socket === socket) connection.blocked = blocked;
    }
  }

  /** Checks that have waited for their connection. */
  pollTransmit(out: Uint8Array, transmit: Transmit): boolean {
    for (const { stream, held } of this.#connections) {
      if (stream === undefined || held.length === 0) continue;
      const packet = held.shift()!;
      out.set(packet);
      transmit.path = stream;
      transmit.length = frameInPlace(out, packet.length);
      return true;
    }
    return false;
  }

  handleTimeout(now: Instant): void {
    for (const connection of this.#connections) {
      if (connection.deadline <= now) this.#end(connection);
      else if (this.#idleAt(connection) <= now) {
        this.#end(connection);
        // The end that connects can do so again when its pair is looked at.
        this.#context.ice.connectionLost(now, connection.path, connection.accepted);
      }
    }
  }

  nextTimeout(): Instant {
    let next = NEVER;
    for (const connection of this.#connections)
      next = Math.min(next, connection.deadline, this.#idleAt(connection));
    return next;
  }

  /** When a connection ends for want of use: never that of the selected pair, whose consent decides. */
  #idleAt({ stream, path, usedAt }: Connection): Instant {
    if (stream === undefined) return NEVER;
    const selected = this.#context.ice.selectedPath();
    return selected !== undefined && isSame(selected, path) ? NEVER : usedAt + IDLE_CONNECTION_TIME;
  }

  #find(path: Path): Connection | undefined {
    if (this.#last !== undefined && isSame(this.#last.path, path)) return this.#last;
    for (const connection of this.#connections) {
      if (isSame(connection.path, path)) {
        this.#last = connection;
        return connection;
      }
    }
    return undefined;
  }

  /** Undefined: a peer's connection that is gone, or one too many. */
  #begin(now: Instant, path: Path): Connection | undefined {
    const candidate = this.#candidates.get(path.socket);
    if (candidate === undefined || candidate.tcpType === "passive" || !this.#makeRoom()) return undefined;
    const connection = new Connection(path, false, NEVER);
    this.#connections.add(connection);
    this.#connect(now, connection, candidate);
    return connection;
  }

  #connect(now: Instant, connection: Connection, candidate: Candidate): void {
    const { address, port } = connection.path;
    connection.retryAt = now + RECONNECT_INTERVAL;
    const user = this.#userOf(connection);
    const destination = { address, port, serverName: undefined };
    connection.dialer = candidate.dialer;
    connection.attempt =
      candidate.dialer?.connect(now, user, destination) ??
      this.#context.streams.connect(user, {
        ...destination,
        local: { address: candidate.address, port: candidate.port },
      });
  }

  #hold(now: Instant, connection: Connection, packet: Uint8Array): void {
    if (connection.held.length < MAX_HELD_PACKETS) connection.held.push(packet);
    const candidate = this.#candidates.get(connection.path.socket);
    if (connection.attempt === undefined && connection.retryAt <= now && candidate !== undefined)
      this.#connect(now, connection, candidate);
  }

  /** Room for one more connection; false when all there are have a right to stay. */
  #makeRoom(): boolean {
    const all = [...this.#connections];
    const unproven = all.filter(({ accepted, proven }) => accepted && !proven);
    const isFull = all.length >= MAX_TCP_CONNECTIONS;
    if (unproven.length < MAX_UNPROVEN_CONNECTIONS && !isFull) return true;
    const dead = all.find(({ stream, attempt }) => stream === undefined && attempt === undefined);
    const leaving = unproven.length < MAX_UNPROVEN_CONNECTIONS ? (dead ?? unproven[0]) : unproven[0];
    if (leaving !== undefined) this.#end(leaving);
    return leaving !== undefined;
  }

  #userOf(connection: Connection): StreamUser {
    const { ice } = this.#context;
    return {
      connected: (now, { socket }) => {
        const { address, port } = connection.path;
        connection.usedAt = now;
        connection.attempt = undefined;
        connection.stream = { socket, address, port };
      },
      failed: (now) => {
        connection.attempt = undefined;
        this.#lost(connection);
        ice.connectionLost(now, connection.path, true);
      },
      received: (now, bytes) => this.#receive(now, connection, bytes),
      closed: (now) => {
        this.#lost(connection);
        ice.connectionLost(now, connection.path, connection.accepted);
      },
    };
  }

  #receive(now: Instant, connection: Connection, bytes: Uint8Array): void {
    const { frames, path } = connection;
    connection.received += bytes.length;
    connection.usedAt = now;
    frames.push(bytes);
    for (let packet = frames.next(); packet !== undefined; packet = frames.next()) {
      this.#context.deliver(now, path, packet);
      if (!this.#connections.has(connection)) return;
      this.#prove(connection);
    }
    const isTooMuch =
      connection.accepted && !connection.proven && connection.received > UNPROVEN_CONNECTION_BYTES;
    if (!frames.broken && !isTooMuch) return;
    this.#end(connection);
    this.#context.ice.connectionLost(now, path, true);
  }

  #prove(connection: Connection): void {
    if (connection.proven || !this.#context.ice.isValidPath(connection.path)) return;
    connection.proven = true;
    connection.deadline = NEVER;
    connection.frames.limit = MAX_DATAGRAM_SIZE;
  }

  /** The stream is gone, or never came. One that we make is remembered: it may be made anew, but not at once. */
  #lost(connection: Connection): void {
    const { stream } = connection;
    connection.stream = undefined;
    connection.held.length = 0;
    connection.frames.reset();
    connection.blocked = false;
    if (stream !== undefined) {
      this.#context.streams.forget(stream.socket);
      this.#context.release(stream.socket);
    }
    if (connection.accepted) this.#forget(connection);
  }

  #end(connection: Connection): void {
    this.#forget(connection);
    if (connection.attempt !== undefined)
      (connection.dialer ?? this.#context.streams).cancel(connection.attempt);
    connection.attempt = undefined;
    this.#lost(connection);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#last === connection) this.#last = undefined;
  }
}

function isSame(a: Path, b: Path): boolean {
  return a === b || (a.port === b.port && a.socket === b.socket && a.address === b.address);
}
