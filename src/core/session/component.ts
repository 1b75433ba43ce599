import type { Fifo } from "../base/fifo.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import { type Path, type SocketId, samePath, type Transmit } from "../base/path.ts";
import type { CertificateWithKey } from "../crypto/certificate-with-key.ts";
import { DtlsEndpoint } from "../dtls/index.ts";
import { IceAgent } from "../ice/index.ts";
import { classifyDatagram } from "./demultiplex.ts";
import type { EngineConfiguration, HostRequest, OpenedSocket } from "./engine.ts";
import { BASE_DATAGRAM_SIZE } from "./packet-size.ts";
import type { EngineCommand, EngineEvent, IceComponent, TransportError, TransportId } from "./protocol.ts";
import { SRTP_PROFILES, type SrtpLayer } from "./srtp-layer.ts";
import { Streams } from "./streams.ts";

/** DTLS datagrams that arrive on a proven path before the description that starts DTLS: a ClientHello in fragments fits. */
export const EARLY_DTLS_DATAGRAMS = 8;
/** Each of them: a handshake's datagrams are no longer than what Ethernet carries. Bytes. */
export const EARLY_DTLS_DATAGRAM_SIZE = 1500;

/** What a component needs of the engine around it. */
export interface ComponentContext extends Omit<EngineConfiguration, "certificates"> {
  readonly certificate: CertificateWithKey;
  readonly requests: Fifo<HostRequest>;
  readonly events: Fifo<EngineEvent>;
  /** Gives a socket back that nothing uses any more. */
  release(socket: SocketId): void;
}

/** How a component is set up: its transport, and what all its components have in common (RFC 8445 §5.3, §16.1). */
export interface ComponentOptions {
  readonly transport: TransportId;
  readonly component: IceComponent;
  readonly controlling: boolean;
  readonly usernameFragment: string;
  readonly password: string;
  /** The agent of the transport's first component. */
  readonly sibling?: IceAgent;
}

/** What runs inside of the DTLS records of a component. */
export interface UpperLayer {
  /** Data goes another way from now on, or another association carries it. */
  pathChanged(path: Path, peerRecordSizeLimit: number | undefined): void;
  dtlsConnected(now: Instant): void;
  dtlsEnded(error: TransportError | undefined): void;
  /** The content of one record. */
  handleDatagram(now: Instant, data: Uint8Array): void;
  /** Encrypts and writes what is owed into `out`; 0: nothing. */
  pollTransmit(now: Instant, dtls: DtlsEndpoint, out: Uint8Array): number;
}

/** Counted and dropped, by reason. */
export interface ComponentDrops {
  /** First byte belongs to no protocol of RFC 7983, or to one that is not in use here. */
  unknownProtocol: number;
  /** DTLS or SRTP from a 5-tuple without a successful ICE check. */
  unprovenPath: number;
  /** DTLS beyond what is kept for a description that has not come yet. */
  unexpectedData: number;
}

type StartDtls = Extract<EngineCommand, { type: "start-dtls" }>;

/**
 * One component of a transport: an ICE agent and the DTLS association over it. RTP and RTCP that do not share a component
 * have an association each (RFC 5764 §3). Joins the two machines; neither knows the other.
 */
export class Component {
  readonly ice: IceAgent;
  readonly streams: Streams;
  readonly srtp: SrtpLayer;
  readonly drops: ComponentDrops = { unknownProtocol: 0, unprovenPath: 0, unexpectedData: 0 };
  /** Where its events are from. */
  readonly #place: { readonly transport: TransportId; readonly component: IceComponent };
  readonly #context: ComponentContext;
  readonly #upper: UpperLayer | undefined;
  #dtls: DtlsEndpoint | undefined;
  /** DTLS waits for ICE; true from the moment its first flight may leave. */
  #dtlsStarted = false;
  #dtlsRole: "client" | "server" = "client";
  #early: Uint8Array[] = [];
  #closing = false;
  /** Where the farewells go: the agent itself is closed by then. */
  #farewellPath: Path | undefined;
  #path: Path | undefined;
  readonly #sockets = new Set<SocketId>();
  #lastGoodPath: Path | undefined;

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
    this.streams = new Streams(this.#place, context.requests);
    const { random, crypto, log } = context;
    this.ice = new IceAgent({ ...options, random, crypto, log });
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
    this.ice.removeSocket(now, socket);
  }

  handleDatagram(now: Instant, path: Path, datagram: Uint8Array): void {
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
    if (this.#dtls?.state === "connecting") this.#dtls.setRtt(this.ice.rtt);
    if (this.#dtlsStarted) this.#dtls?.handleTimeout(now);
  }

  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    if (!this.#closing && this.ice.pollTransmit(now, out, transmit)) return true;
    const dtls = this.#dtls;
    if (dtls === undefined || !this.#dtlsStarted) return false;
    // RFC 7675 §5.1: without consent nothing leaves but the checks above.
    const path = this.#closing ? this.#farewellPath : this.ice.selectedPath();
    if (path === undefined) return false;
    transmit.path = path;
    transmit.length = this.#pollProtected(now, dtls, out);
    if (transmit.length === 0) return false;
    this.ice.noteDataSent(now, transmit.length);
    return true;
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
    const next = this.ice.nextTimeout();
    return this.#dtlsStarted && this.#dtls !== undefined ? Math.min(next, this.#dtls.nextTimeout()) : next;
  }

  /** Ends at once and gives its sockets back: the peer has agreed that it is not needed. */
  release(now: Instant): void {
    this.close(now);
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

  /** Another association takes the place of the one before (RFC 8842 §4). */
  startDtls(now: Instant, { role, fingerprints }: StartDtls): void {
    this.#dtlsStarted = false;
    this.srtp.stop();
    this.#dtlsRole = role;
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
          requests.push({ type: "open-sockets", ...place });
          break;
        case "release-socket":
          this.#sockets.delete(event.socket);
          this.#context.release(event.socket);
          break;
        case "resolve":
          requests.push({ ...event, ...place });
          break;
        case "candidate":
          events.push({ ...event, type: "ice-candidate", ...place });
          break;
        case "candidate-error":
          events.push({ ...event, type: "ice-candidate-error", ...place });
          break;
        case "gathering-state":
          events.push({ type: "ice-gathering-state", ...place, state: event.state });
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
          this.#upper?.pathChanged(event.path, this.#dtls?.peerRecordSizeLimit);
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

  #pumpDtls(now: Instant): void {
    const dtls = this.#dtls;
    if (dtls === undefined) return;
    for (let event = dtls.pollEvent(); event !== undefined; event = dtls.pollEvent()) {
      this.#context.events.push({
        type: "dtls-state",
        ...this.#place,
        state: event.state,
        remoteCertificates: dtls.remoteCertificates,
        error: event.error,
      });
      if (event.state === "connected") {
        if (this.#path !== undefined) this.#upper?.pathChanged(this.#path, dtls.peerRecordSizeLimit);
        this.srtp.start(now, this.#context.crypto, dtls, this.#dtlsRole);
        this.#upper?.dtlsConnected(now);
      } else if (event.state === "failed" || event.state === "closed") {
        this.srtp.stop();
        this.#upper?.dtlsEnded(event.error);
      }
    }
  }
}
