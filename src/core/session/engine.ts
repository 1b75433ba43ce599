import { assert } from "../base/assert.ts";
import { Fifo } from "../base/fifo.ts";
import type { IceOptions } from "../base/ice-options.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import type { Log } from "../base/log.ts";
import type { Path, SocketId, Transmit } from "../base/path.ts";
import { type Random, randomIceChars } from "../base/random.ts";
import type { CertificateWithKey } from "../crypto/certificate-with-key.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { EngineSnapshot } from "../stats/index.ts";
import type { Component } from "./component.ts";
import { DataChannels } from "./data-channels.ts";
import type { HostRequest, OpenedSocket } from "./host-request.ts";
import type { CertificateId, EngineCommand, EngineEvent, IceComponent, TransportId } from "./protocol.ts";
import type { Relays } from "./relays.ts";
import type { OpenedStream } from "./streams.ts";
import type { AcceptedStream } from "./tcp-connections.ts";
import { Transport, type TransportContext } from "./transport.ts";

/** What one engine is made with. */
export interface EngineConfiguration {
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly log: Log;
  /** Their index is their `CertificateId`. */
  readonly certificates: readonly CertificateWithKey[];
  /** Milliseconds since 1970 at instant 0. */
  readonly timeOrigin: number;
  readonly ice?: IceOptions | undefined;
  /** Candidate pairs are told by events, and each nomination waits for "decide-nomination". */
  readonly supervised?: boolean | undefined;
}

type CreateTransport = Extract<EngineCommand, { type: "create-transport" }>;

/** Whose a socket is. */
interface SocketOwner {
  readonly transport: Transport;
  readonly component: Component;
}

/**
 * Everything behind one `RTCPeerConnection`, as one pure machine: bytes, time and answers come in, bytes, requests and
 * events go out. After any call: drain `pollTransmit`, `pollRequest` and `pollEvent`, then read `nextTimeout`.
 */
export class Engine {
  readonly #configuration: EngineConfiguration;
  readonly #transports = new Map<TransportId, Transport>();
  readonly #sockets = new Map<SocketId, SocketOwner>();
  readonly #requests = new Fifo<HostRequest>();
  readonly #events = new Fifo<EngineEvent>();
  readonly #channels = new DataChannels(this.#events);
  /** Relays of transports that are gone, with a farewell to send. */
  readonly #departing: Relays[] = [];
  /** Transports that gather ahead and are not made yet. */
  readonly #pooled = new Set<TransportId>();
  #dropped = 0;
  #closed = false;

  constructor(configuration: EngineConfiguration) {
    this.#configuration = configuration;
  }

