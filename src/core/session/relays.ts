/**
 * The TURN clients of one ICE agent: brings each to its server, over a socket of the agent or a stream of its own, and makes
 * every relayed address look like a socket. Such a socket has a negative number and no descriptor: what is sent on it is
 * wrapped and goes to the server.
 */
import { UNREACHABLE } from "../base/candidate-error.ts";
import type { IceTcpType } from "../base/ice-candidate.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import { ipFamilyOf } from "../base/ip-address.ts";
import { isTcpSocket, type Path, type SocketId, type Transmit } from "../base/path.ts";
import type { IceAgent } from "../ice/index.ts";
import { RELAY_HEADROOM, type RelayAddress } from "../turn/index.ts";
import { type AllocationRequest, Relay, type RelayContext } from "./relay.ts";
import type { Dialer } from "./relayed-connections.ts";
import type { OpenedStream, StreamUser } from "./streams.ts";

/** How often servers may send us on to the next (RFC 8489 §10). */
export const MAX_REDIRECTS = 3;

/** What the relays need of the component they belong to. */
export interface RelaysContext extends RelayContext {
  readonly ice: IceAgent;
  /** Data from a peer has come in on a relayed socket; borrowed until return. */
  deliver(now: Instant, path: Path, data: Uint8Array): void;
  /** A relayed address for connections has come (RFC 6062): `socket` connects by `dialer`, or is connected to. */
  addTcp(socket: SocketId, address: string, tcpType: IceTcpType, dialer: Dialer): void;
}

/** True for the socket of a relayed address. */
export function isRelayed(socket: SocketId): boolean {
  return socket < 0 && !isTcpSocket(socket);
}

export class Relays {
  readonly #context: RelaysContext;
  readonly #relays = new Set<Relay>();
  readonly #bySocket = new Map<SocketId, Relay>();
  /** Clients that have only their farewell left to send. */
  readonly #leaving: Relay[] = [];
  #lastSocket: SocketId = 0;

  constructor(context: RelaysContext) {
    this.#context = context;
  }

  /** Asks a server, by an event of the agent. */
  allocate(now: Instant, request: AllocationRequest): void {
    this.#begin(now, request, request.server.port, 0);
  }

  /** The agent does not wait for it any more. */
  abandon(id: number): void {
    for (const relay of this.#relays) {
      if (relay.request.id === id && relay.sockets.length === 0) this.#leave(relay);
    }
  }

  /** The agent does not need a relayed socket any more: with the last one the allocation goes. */
  release(socket: SocketId): void {
    const relay = this.#bySocket.get(socket);
    if (relay === undefined) return;
    this.#bySocket.delete(socket);
    relay.sockets.splice(
      relay.sockets.findIndex((one) => one.socket === socket),
      1,
    );
    if (relay.sockets.length === 0) this.#leave(relay);
  }

  /** Checks will go to that address. */
  permit(now: Instant, socket: SocketId, address: string): void {
    this.#bySocket.get(socket)?.client.permit(now, address);
  }

  /** Data will go that way. */
  bindChannel(now: Instant, path: Path): void {
    this.#bySocket.get(path.socket)?.client.bindChannel(now, path.address, path.port);
  }

