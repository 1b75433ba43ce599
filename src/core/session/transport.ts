import { equalConstantTime } from "../base/constant-time.ts";
import type { Fifo } from "../base/fifo.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import { type Path, type SocketId, samePath, type Transmit } from "../base/path.ts";
import type { CertificateWithKey } from "../crypto/certificate-with-key.ts";
import { DtlsEndpoint } from "../dtls/index.ts";
import { IceAgent } from "../ice/index.ts";
import { SctpAssociation } from "../sctp/index.ts";
import type { TransportSnapshot } from "../stats/index.ts";
import { DataChannels } from "./data-channels.ts";
import { classifyDatagram } from "./demultiplex.ts";
import type { EngineConfiguration, HostRequest, OpenedSocket } from "./engine.ts";
import {
  BASE_DATAGRAM_SIZE,
  DEFAULT_LINK_MTU,
  datagramCeiling,
  MAX_SCTP_PACKET_SIZE,
  sctpPacketSize,
} from "./packet-size.ts";
import { PathMtu } from "./path-mtu.ts";
import type { ChannelId, EngineCommand, EngineEvent, TransportError, TransportId } from "./protocol.ts";
import { Streams } from "./streams.ts";

/** The plaintext of the record being written: SCTP fills it, DTLS reads it, within one call. One serves all connections. */
const plaintext = new Uint8Array(MAX_SCTP_PACKET_SIZE);

/** A path whose round trip was not measured yet is taken to have this one, ms. */
const ASSUMED_ROUND_TRIP_TIME = 200;

/** What connects a host with itself carries more than any link: Linux has 65,536, macOS and Windows less. Probes find out. */
const LOOPBACK_MTU = 65_536;

/** DTLS datagrams that arrive on a proven path before the description that starts DTLS: a ClientHello in fragments fits. */
export const EARLY_DTLS_DATAGRAMS = 8;
/** Each of them: a handshake's datagrams are no longer than what Ethernet carries. Bytes. */
export const EARLY_DTLS_DATAGRAM_SIZE = 1500;

/** What a transport needs of the engine around it. */
export interface TransportContext extends Omit<EngineConfiguration, "certificates"> {
  readonly certificate: CertificateWithKey;
  readonly requests: Fifo<HostRequest>;
  readonly events: Fifo<EngineEvent>;
  /** Where the channels that this transport carries are registered. */
  readonly adopt: Map<ChannelId, Transport>;
  /** Gives a socket back that nothing uses any more. */
  release(socket: SocketId): void;
}

/** Counted and dropped, by reason. */
export interface TransportDrops {
  /** First byte belongs to no protocol of RFC 7983, or to one that is not in use here. */
  unknownProtocol: number;
  /** DTLS from a 5-tuple without a successful ICE check. */
  unprovenPath: number;
  /** Application data before SCTP was negotiated. */
  unexpectedData: number;
}

type TransportCommand = Extract<EngineCommand, { transport: TransportId }>;

/**
 * One ICE agent, the DTLS association over it and the SCTP association over that. Joins the machines; none of them knows
 * the others.
 */
export class Transport {
  readonly id: TransportId;
  readonly ice: IceAgent;
  readonly channels: DataChannels;
  readonly streams: Streams;
  readonly drops: TransportDrops = { unknownProtocol: 0, unprovenPath: 0, unexpectedData: 0 };
  readonly #context: TransportContext;
  #dtls: DtlsEndpoint | undefined;
  #sctp: SctpAssociation | undefined;
  /** What the two above were made from: a repetition changes nothing, another value replaces them. */
  #negotiated: StartDtls | undefined;
  #sctpParameters: StartSctp | undefined;
  /** DTLS waits for ICE; true from the moment its first flight may leave. */
  #dtlsStarted = false;
  #early: Uint8Array[] = [];
  #closing = false;
  /** Where the farewells go: the agent itself is closed by then. */
  #farewellPath: Path | undefined;
  readonly #pathMtu = new PathMtu(BASE_DATAGRAM_SIZE, BASE_DATAGRAM_SIZE);
  #path: Path | undefined;
  /** The datagram size whose probe is on its way. */
  #probed = 0;
  readonly #linkMtus = new Map<SocketId, number>();
  readonly #ownAddresses = new Set<string>();
  #lastGoodPath: Path | undefined;