  /** True once "close" was commanded: what is still owed to the network is only farewells. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Datagrams that belonged to nothing we know (no such socket, no protocol's first byte), dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  command(now: Instant, command: EngineCommand): void {
    if (this.#closed) return;
    switch (command.type) {
      case "create-transport":
        this.#createTransport(now, command);
        return;
      case "pool-transport":
        this.#poolTransport(now, command);
        return;
      case "open-channel":
        this.#channels.open(now, command);
        return;
      case "send":
        this.#channels.send(now, command.channel, command.binary, command.data);
        return;
      case "close-channel":
        this.#channels.close(now, command.channel);
        return;
      case "remove-transport":
        this.#removeTransport(now, command.transport);
        return;
      case "get-statistics":
        this.#events.push({ type: "statistics", snapshot: this.snapshot(now) });
        return;
      case "close": {
        const snapshot = this.snapshot(now);
        this.#closed = true;
        for (const transport of this.#transports.values()) transport.close(now);
        this.#requests.clear();
        this.#events.clear();
        this.#events.push({ type: "ended", snapshot });
        return;
      }
      default:
        if (command.type === "start-sctp") this.#moveSctp(command.transport);
        this.#transports.get(command.transport)?.command(now, command);
    }
  }

  /** What is counted now. */
  snapshot(now: Instant): EngineSnapshot {
    const made = [...this.#transports.values()].filter(({ id }) => !this.#pooled.has(id));
    const transports = made.flatMap((transport) => transport.snapshots(now));
    return { at: now, transports };
  }

  /** The answer to "open-sockets", once per socket. */
  addSocket(now: Instant, id: TransportId, name: IceComponent, opened: OpenedSocket): void {
    const transport = this.#transports.get(id);
    const component = transport?.component(name);
    if (this.#closed || transport === undefined) return;
    if (component === undefined) {
      this.#releaseSocket(opened.socket); // not needed any more
      return;
    }
    this.#sockets.set(opened.socket, { transport, component });
    transport.addSocket(now, component, opened);
  }

  /** No more sockets will come for this gathering. */
  socketsComplete(now: Instant, transport: TransportId, component: IceComponent): void {
    if (!this.#closed) this.#transports.get(transport)?.socketsComplete(now, component);
  }

  /** A socket is gone (its interface vanished, or it failed for good). */
  removeSocket(now: Instant, socket: SocketId): void {
    const owner = this.#sockets.get(socket);
    if (owner === undefined) return;
    this.#sockets.delete(socket);
    owner.transport.removeSocket(now, owner.component, socket);
  }

  /** The answer to "connect-stream". */
  streamConnected(
    now: Instant,
    id: TransportId,
    name: IceComponent,
    request: number,
    stream: OpenedStream,
  ): void {
    const transport = this.#transports.get(id);
    const component = transport?.component(name);
    if (!this.#closed && transport !== undefined && component !== undefined) {
      this.#sockets.set(stream.socket, { transport, component });
      if (component.streams.connected(now, request, stream)) {
        transport.pump(now);
        return;
      }
    }
    this.#releaseSocket(stream.socket);
  }

  /** The answer to "connect-stream" when there will be no stream. */
  streamFailed(now: Instant, id: TransportId, name: IceComponent, request: number, errorCode: string): void {
    if (this.#closed) return;
    const transport = this.#transports.get(id);
    transport?.component(name)?.streams.failed(now, request, errorCode);
    transport?.pump(now);
  }

  /** The answer to "open-tcp": undefined when there is no port. */
  tcpOpened(
    now: Instant,
    id: TransportId,
    name: IceComponent,
    socket: SocketId,
    port: number | undefined,
  ): void {
    if (this.#closed) return;
    const transport = this.#transports.get(id);
    transport?.component(name)?.tcp.opened(now, socket, port);
    transport?.pump(now);
  }

  /** A stream has come to an "open-tcp" that listens. False: it is not wanted. */
  streamAccepted(
    now: Instant,
    id: TransportId,
    name: IceComponent,
    listener: SocketId,
    stream: AcceptedStream,
  ): boolean {
    const transport = this.#transports.get(id);
    const component = transport?.component(name);
    if (this.#closed || transport === undefined || component === undefined) return false;
    if (!component.tcp.accepted(now, listener, stream)) return false;
    this.#sockets.set(stream.socket, { transport, component });
    return true;
  }

  /** A stream takes no more for now, or takes more again. */
  setStreamBlocked(socket: SocketId, blocked: boolean): void {
    this.#sockets.get(socket)?.component.tcp.setBlocked(socket, blocked);
  }

  /** The next bytes of a stream, borrowed until return. */
  handleStreamData(now: Instant, socket: SocketId, bytes: Uint8Array): void {
    const owner = this.#sockets.get(socket);
    if (owner === undefined || this.#closed) return;
    owner.component.streams.received(now, socket, bytes);
    owner.transport.pump(now);
  }

  /** The peer or the system has ended a stream. */
  streamClosed(now: Instant, socket: SocketId): void {
    const owner = this.#sockets.get(socket);
    if (owner === undefined) return;
    this.#sockets.delete(socket);
    owner.component.streams.closed(now, socket);
    owner.transport.pump(now);
  }

  /** The answer to "resolve": canonical addresses, none when the name has none. */
  resolved(
    now: Instant,
    transport: TransportId,
    component: IceComponent,
    id: number,
    addresses: readonly string[],
  ): void {
    if (!this.#closed) this.#transports.get(transport)?.resolved(now, component, id, addresses);
  }

  /** The answer to "probe-server" when nobody is there. */
  serverUnreachable(
    now: Instant,
    transport: TransportId,
    component: IceComponent,
    id: number,
    code: string,
  ): void {
    if (!this.#closed) this.#transports.get(transport)?.serverUnreachable(now, component, id, code);
  }

  /** `datagram` is borrowed until return, and is decrypted in place. */
  handleDatagram(now: Instant, path: Path, datagram: Uint8Array): void {
    const owner = this.#sockets.get(path.socket);
    if (owner === undefined || this.#closed) {
      this.#dropped++;
      return;
    }
    owner.component.handleDatagram(now, path, datagram);
    owner.transport.pump(now);
  }

  /** What is owed may wait until all datagrams that are there already were handed in. */
  get mayAnswerLater(): boolean {
    return this.#channels.mayAnswerLater;
  }

  handleTimeout(now: Instant): void {
    if (this.#closed) return;
    for (const transport of this.#transports.values()) transport.handleTimeout(now);
  }

  /** Writes at most one datagram into `out`; false: nothing owed. */
  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    for (; this.#departing.length > 0; this.#departing.shift()) {
      if (this.#departing[0]!.pollTransmit(now, out, transmit)) return true;
    }
    for (const transport of this.#transports.values()) {
      if (transport.pollTransmit(now, out, transmit)) return true;
    }
    return false;
  }

  pollRequest(): HostRequest | undefined {
    return this.#requests.shift();
  }

  /** The event that `pollEvent` will return next. */
  peekEvent(): EngineEvent | undefined {
    return this.#events.peek();
  }

  pollEvent(): EngineEvent | undefined {
    const event = this.#events.shift();
    // After "ended" nobody is told what the farewells cause.
    return this.#closed && event?.type !== "ended" ? undefined : event;
  }

  nextTimeout(): Instant {
    if (this.#closed) return NEVER;
    let next = NEVER;
    for (const transport of this.#transports.values()) {
      const wanted = transport.nextTimeout();
      if (wanted < next) next = wanted;
    }
    return next;
  }

  #createTransport(now: Instant, command: CreateTransport): void {
    const { transport: id } = command;
    const context = this.#transportContext(command.certificate);
    if (this.#pooled.delete(id)) this.#transports.get(id)!.adopt(now, command, context);
    else {
      assert(!this.#transports.has(id), "a transport id is never used twice");
      this.#transports.set(id, new Transport(command, context));
    }
  }

  /** Under credentials that nobody hears of, and that open nothing: there is no peer yet. */
  #poolTransport(now: Instant, command: Extract<EngineCommand, { type: "pool-transport" }>): void {
    const { transport: id, certificate } = command;
    if (this.#transports.has(id)) return;
    const { random } = this.#configuration;
    const transport = new Transport(
      {
        type: "create-transport",
        transport: id,
        usernameFragment: randomIceChars(random, 8),
        password: randomIceChars(random, 24),
        controlling: true,
        certificate,
      },
      this.#transportContext(certificate),
    );
    this.#pooled.add(id);
    this.#transports.set(id, transport);
    transport.gatherAhead(now, command);
  }

  #transportContext(id: CertificateId): TransportContext {
    const certificate = this.#configuration.certificates[id];
    assert(certificate !== undefined, "a transport names a registered certificate");
    return {
      ...this.#configuration,
      certificate,
      requests: this.#requests,
      events: this.#events,
      channels: this.#channels,
      release: (socket) => this.#releaseSocket(socket),
      sayGoodbye: (relays) => this.#sayGoodbye(relays),
    };
  }

  /** There is one association in a connection (webrtc-pc §4.4.1.5). */
  #moveSctp(to: TransportId): void {
    for (const { id, sctp } of this.#transports.values()) if (id !== to) sctp.handOver();
  }

  /** Its farewells are lost with it: it never carried anything the peer knows of, or the peer has dropped it too. */
  #removeTransport(now: Instant, id: TransportId): void {
    const transport = this.#transports.get(id);
    if (transport === undefined) return;
    transport.close(now);
    for (const component of transport.components) {
      this.#sayGoodbye(component.relays);
      component.tcp.releaseAll();
    }
    this.#transports.delete(id);
    this.#pooled.delete(id);
    for (const [socket, owner] of this.#sockets) {
      if (owner.transport === transport) this.#releaseSocket(socket);
    }
  }

  /** Only servers are told that a transport is gone: they would keep what it has allocated (RFC 8656 §8). */
  #sayGoodbye(relays: Relays): void {
    relays.close();
    this.#departing.push(relays);
  }

  #releaseSocket(socket: SocketId): void {
    this.#sockets.delete(socket);
    this.#requests.push({ type: "close-socket", socket });
  }
}
