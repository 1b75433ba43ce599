import type { Fifo } from "../base/fifo.ts";
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import { isTcpSocket, type Path, type SocketId } from "../base/path.ts";
import type { DtlsEndpoint } from "../dtls/index.ts";
import { SctpAssociation } from "../sctp/index.ts";
import { CHUNK } from "../sctp/packet/chunk.ts";
import { COMMON_HEADER_LENGTH } from "../sctp/packet/common-header.ts";
import { RELAY_OVERHEAD } from "../turn/index.ts";
import type { UpperLayer } from "./component-context.ts";
import type { DataChannels } from "./data-channels.ts";
import type { EngineConfiguration } from "./engine.ts";
import type { OpenedSocket } from "./host-request.ts";
import {
  BASE_DATAGRAM_SIZE,
  DEFAULT_LINK_MTU,
  datagramCeiling,
  MAX_SCTP_PACKET_SIZE,
  sctpPacketSize,
} from "./packet-size.ts";
import { PathMtu } from "./path-mtu.ts";
import type { EngineCommand, EngineEvent, TransportError, TransportId } from "./protocol.ts";
import { isRelayed } from "./relays.ts";

/** The plaintext of the record being written: SCTP fills it, DTLS reads it, within one call. One serves all connections. */
const plaintext = new Uint8Array(MAX_SCTP_PACKET_SIZE);

/** A path whose round trip was not measured yet is taken to have this one, ms. */
const ASSUMED_ROUND_TRIP_TIME = 200;

/** What connects a host with itself carries more than any link: Linux has 65,536, macOS and Windows less. Probes find out. */
const LOOPBACK_MTU = 65_536;

/** How long an association that goes on over another transport may take to be set up, milliseconds. */
const RESUMPTION_DEADLINE = 20_000;

const RENEGOTIATED: TransportError = {
  detail: "sctp-failure",
  message: "the association was renegotiated",
};

/** What the SCTP layer of a transport needs of the engine around it. */
export interface SctpContext extends Omit<EngineConfiguration, "certificates"> {
  readonly events: Fifo<EngineEvent>;
  /** Those of the connection. */
  readonly channels: DataChannels;
}

type StartSctp = Extract<EngineCommand, { type: "start-sctp" }>;

/** The SCTP association over a DTLS association (RFC 8261), and the discovery of its path's MTU. */
export class SctpLayer implements UpperLayer {
  readonly #channels: DataChannels;
  readonly #transport: TransportId;
  readonly #context: SctpContext;
  #association: SctpAssociation | undefined;
  #dtlsRole: "client" | "server" | undefined;
  /** What it was made from: a repetition changes nothing, another value replaces it. */
  #parameters: StartSctp | undefined;
  readonly #pathMtu = new PathMtu(BASE_DATAGRAM_SIZE, BASE_DATAGRAM_SIZE);
  /** The datagram size whose probe is on its way. */
  #probed = 0;
  #roundTripTime: Duration | undefined;
  readonly #linkMtus = new Map<SocketId, number>();
  readonly #ownAddresses = new Set<string>();
  /** When channels that wait for the peer to go on with another association are given up. */
  #lastChance: Instant = NEVER;
  #expectsSuccession = false;
  /** While DTLS is set up anew under an association that goes on, and until the peer's first packet over it. */
  #underway: "no" | "connecting" | "unconfirmed" = "no";
  /** Packets that came before SCTP was negotiated. */
  unexpected = 0;

  constructor(transport: TransportId, context: SctpContext) {
    this.#transport = transport;
    this.#context = context;
    this.#channels = context.channels;
  }

  /** True once an `m=application` section was negotiated onto this transport. */
  get isNegotiated(): boolean {
    return this.#association !== undefined;
  }

  /** The machine, for its statistics. */
  get association(): SctpAssociation | undefined {
    return this.#association;
  }