  constructor(command: Extract<EngineCommand, { type: "create-transport" }>, context: TransportContext) {
    this.id = command.transport;
    this.#context = context;
    this.streams = new Streams(command.transport, context.requests);
    this.ice = new IceAgent({
      random: context.random,
      crypto: context.crypto,
      log: context.log,
      controlling: command.controlling,
      usernameFragment: command.usernameFragment,
      password: command.password,
    });
    this.channels = new DataChannels({
      events: context.events,
      adopt: (channel) => context.adopt.set(channel, this),
      release: (channel) => context.adopt.delete(channel),
    });
  }

  /** True once an `m=application` section was negotiated onto this transport. */
  get carriesSctp(): boolean {
    return this.#sctp !== undefined;
  }

  command(
    now: Instant,
    command: Exclude<TransportCommand, { type: "create-transport" | "remove-transport" }>,
  ): void {
    switch (command.type) {
      case "gather":
        this.ice.gather(now, { servers: command.servers, policy: command.policy });
        break;
      case "restart-ice":
        this.ice.restart(now, command.usernameFragment, command.password);
        break;
      case "set-ice-role":
        this.ice.setControlling(now, command.controlling);
        break;
      case "set-remote-ice-parameters":
        this.ice.setRemoteParameters(now, command);
        break;
      case "add-remote-candidate":
        this.ice.addRemoteCandidate(now, command.candidate);
        break;
      case "end-of-remote-candidates":
        this.ice.endOfRemoteCandidates(now);
        break;
      case "start-dtls":
        this.#startDtls(now, command);
        break;
      case "start-sctp":
        this.#startSctp(now, command);
        break;
      case "stop-sctp":
        this.#sctp?.abort(now);
        break;
    }
    this.pump(now);
  }

  addSocket(now: Instant, opened: OpenedSocket): void {
    this.#ownAddresses.add(opened.address);
    if (opened.linkMtu !== undefined) this.#linkMtus.set(opened.socket, opened.linkMtu);
    this.ice.addSocket(now, opened);
    this.pump(now);
  }

