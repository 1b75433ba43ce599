import { type Instant, NEVER } from "../base/instant.ts";
import { isTcpSocket, type Path, type SocketId, samePath, type Transmit } from "../base/path.ts";
import type { DtlsEndpoint } from "../dtls/index.ts";
import { IceAgent, type IceEvent } from "../ice/index.ts";
import { RELAY_HEADROOM } from "../turn/index.ts";
import type { ComponentContext, ComponentDrops, ComponentOptions, UpperLayer } from "./component-context.ts";
import { classifyDatagram } from "./demultiplex.ts";
import { DtlsLayer } from "./dtls-layer.ts";
import { GatheringEvents } from "./gathering-events.ts";
import type { OpenedSocket } from "./host-request.ts";
import type { EngineCommand, IceComponent, TransportId } from "./protocol.ts";
import { isRelayed, Relays } from "./relays.ts";
import type { SrtpLayer } from "./srtp-layer.ts";
import { Streams } from "./streams.ts";
import { DEFAULT_TCP_TYPES, TcpConnections } from "./tcp-connections.ts";

type StartDtls = Extract<EngineCommand, { type: "start-dtls" }>;

/** Packets of media that leave in a row before it is asked again what else is owed: a frame of video has less. */
const MEDIA_RUN = 16;

/**
 * One component of a transport: an ICE agent and the DTLS association over it. RTP and RTCP that do not share a component
 * have an association each (RFC 5764 §3). Joins the two machines; neither knows the other.
 */
export class Component {
  readonly ice: IceAgent;
  readonly streams: Streams;
  readonly srtp: SrtpLayer;
  readonly relays: Relays;
  readonly tcp: TcpConnections;
  readonly gathering: GatheringEvents;
  readonly drops: ComponentDrops = { unknownProtocol: 0, unprovenPath: 0, unexpectedData: 0 };
  /** Where its events are from. */
  readonly #place: { readonly transport: TransportId; readonly component: IceComponent };
  readonly #context: ComponentContext;
  readonly #dtls: DtlsLayer;
  #closing = false;
  /** Where the farewells go: the agent itself is closed by then. */
  #farewellPath: Path | undefined;
  readonly #sockets = new Set<SocketId>();
  /** Media that may follow the media before it at once, where that went. */
  #mediaRun = 0;
  #mediaPath: Path | undefined;
  #lastGoodPath: Path | undefined;
  /** The driver's buffer, and where in it lies what a relay will wrap: made once, not for each packet. */
  #buffer: Uint8Array | undefined;
  #inner: Uint8Array = new Uint8Array(0);

  constructor(
    options: ComponentOptions,
    context: ComponentContext,
    upper: UpperLayer | undefined,
    srtp: SrtpLayer,
  ) {
    this.#place = { transport: options.transport, component: options.component };
    this.#context = context;
    this.srtp = srtp;
    this.gathering = new GatheringEvents(this.#place, context.events);
    this.streams = new Streams(this.#place, context.requests);
    const { random, crypto, log, ice, supervised } = context;
    const tcp = ice?.lite ? [] : DEFAULT_TCP_TYPES;
    this.ice = new IceAgent({ ...options, random, crypto, log, options: { tcp, ...ice }, supervised });
    this.relays = new Relays({
      random,
      crypto,
      log,
      streams: this.streams,
      ice: this.ice,
      deliver: (now, path, data) => this.#handlePeerDatagram(now, path, data),
      addTcp: (socket, address, tcpType, dialer) => this.tcp.addRelayed(socket, address, tcpType, dialer),
      accept: (now, socket, stream) => this.tcp.accepted(now, socket, stream),
      release: (socket) => context.release(socket),
    });
    this.tcp = new TcpConnections({
      owner: this.#place,
      requests: context.requests,
      streams: this.streams,
      ice: this.ice,
      deliver: (now, path, packet) => this.#handlePeerDatagram(now, path, packet),
      release: (socket) => context.release(socket),
    });
    const { ice: agent, drops } = this;
    this.#dtls = new DtlsLayer({
      place: this.#place,
      context,
      ice: agent,
      upper,
      srtp,
      drops,
      replacePeer: (now, since) => {
        this.#lastGoodPath = undefined;
        agent.replacePeer(now, { since });
      },
      peerReplaced: (now) => this.pump(now),
    });
  }