  socketOpened({ address, socket, linkMtu }: OpenedSocket): void {
    this.#ownAddresses.add(address);
    if (linkMtu !== undefined) this.#linkMtus.set(socket, linkMtu);
  }

  socketReleased(socket: SocketId): void {
    this.#linkMtus.delete(socket);
  }

  /** RFC 8832 §6: it decides over stream ids. */
  setDtlsRole(role: "client" | "server"): void {
    this.#dtlsRole = role;
    if (this.#association !== undefined) this.#channels.setDtlsRole(role);
  }

  /** `connected`: DTLS is, so the association can begin at once. */
  start(now: Instant, command: StartSctp, connected: boolean): void {
    if (this.#parameters !== undefined) {
      const { localPort, remotePort } = this.#parameters;
      if (localPort === command.localPort && remotePort === command.remotePort) return;
      this.#channels.restart(RENEGOTIATED);
    }
    this.#parameters = command;
    this.#underway = "no";
    this.#association = this.#newAssociation(command);
    if (this.#dtlsRole !== undefined) this.#channels.setDtlsRole(this.#dtlsRole);
    if (connected) this.#association.connect(now);
  }

  /** Another DTLS association is another peer, for all we know (RFC 8842 §4). */
  restart(): void {
    if (this.#parameters === undefined) return;
    this.#channels.restart(RENEGOTIATED);
    this.#association = this.#newAssociation(this.#parameters);
    this.#underway = "no";
  }

  /** See the command of that name. */
  expectSuccession(until: Instant): void {
    this.#expectsSuccession = true;
    // An answer says again what its offer has said: the peer may be on its way by then.
    this.#lastChance = this.#lastChance === NEVER ? until : Math.max(this.#lastChance, until);
  }

  /**
   * libwebrtc has ended its association, has told its data channels nothing, and takes it that ours know nothing either.
   * Firefox has only ended DTLS: its association goes on over the next one, and so does ours, or what it sends meanwhile would
   * be lost in a restart (RFC 9260 §5.2.2).
   */
  succeeded(now: Instant): void {
    if (this.#association === undefined || this.#channels.ended) return;
    this.#expectsSuccession = false;
    this.#lastChance = now + RESUMPTION_DEADLINE;
    if (this.#association.state === "established") this.#underway = "connecting";
    else this.#replaceAssociation();
  }

  #replaceAssociation(): void {
    this.#underway = "no";
    this.#channels.suspend(this.#association!.undelivered, RENEGOTIATED);
    this.#association = this.#newAssociation(this.#parameters!);
  }

  /** The data section is another transport's now (RFC 9143 §7.3): the channels go on there, with an association of its own. */
  handOver(): void {
    if (this.#association === undefined) return;
    this.#channels.suspend(this.#association.undelivered, RENEGOTIATED);
    this.#association = undefined;
    this.#parameters = undefined;
    this.#lastChance = NEVER;
    this.#underway = "no";
  }

  abort(now: Instant, reason?: string): void {
    this.#association?.abort(now, reason);
  }

  /** RFC 8899 §5.2: what another path, or another peer, carried says nothing about this one. */
  pathChanged(now: Instant, path: Path, peerRecordSizeLimit: number | undefined): void {
    const linkMtu = isRelayed(path.socket)
      ? DEFAULT_LINK_MTU - RELAY_OVERHEAD
      : isTcpSocket(path.socket)
        ? DEFAULT_LINK_MTU
        : this.#ownAddresses.has(path.address)
          ? LOOPBACK_MTU
          : (this.#linkMtus.get(path.socket) ?? DEFAULT_LINK_MTU);
    this.#pathMtu.restart(datagramCeiling(linkMtu, path.address, peerRecordSizeLimit));
    this.#association?.pathChanged(now, sctpPacketSize(BASE_DATAGRAM_SIZE));
  }

  dtlsConnected(now: Instant): void {
    if (this.#underway === "connecting") {
      this.#underway = "unconfirmed";
      this.#lastChance = NEVER;
    } else this.#association?.connect(now);
  }

  dtlsEnded(error: TransportError | undefined): void {
    if (this.#association === undefined || this.#channels.ended) return;
    this.#context.events.push({ type: "sctp-closed", transport: this.#transport, error });
    this.#channels.end(error);
  }

  handleDatagram(now: Instant, data: Uint8Array): void {
    if (this.#association === undefined) {
      this.unexpected++;
      return;
    }
    if (this.#underway === "unconfirmed") {
      this.#underway = "no";
      // It has ended its association after all, and its ABORT was lost.
      if (data[COMMON_HEADER_LENGTH] === CHUNK.INIT) {
        this.#replaceAssociation();
        this.#lastChance = now + RESUMPTION_DEADLINE;
        this.#association.connect(now);
      }
    }
    this.#association.handleDatagram(now, data);
  }

  handleTimeout(now: Instant): void {
    this.#association?.handleTimeout(now);
    this.#pathMtu.handleTimeout(now);
    if (now < this.#lastChance) return;
    this.#lastChance = NEVER;
    this.#expectsSuccession = false;
    if (this.#association?.state !== "established" || this.#underway === "connecting")
      this.dtlsEnded(RENEGOTIATED);
  }

  nextTimeout(): Instant {
    if (this.#association === undefined) return NEVER;
    return Math.min(this.#association.nextTimeout(), this.#pathMtu.nextTimeout(), this.#lastChance);
  }

  pollTransmit(now: Instant, dtls: DtlsEndpoint, out: Uint8Array): number {
    const length = this.#association?.pollTransmit(now, plaintext) ?? 0;
    if (length === 0) return 0;
    // Data leaves its queue when it is first sent: what that means to bufferedAmount is known now.
    this.pump(now, this.#roundTripTime);
    return dtls.writeApplicationData(plaintext.subarray(0, length), out);
  }

  /** Moves events upward until none is left. `roundTripTime`: of the path, where it was measured. */
  pump(now: Instant, roundTripTime: Duration | undefined): void {
    const association = this.#association;
    if (association === undefined) return;
    this.#roundTripTime = roundTripTime;
    for (let event = association.pollEvent(); event !== undefined; event = association.pollEvent()) {
      switch (event.type) {
        case "connected": {
          this.#lastChance = NEVER;
          const maxChannels = Math.min(event.inboundStreams, event.outboundStreams);
          this.#context.events.push({ type: "sctp-connected", transport: this.#transport, maxChannels });
          this.#channels.connected(now, maxChannels);
          break;
        }
        case "path-probe-answered":
          if (this.#pathMtu.acknowledged(now, this.#probed))
            association.setPathMtu(sctpPacketSize(this.#pathMtu.confirmed));
          break;
        case "retransmission-timeout":
          if (this.#pathMtu.retransmissionTimeouts(now, event.inRow))
            association.setPathMtu(sctpPacketSize(BASE_DATAGRAM_SIZE));
          break;
        case "closed":
          if (this.#expectsSuccession && event.reason === "aborted-by-peer") break;
          this.dtlsEnded(event.reason === "shutdown" ? undefined : sctpError(event));
          break;
        default:
          this.#channels.handleSctpEvent(now, event);
      }
    }
    if (association.state === "established") this.#probePath(now, association);
  }

  #probePath(now: Instant, association: SctpAssociation): void {
    const size = this.#pathMtu.nextProbe(now, this.#roundTripTime ?? ASSUMED_ROUND_TRIP_TIME);
    if (size === undefined) return;
    this.#probed = size;
    association.probePath(sctpPacketSize(size));
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
    this.#channels.attach(association);
    return association;
  }
}

function sctpError(event: { reason: string; causeCode?: number; message?: string }): TransportError {
  const message = event.message ?? event.reason;
  return event.causeCode === undefined
    ? { detail: "sctp-failure", message }
    : { detail: "sctp-failure", message, sctpCauseCode: event.causeCode };
}