  removeSocket(now: Instant, socket: SocketId): void {
    this.#lastGoodPath = undefined;
    this.ice.removeSocket(now, socket);
    this.pump(now);
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
      default:
        this.drops.unknownProtocol++;
        return;
    }
    this.pump(now);
  }

  handleTimeout(now: Instant): void {
    this.ice.handleTimeout(now);
    if (this.#dtls?.state === "connecting") this.#dtls.setRtt(this.ice.rtt);
    if (this.#dtlsStarted) this.#dtls?.handleTimeout(now);
    this.#sctp?.handleTimeout(now);
    this.#pathMtu.handleTimeout(now);
    this.pump(now);
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

  /** What DTLS owes, or SCTP through it. */
  #pollProtected(now: Instant, dtls: DtlsEndpoint, out: Uint8Array): number {
    const owed = dtls.pollTransmit(now, out);
    if (owed > 0) return owed;
    const sctp = this.#sctp;
    if (sctp !== undefined) {
      const length = dtls.state === "connected" ? sctp.pollTransmit(now, plaintext) : 0;
      if (length > 0) {
        // Data leaves its queue when it is first sent: what that means to bufferedAmount is known now.
        this.#pumpSctp(now);
        return dtls.writeApplicationData(plaintext.subarray(0, length), out);
      }
    }
    if (!this.#closing || dtls.state === "closed") return 0;
    // The association's ABORT has left: now DTLS may say goodbye (RFC 8831 §6.7 lets the order be ours).
    dtls.close(now);
    return dtls.pollTransmit(now, out);
  }

  nextTimeout(): Instant {
    let next = this.ice.nextTimeout();
    if (this.#dtlsStarted && this.#dtls !== undefined) next = Math.min(next, this.#dtls.nextTimeout());
    if (this.#sctp !== undefined)
      next = Math.min(next, this.#sctp.nextTimeout(), this.#pathMtu.nextTimeout());
    return this.#closing ? NEVER : next;
  }

  /** Leaves only farewells to be polled. */
  close(now: Instant): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#early = [];
    this.#farewellPath = this.ice.selectedPath();
    // What libwebrtc sends, and what peers report as a deliberate end (RFC 9260 §3.3.10.12).
    this.#sctp?.abort(now, "Close called");
    this.ice.close(now);
  }

  /** What is counted now. */
  snapshot(): TransportSnapshot {
    const role = this.#negotiated?.role;
    const dtls = this.#dtls;
    return {
      transport: this.id,
      ice: this.ice.snapshot(),
      dtls: role && {
        role,
        version: dtls?.version,
        cipherSuite: dtls?.cipherSuite,
        srtpProfile: dtls?.srtpProfile,
      },
    };
  }

  /** Moves events upward and between the machines until none is left. */
  pump(now: Instant): void {
    this.#pumpIce(now);
    this.#pumpDtls(now);
    this.#pumpSctp(now);
  }

  #startDtls(now: Instant, command: StartDtls): void {
    if (this.#negotiated !== undefined) {
      if (sameDtls(this.#negotiated, command)) return;
      this.#endAssociations();
    }
    this.#negotiated = command;
    const { crypto, random, log, certificate } = this.#context;
    this.#dtls = new DtlsEndpoint({
      role: command.role,
      crypto,
      random,
      log,
      certificate,
      fingerprints: command.fingerprints,
      mtu: BASE_DATAGRAM_SIZE,
    });
    this.channels.setDtlsRole(command.role);
    this.#startDtlsWhenIceIsReady(now);
  }

  /** RFC 8842 §4: another certificate or role means another association — with another peer, for all we know. */
  #endAssociations(): void {
    this.#dtls = undefined;
    this.#dtlsStarted = false;
    this.#early = [];
    if (this.#sctpParameters === undefined) return;
    this.channels.restart({ detail: "sctp-failure", message: "the association was renegotiated" });
    this.#sctp = this.#newAssociation(this.#sctpParameters);
  }

  #startDtlsWhenIceIsReady(now: Instant): void {
    if (this.#dtls === undefined || this.#dtlsStarted || this.ice.selectedPath() === undefined) return;
    this.#dtlsStarted = true;
    this.#dtls.setRtt(this.ice.rtt);
    this.#dtls.start(now);
    for (const datagram of this.#early.splice(0)) this.#deliverToDtls(now, datagram);
  }

  #startSctp(now: Instant, command: StartSctp): void {
    if (this.#sctpParameters !== undefined) {
      if (sameSctp(this.#sctpParameters, command)) return;
      this.channels.restart({ detail: "sctp-failure", message: "the association was renegotiated" });
    }
    this.#sctpParameters = command;
    this.#sctp = this.#newAssociation(command);
    if (this.#dtls?.state === "connected") this.#sctp.connect(now);
  }

  #newAssociation(command: StartSctp): SctpAssociation {
    const { crypto, random, log } = this.#context;
    const association = new SctpAssociation({
      random,
      crypto,
      log,
      localPort: command.localPort,
      remotePort: command.remotePort,
      mtu: sctpPacketSize(BASE_DATAGRAM_SIZE),
      maxReceiveMessageSize: command.localMaxMessageSize,
      maxStreams: command.maxChannels,
      zeroChecksum: true,
    });
    this.channels.attach(association);
    return association;
  }

  #handleDtlsDatagram(now: Instant, path: Path, datagram: Uint8Array): void {
    if (this.#lastGoodPath === undefined || !samePath(this.#lastGoodPath, path)) {
      if (!this.ice.isValidPath(path)) {
        this.drops.unprovenPath++;
        return;
      }
      this.#lastGoodPath = path;
    }
    this.ice.noteDataReceived(now, path, datagram.length);
    if (this.#dtls !== undefined && this.#dtlsStarted) this.#deliverToDtls(now, datagram);
    else if (this.#early.length < EARLY_DTLS_DATAGRAMS && datagram.length <= EARLY_DTLS_DATAGRAM_SIZE)
      this.#early.push(datagram.slice());
    else this.drops.unexpectedData++;
  }

  #deliverToDtls(now: Instant, datagram: Uint8Array): void {
    const dtls = this.#dtls!;
    dtls.handleDatagram(now, datagram);
    if (dtls.state !== "connected") return;
    // Events first: the handshake may have ended within this datagram, and SCTP must exist before its first packet.
    this.#pumpDtls(now);
    for (let data = dtls.readApplicationData(); data !== undefined; data = dtls.readApplicationData()) {
      if (this.#sctp === undefined) this.drops.unexpectedData++;
      else this.#sctp.handleDatagram(now, data);
    }
  }

  #pumpIce(now: Instant): void {
    const { events, requests } = this.#context;
    for (let event = this.ice.pollEvent(); event !== undefined; event = this.ice.pollEvent()) {
      switch (event.type) {
        case "open-sockets":
          requests.push({ type: "open-sockets", transport: this.id });
          break;
        case "release-socket":
          this.#context.release(event.socket);
          break;
        case "resolve":
          requests.push({ ...event, transport: this.id });
          break;
        case "candidate":
          events.push({
            type: "ice-candidate",
            transport: this.id,
            candidate: event.candidate,
            usernameFragment: event.usernameFragment,
          });
          break;
        case "candidate-error":
          events.push({ ...event, type: "ice-candidate-error", transport: this.id });
          break;
        case "gathering-state":
          events.push({ type: "ice-gathering-state", transport: this.id, state: event.state });
          break;
        case "state":
          // A path that was good under old credentials need not be now.
          this.#lastGoodPath = undefined;
          events.push({ type: "ice-state", transport: this.id, state: event.state });
          break;
        case "role":
          events.push({ type: "ice-role", transport: this.id, controlling: event.controlling });
          break;
        case "selected-pair":
          this.#dtls?.setRtt(this.ice.rtt);
          this.#path = event.path;
          this.#lastGoodPath = undefined;
          this.#restartPathDiscovery();
          events.push({
            type: "ice-selected-pair",
            transport: this.id,
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
        transport: this.id,
        state: event.state,
        remoteCertificates: dtls.remoteCertificates,
        error: event.error,
      });
      if (event.state === "connected") {
        this.#restartPathDiscovery();
        this.#sctp?.connect(now);
      } else if (event.state === "failed" || event.state === "closed") this.#sctpEnded(event.error);
    }
  }

  #pumpSctp(now: Instant): void {
    const sctp = this.#sctp;
    if (sctp === undefined) return;
    for (let event = sctp.pollEvent(); event !== undefined; event = sctp.pollEvent()) {
      switch (event.type) {
        case "connected": {
          const maxChannels = Math.min(event.inboundStreams, event.outboundStreams);
          this.#context.events.push({ type: "sctp-connected", transport: this.id, maxChannels });
          this.channels.connected(now, maxChannels);
          break;
        }
        case "path-probe-answered":
          if (this.#pathMtu.acknowledged(now, this.#probed))
            sctp.setPathMtu(sctpPacketSize(this.#pathMtu.confirmed));
          break;
        case "retransmission-timeout":
          if (this.#pathMtu.retransmissionTimeouts(now, event.inRow))
            sctp.setPathMtu(sctpPacketSize(BASE_DATAGRAM_SIZE));
          break;
        case "closed":
          this.#sctpEnded(event.reason === "shutdown" ? undefined : sctpError(event));
          break;
        default:
          this.channels.handleSctpEvent(now, event);
      }
    }
    if (sctp.state === "established") this.#probePath(now, sctp);
  }

  #probePath(now: Instant, sctp: SctpAssociation): void {
    const size = this.#pathMtu.nextProbe(now, this.ice.rtt ?? ASSUMED_ROUND_TRIP_TIME);
    if (size === undefined) return;
    this.#probed = size;
    sctp.probePath(sctpPacketSize(size));
  }

  /** Another path, or another peer: what the last one carried says nothing about it (RFC 8899 §5.2). */
  #restartPathDiscovery(): void {
    const path = this.#path;
    if (path === undefined) return;
    const linkMtu = this.#ownAddresses.has(path.address)
      ? LOOPBACK_MTU
      : (this.#linkMtus.get(path.socket) ?? DEFAULT_LINK_MTU);
    this.#pathMtu.restart(datagramCeiling(linkMtu, path.address, this.#dtls?.peerRecordSizeLimit));
    this.#sctp?.setPathMtu(sctpPacketSize(BASE_DATAGRAM_SIZE));
  }

  #sctpEnded(error: TransportError | undefined): void {
    if (this.#sctp === undefined || this.channels.ended) return;
    this.#context.events.push({ type: "sctp-closed", transport: this.id, error });
    this.channels.end(error);
  }
}

type StartDtls = Extract<EngineCommand, { type: "start-dtls" }>;
type StartSctp = Extract<EngineCommand, { type: "start-sctp" }>;

function sameDtls(a: StartDtls, b: StartDtls): boolean {
  return (
    a.role === b.role &&
    a.fingerprints.length === b.fingerprints.length &&
    a.fingerprints.every(({ algorithm, value }) =>
      b.fingerprints.some((other) => other.algorithm === algorithm && equalConstantTime(other.value, value)),
    )
  );
}

function sameSctp(a: StartSctp, b: StartSctp): boolean {
  return a.localPort === b.localPort && a.remotePort === b.remotePort;
}

function sctpError(event: { reason: string; causeCode?: number; message?: string }): TransportError {
  const message = event.message ?? event.reason;
  return event.causeCode === undefined
    ? { detail: "sctp-failure", message }
    : { detail: "sctp-failure", message, sctpCauseCode: event.causeCode };
}