  /** Takes a datagram that one of the servers has sent; false: it is somebody else's. */
  handleDatagram(now: Instant, path: Path, datagram: Uint8Array): boolean {
    if (this.#relays.size === 0 || !isForClient(datagram)) return false;
    for (const relay of this.#relays) {
      const way = relay.path;
      if (way === undefined || way.socket !== path.socket) continue;
      if (way.port !== path.port || way.address !== path.address) continue;
      this.#receive(now, relay, datagram);
      this.#pump(now, relay);
      return true;
    }
    return false;
  }

  /**
   * Wraps what goes to a peer on a relayed socket: `length` bytes that lie in `out` behind `RELAY_HEADROOM`. False: nothing is
   * to be sent now.
   */
  wrap(now: Instant, path: Path, out: Uint8Array, length: number, transmit: Transmit): boolean {
    const relay = this.#bySocket.get(path.socket);
    if (relay?.path === undefined) return false;
    transmit.path = relay.path;
    transmit.length = relay.client.wrap(now, path.address, path.port, out, length);
    return transmit.length > 0;
  }

  /** Wraps what lies at the beginning of `out`. */
  wrapMoved(now: Instant, path: Path, out: Uint8Array, length: number, transmit: Transmit): boolean {
    out.copyWithin(RELAY_HEADROOM, 0, length);
    return this.wrap(now, path, out, length, transmit);
  }

  /** What the clients themselves have to say. */
  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    if (this.#relays.size === 0 && this.#leaving.length === 0) return false;
    while (this.#leaving.length > 0) {
      const relay = this.#leaving[0]!;
      if (this.#poll(now, relay, out, transmit)) return true;
      this.#leaving.shift();
      this.#forget(relay);
    }
    for (const relay of this.#relays) if (this.#poll(now, relay, out, transmit)) return true;
    return false;
  }

  handleTimeout(now: Instant): void {
    for (const relay of this.#relays) {
      relay.client.handleTimeout(now);
      relay.connections?.handleTimeout(now);
      this.#pump(now, relay);
    }
  }

  nextTimeout(): Instant {
    if (this.#leaving.length > 0) return Number.NEGATIVE_INFINITY;
    let next = NEVER;
    for (const { client, path, connections } of this.#relays) {
      if (path !== undefined) next = Math.min(next, client.nextTimeout());
      if (connections !== undefined) next = Math.min(next, connections.nextTimeout());
    }
    return next;
  }

  /** A socket that carried relays is gone. */
  socketGone(now: Instant, socket: SocketId): void {
    for (const relay of this.#relays) {
      if (relay.request.socket !== socket) continue;
      relay.client.disconnected("the local address is gone");
      this.#pump(now, relay);
    }
  }

  /** Gives all allocations back: what `pollTransmit` has then is the last. */
  close(): void {
    for (const relay of this.#relays) this.#leave(relay);
    this.#bySocket.clear();
  }

  #begin(now: Instant, request: AllocationRequest, port: number, redirects: number): void {
    const relay = new Relay(request, port, redirects, this.#context);
    this.#relays.add(relay);
    const { socket, address } = request;
    if (socket !== undefined) {
      relay.path = { socket, address, port };
      relay.client.start(now);
      return;
    }
    relay.attempt = this.#context.streams.connect(this.#userOf(relay), relay.destination);
  }

  #userOf(relay: Relay): StreamUser {
    const { address } = relay.request;
    return {
      connected: (now: Instant, { socket }: OpenedStream) => {
        relay.attempt = undefined;
        relay.path = { socket, address, port: relay.port };
        relay.client.start(now);
      },
      failed: (now: Instant, errorCode: string) => {
        relay.attempt = undefined;
        relay.client.disconnected(`connection failed: ${errorCode}`);
        this.#pump(now, relay);
      },
      received: (now: Instant, bytes: Uint8Array) => {
        relay.frames.push(bytes);
        for (let next = relay.frames.next(); next !== undefined; next = relay.frames.next())
          this.#receive(now, relay, next);
        if (relay.frames.broken) relay.client.disconnected("the server does not speak TURN");
        this.#pump(now, relay);
      },
      closed: (now: Instant) => {
        relay.client.disconnected("the server has closed the connection");
        this.#pump(now, relay);
      },
    };
  }

  #receive(now: Instant, relay: Relay, message: Uint8Array): void {
    const data = relay.client.receive(now, message);
    if (data === undefined) return;
    const path = relay.pathFrom(data.address, data.port);
    if (path !== undefined) this.#context.deliver(now, path, data.data);
  }

  #poll(now: Instant, relay: Relay, out: Uint8Array, transmit: Transmit): boolean {
    if (relay.path === undefined) return false;
    const length = relay.client.pollTransmit(now, out);
    if (length === 0) return relay.connections?.pollTransmit(out, transmit) ?? false;
    transmit.path = relay.path;
    transmit.length = length;
    return true;
  }

  #pump(now: Instant, relay: Relay): void {
    const { ice, log } = this.#context;
    const { id, server } = relay.request;
    for (let event = relay.client.pollEvent(); event !== undefined; event = relay.client.pollEvent()) {
      if (log.enabled) log.event(`turn.${event.type}`, { url: server.url });
      switch (event.type) {
        case "allocated":
          relay.frames.channels = true;
          this.#addSockets(relay, event.relayed);
          ice.relayAllocated(now, id, [...relay.sockets], event.mapped);
          // A peer that needs a relay mostly has one at the same server, and its first check through that is there a round trip
          // before a permission could be that waits for its candidate. The server may refuse to relay to itself.
          for (const { address } of event.relayed) relay.client.permit(now, address, true);
          break;
        case "redirected":
          this.#forget(relay);
          this.#redirect(now, relay, event.to);
          break;
        case "failed":
          this.#forget(relay);
          ice.serverFailed(now, id, event.errorCode, event.reason);
          break;
        case "lost":
          this.#forget(relay);
          for (const { socket } of relay.sockets.splice(0)) {
            this.#bySocket.delete(socket);
            ice.removeSocket(now, socket);
          }
          break;
        case "connection":
          relay.connections?.offered(now, event);
          break;
        case "connect-failed":
          relay.connections?.connectFailed(now, event.attempt, event.errorCode);
          break;
        case "peer-refused":
          break; // its checks find no answer
      }
    }
  }

  #addSockets(relay: Relay, relayed: readonly RelayAddress[]): void {
    const add = (socket: SocketId, { address, port }: RelayAddress) => {
      relay.sockets.push({ socket, address, port });
      this.#bySocket.set(socket, relay);
    };
    const { connections } = relay;
    const { tcp } = relay.request;
    if (tcp === undefined || connections === undefined) {
      for (const place of relayed) add(--this.#lastSocket, place);
      return;
    }
    const place = relayed[0]!;
    for (const tcpType of ["active", "passive"] as const) {
      add(tcp[tcpType], place);
      this.#context.addTcp(tcp[tcpType], place.address, tcpType, connections);
    }
  }

  #redirect(now: Instant, relay: Relay, to: RelayAddress): void {
    const { request, redirects } = relay;
    const sameFamily = ipFamilyOf(to.address) === ipFamilyOf(request.address);
    if (redirects >= MAX_REDIRECTS || (request.socket !== undefined && !sameFamily))
      this.#context.ice.serverFailed(now, request.id, UNREACHABLE, "the server sends us on for ever");
    else this.#begin(now, { ...request, address: to.address }, to.port, redirects + 1);
  }

  /** Says goodbye first, where there is a way to say it. */
  #leave(relay: Relay): void {
    if (!this.#relays.delete(relay)) return;
    relay.client.close();
    relay.connections?.close();
    for (const { socket } of relay.sockets.splice(0)) this.#bySocket.delete(socket);
    if (relay.path === undefined) this.#forget(relay);
    else this.#leaving.push(relay);
  }

  #forget(relay: Relay): void {
    this.#relays.delete(relay);
    const { streams } = this.#context;
    relay.connections?.close();
    if (relay.attempt !== undefined) streams.cancel(relay.attempt);
    if (relay.request.socket !== undefined || relay.path === undefined) return;
    streams.forget(relay.path.socket);
    this.#context.release(relay.path.socket);
  }
}

/** ChannelData, and STUN but for Binding, which is the agent's: servers for both may share an address. */
function isForClient(datagram: Uint8Array): boolean {
  const first = datagram[0] ?? 0xff;
  if (first >= 0x40 && first <= 0x4f) return true;
  return first < 4 && ((first & 0x3e) !== 0 || (datagram[1]! & 0xef) !== 1);
}
