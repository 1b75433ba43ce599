import { type Instant, NEVER } from "../base/instant.ts";
import { isTcpSocket, type Path, type SocketId, samePath, type Transmit } from "../base/path.ts";
import { DtlsEndpoint } from "../dtls/index.ts";
import { IceAgent } from "../ice/index.ts";
import { RELAY_HEADROOM } from "../turn/index.ts";
import type { ComponentContext, ComponentDrops, ComponentOptions, UpperLayer } from "./component-context.ts";
import { classifyDatagram } from "./demultiplex.ts";
import { GatheringEvents } from "./gathering-events.ts";
import type { OpenedSocket } from "./host-request.ts";
import { BASE_DATAGRAM_SIZE } from "./packet-size.ts";
import type { EngineCommand, IceComponent, TransportId } from "./protocol.ts";
import { isRelayed, Relays } from "./relays.ts";
import { SRTP_PROFILES, type SrtpLayer } from "./srtp-layer.ts";
import { Streams } from "./streams.ts";
import { DEFAULT_TCP_TYPES, TcpConnections } from "./tcp-connections.ts";

/** DTLS datagrams that arrive on a proven path before the description that starts DTLS: a ClientHello in fragments fits. */
export const EARLY_DTLS_DATAGRAMS = 8;
/** Each of them: a handshake's datagrams are no longer than what Ethernet carries. Bytes. */
export const EARLY_DTLS_DATAGRAM_SIZE = 1500;