  get dtls(): DtlsEndpoint | undefined {
    return this.#dtls.endpoint;
  }

  addSocket(now: Instant, opened: OpenedSocket): void {
    this.#sockets.add(opened.socket);
    this.ice.addSocket(now, opened);
  }

  removeSocket(now: Instant, socket: SocketId): void {
    this.#lastGoodPath = undefined;
    this.#sockets.delete(socket);
    this.relays.socketGone(now, socket);
    this.ice.removeSocket(now, socket);
  }

  handleDatagram(now: Instant, path: Path, datagram: Uint8Array): void {
    if (this.#closing || this.relays.handleDatagram(now, path, datagram)) return;
    this.#handlePeerDatagram(now, path, datagram);
  }

  /** A datagram from a peer, whether it came directly or through a relay. */
  #handlePeerDatagram(now: Instant, path: Path, datagram: Uint8Array): void {
    if (this.#closing) return;
    switch (classifyDatagram(datagram)) {
      case "stun":
        this.ice.handleDatagram(now, path, datagram);
        break;
      case "dtls":
        this.#handleDtlsDatagram(now, path, datagram);
        break;
      case "rtp":
        if (this.#isProven(now, path, datagram.length)) this.srtp.handleDatagram(now, datagram);
        break;
      default:
        this.drops.unknownProtocol++;
    }
  }

  handleTimeout(now: Instant): void {
    this.ice.handleTimeout(now);
    this.relays.handleTimeout(now);
    this.tcp.handleTimeout(now);
    this.#dtls.handleTimeout(now);
  }

  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    if (this.#mediaRun > 0 && this.#pollMedia(now, out, transmit)) return true;
    if (this.relays.pollTransmit(now, out, transmit) || this.tcp.pollTransmit(out, transmit)) return true;
    while (!this.#closing && this.ice.pollTransmit(now, out, transmit)) {
      const { path, length } = transmit;
      if (path.socket >= 0) return true;
      if (isTcpSocket(path.socket)) {
        if (this.tcp.send(now, path, out, length, transmit)) return true;
      } else if (this.relays.wrapMoved(now, path, out, length, transmit)) return true;
    }
    if (this.#dtls.started && this.#pollAssociation(now, out, transmit)) return true;
    if (!this.#closing) return false;
    // All farewells are said: now the relays that carried them may go.
    this.relays.close();
    return this.relays.pollTransmit(now, out, transmit);
  }

  /** More of what was sent last, which nothing has come between. */
  #pollMedia(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    const length = this.srtp.pollTransmit(now, out);
    this.#mediaRun = length > 0 ? this.#mediaRun - 1 : 0;
    if (length === 0) return false;
    this.ice.noteDataSent(now, length);
    transmit.path = this.#mediaPath!;
    transmit.length = length;
    return true;
  }

  #pollAssociation(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    // RFC 7675 §5.1: without consent nothing leaves but the checks above.
    const path = this.#closing ? this.#farewellPath : this.ice.selectedPath();
    if (path === undefined) return false;
    const relayed = isRelayed(path.socket);
    const tcp = isTcpSocket(path.socket);
    while (!tcp || !this.tcp.isBlocked(path)) {
      const length = this.#dtls.pollTransmit(now, relayed ? this.#innerOf(out) : out, this.#closing);
      if (length === 0) return false;
      this.ice.noteDataSent(now, length);
      transmit.path = path;
      transmit.length = length;
      // What a relay keeps for a permission, or drops, is not the end of what is owed.
      if (tcp) {
        if (this.tcp.send(now, path, out, length, transmit)) return true;
      } else if (!relayed) {
        this.#mediaRun = classifyDatagram(out) === "rtp" ? MEDIA_RUN : 0;
        this.#mediaPath = path;
        return true;
      } else if (this.relays.wrap(now, path, out, length, transmit)) return true;
    }
    return false;
  }

  #innerOf(out: Uint8Array): Uint8Array {
    if (this.#buffer !== out) {
      this.#buffer = out;
      this.#inner = out.subarray(RELAY_HEADROOM);
    }
    return this.#inner;
  }

  nextTimeout(): Instant {
    if (this.#closing) return NEVER;
    const { ice, relays, tcp } = this;
    return Math.min(ice.nextTimeout(), relays.nextTimeout(), tcp.nextTimeout(), this.#dtls.nextTimeout());
  }

  /** Ends at once and gives its sockets back: the peer has agreed that it is not needed. */
  release(now: Instant): void {
    this.close(now);
    this.#context.sayGoodbye(this.relays);
    this.tcp.releaseAll();
    for (const socket of this.#sockets) this.#context.release(socket);
    this.#sockets.clear();
  }

  /** Leaves only farewells to be polled. */
  close(now: Instant): void {
    this.#closing = true;
    this.#mediaRun = 0;
    this.#dtls.close();
    this.#farewellPath = this.ice.selectedPath();
    this.ice.close(now);
  }

  /** See the command of that name. */
  expectSuccession(now: Instant, until: Instant): void {
    this.#dtls.expectSuccession(now, until);
  }

  /** Another association takes the place of the one before (RFC 8842 §4). */
  startDtls(now: Instant, command: StartDtls): void {
    this.#dtls.start(now, command);
  }

  /** Moves events upward until none is left. */
  pump(now: Instant): void {
    this.#mediaRun = 0;
    this.#pumpIce(now);
    this.#dtls.pump(now);
  }

  /** RFC 8445 §12.2: only what comes over a checked path is the peer's. */
  #isProven(now: Instant, path: Path, length: number): boolean {
    if (this.#lastGoodPath === undefined || !samePath(this.#lastGoodPath, path)) {
      if (!this.ice.isValidPath(path)) {
        this.drops.unprovenPath++;
        return false;
      }
      this.#lastGoodPath = path;
    }
    this.ice.noteDataReceived(now, path, length);
    return true;
  }

  #handleDtlsDatagram(now: Instant, path: Path, datagram: Uint8Array): void {
    if (this.#isProven(now, path, datagram.length)) this.#dtls.handleDatagram(now, datagram);
  }

  #pumpIce(now: Instant): void {
    const { events, requests } = this.#context;
    const place = this.#place;
    for (let event = this.ice.pollEvent(); event !== undefined; event = this.ice.pollEvent()) {
      switch (event.type) {
        case "open-sockets":
        case "resolve":
          requests.push({ ...event, ...place });
          break;
        case "probe":
          requests.push({ ...event, ...place, type: "probe-server" });
          break;
        case "allocate":
          this.relays.allocate(now, event);
          break;
        case "open-tcp":
          this.tcp.open(event.socket, event.address, event.tcpType);
          break;
        case "publish-name":
          requests.push(event);
          break;
        case "abandon-allocation":
          this.relays.abandon(event.id);
          break;
        case "permit":
          this.relays.permit(now, event.socket, event.address);
          break;
        case "release-socket":
          this.#releaseSocket(event.socket);
          break;
        case "candidate":
        case "candidate-error":
        case "gathering-state":
          this.gathering.push(event);
          break;
        case "state":
          // A path that was good under old credentials need not be now.
          this.#lastGoodPath = undefined;
          events.push({ type: "ice-state", ...place, state: event.state });
          break;
        case "role":
          events.push({ type: "ice-role", ...place, controlling: event.controlling });
          break;
        case "selected-pair":
          this.#lastGoodPath = undefined;
          if (isRelayed(event.path.socket)) this.relays.bindChannel(now, event.path);
          this.#dtls.pathSelected(now, event.path);
          events.push({ type: "ice-selected-pair", ...place, ...shownPair(event) });
          break;
        case "pair-added":
          events.push({ type: "ice-pair-added", ...place, ...shownPair(event), number: event.pair });
          break;
        case "pair-removed":
          events.push({ type: "ice-pair-removed", ...place, number: event.pair });
          break;
        case "nomination-proposed":
          events.push({ type: "ice-nomination-proposed", ...place, number: event.pair });
          break;
        case "selection":
          events.push({ ...event, type: "ice-pair-chosen", ...place });
          break;
      }
    }
    this.#dtls.startWhenIceIsReady(now);
  }

  #releaseSocket(socket: SocketId): void {
    if (isTcpSocket(socket)) this.tcp.release(socket);
    if (socket < 0) this.relays.release(socket);
    else {
      this.#sockets.delete(socket);
      this.#context.release(socket);
    }
  }
}

function shownPair({ pair, local, remote }: Extract<IceEvent, { type: "selected-pair" | "pair-added" }>) {
  return { number: pair, pair: { local, remote } };
}