type StartDtls = Extract<EngineCommand, { type: "start-dtls" }>;

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
  readonly #upper: UpperLayer | undefined;
  #dtls: DtlsEndpoint | undefined;
  /** DTLS waits for ICE; true from the moment its first flight may leave. */
  #dtlsStarted = false;
  /** What the association was made from. */
  #startCommand: StartDtls | undefined;
  /** Until then the peer may replace its side of the transport. */
  #succession: Instant = Number.NEGATIVE_INFINITY;
  #early: Uint8Array[] = [];
  #closing = false;
  /** Where the farewells go: the agent itself is closed by then. */
  #farewellPath: Path | undefined;
  #path: Path | undefined;
  readonly #sockets = new Set<SocketId>();
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
    this.#upper = upper;
    this.srtp = srtp;
    this.gathering = new GatheringEvents(this.#place, context.events);
    this.streams = new Streams(this.#place, context.requests);
    const { random, crypto, log, ice } = context;
    this.ice = new IceAgent({ ...options, random, crypto, log, options: { tcp: DEFAULT_TCP_TYPES, ...ice } });
    this.relays = new Relays({
      random,
      crypto,
      log,
      streams: this.streams,
      ice: this.ice,
      deliver: (now, path, data) => this.#handlePeerDatagram(now, path, data),
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
  }

  get dtls(): DtlsEndpoint | undefined {
    return this.#dtls;
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
    if (this.#dtls?.state === "connecting") this.#dtls.setRtt(this.ice.rtt);
    if (this.#dtlsStarted) this.#dtls?.handleTimeout(now);
  }

  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    if (this.relays.pollTransmit(now, out, transmit) || this.tcp.pollTransmit(out, transmit)) return true;
    while (!this.#closing && this.ice.pollTransmit(now, out, transmit)) {
      const { path, length } = transmit;
      if (path.socket >= 0) return true;
      if (isTcpSocket(path.socket)) {
        if (this.tcp.send(now, path, out, length, transmit)) return true;
      } else if (this.relays.wrapMoved(now, path, out, length, transmit)) return true;
    }
    if (this.#pollAssociations(now, out, transmit)) return true;
    if (!this.#closing) return false;
    // All farewells are said: now the relays that carried them may go.
    this.relays.close();
    return this.relays.pollTransmit(now, out, transmit);
  }

  #pollAssociations(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    const dtls = this.#dtls;
    if (dtls === undefined || !this.#dtlsStarted) return false;
    // RFC 7675 §5.1: without consent nothing leaves but the checks above.
    const path = this.#closing ? this.#farewellPath : this.ice.selectedPath();
    if (path === undefined) return false;
    const relayed = isRelayed(path.socket);
    const tcp = isTcpSocket(path.socket);
    while (!tcp || !this.tcp.isBlocked(path)) {
      const length = this.#pollProtected(now, dtls, relayed ? this.#innerOf(out) : out);
      if (length === 0) return false;
      this.ice.noteDataSent(now, length);
      transmit.path = path;
      transmit.length = length;
      // What a relay keeps for a permission, or drops, is not the end of what is owed.
      if (tcp) {
        if (this.tcp.send(now, path, out, length, transmit)) return true;
      } else if (!relayed || this.relays.wrap(now, path, out, length, transmit)) return true;
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

  /** What DTLS owes, or what is above through it. */
  #pollProtected(now: Instant, dtls: DtlsEndpoint, out: Uint8Array): number {
    const owed = dtls.pollTransmit(now, out);
    if (owed > 0) return owed;
    const media = dtls.state === "connected" ? this.srtp.pollTransmit(now, out) : 0;
    if (media > 0) return media;
    const length = dtls.state === "connected" ? (this.#upper?.pollTransmit(now, dtls, out) ?? 0) : 0;
    if (length > 0) return length;
    if (!this.#closing || dtls.state === "closed") return 0;
    // What is above has said its farewell: now DTLS may say goodbye (RFC 8831 §6.7 lets the order be ours).
    dtls.close(now);
    return dtls.pollTransmit(now, out);
  }

  nextTimeout(): Instant {
    if (this.#closing) return NEVER;
    const next = Math.min(this.ice.nextTimeout(), this.relays.nextTimeout(), this.tcp.nextTimeout());
    return this.#dtlsStarted && this.#dtls !== undefined ? Math.min(next, this.#dtls.nextTimeout()) : next;
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
    this.#early = [];
    this.#farewellPath = this.ice.selectedPath();
    this.ice.close(now);
  }

  /** See the command of that name. */
  expectSuccession(until: Instant): void {
    this.#succession = until;
  }

  #succeed(now: Instant): void {
    this.#succession = Number.NEGATIVE_INFINITY;
    this.#lastGoodPath = undefined;
    this.ice.replacePeer(now);
    this.startDtls(now, this.#startCommand!);
    this.#upper?.succeeded(now);
    this.pump(now);
  }

  /** Another association takes the place of the one before (RFC 8842 §4). */
  startDtls(now: Instant, command: StartDtls): void {
    const { role, fingerprints } = command;
    this.#startCommand = command;
    this.#dtlsStarted = false;
    this.srtp.stop();
    // What came for the association before is not for this one.
    if (this.#dtls !== undefined) this.#early = [];
    const { crypto, random, log, certificate } = this.#context;
    this.#dtls = new DtlsEndpoint({
      role,
      crypto,
      random,
      log,
      certificate,
      fingerprints,
      mtu: BASE_DATAGRAM_SIZE,
      srtpProfiles: SRTP_PROFILES,
    });
    this.#startDtlsWhenIceIsReady(now);
  }

  /** Moves events upward until none is left. */
  pump(now: Instant): void {
    this.#pumpIce(now);
    this.#pumpDtls(now);
  }

  #startDtlsWhenIceIsReady(now: Instant): void {
    if (this.#dtls === undefined || this.#dtlsStarted || this.ice.selectedPath() === undefined) return;
    this.#dtlsStarted = true;
    this.#dtls.setRtt(this.ice.rtt);
    this.#dtls.start(now);
    for (const datagram of this.#early.splice(0)) this.#deliverToDtls(now, datagram);
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
    if (!this.#isProven(now, path, datagram.length)) return;
    if (this.#dtls !== undefined && this.#dtlsStarted) this.#deliverToDtls(now, datagram);
    else if (this.#early.length < EARLY_DTLS_DATAGRAMS && datagram.length <= EARLY_DTLS_DATAGRAM_SIZE)
      this.#early.push(datagram.slice());
    else this.drops.unexpectedData++;
  }

  #deliverToDtls(now: Instant, datagram: Uint8Array): void {
    const dtls = this.#dtls!;
    dtls.handleDatagram(now, datagram);
    if (dtls.state !== "connected") return;
    // Events first: the handshake may have ended within this datagram, and what is above must start before its first packet.
    this.#pumpDtls(now);
    for (let data = dtls.readApplicationData(); data !== undefined; data = dtls.readApplicationData()) {
      if (this.#upper === undefined) this.drops.unexpectedData++;
      else this.#upper.handleDatagram(now, data);
    }
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
          this.#dtls?.setRtt(this.ice.rtt);
          this.#path = event.path;
          this.#lastGoodPath = undefined;
          if (isRelayed(event.path.socket)) this.relays.bindChannel(now, event.path);
          this.#upper?.pathChanged(now, event.path, this.#dtls?.peerRecordSizeLimit);
          events.push({
            type: "ice-selected-pair",
            ...place,
            pair: { local: event.local, remote: event.remote },
          });
          break;
      }
    }
    this.#startDtlsWhenIceIsReady(now);
  }

  #releaseSocket(socket: SocketId): void {
    if (isTcpSocket(socket)) this.tcp.release(socket);
    else if (isRelayed(socket)) this.relays.release(socket);
    else {
      this.#sockets.delete(socket);
      this.#context.release(socket);
    }
  }

  #pumpDtls(now: Instant): void {
    const dtls = this.#dtls;
    if (dtls === undefined) return;
    for (let event = dtls.pollEvent(); event !== undefined; event = dtls.pollEvent()) {
      if (event.state === "closed" && now < this.#succession) {
        this.#succeed(now);
        return;
      }
      this.#context.events.push({
        type: "dtls-state",
        ...this.#place,
        state: event.state,
        remoteCertificates: dtls.remoteCertificates,
        error: event.error,
      });
      if (event.state === "connected") {
        if (this.#path !== undefined) this.#upper?.pathChanged(now, this.#path, dtls.peerRecordSizeLimit);
        this.srtp.start(now, this.#context.crypto, dtls, this.#startCommand!.role);
        this.#upper?.dtlsConnected(now);
      } else if (event.state === "failed" || event.state === "closed") {
        this.srtp.stop();
        this.#upper?.dtlsEnded(event.error);
      }
    }
  }
}
