/** The DTLS association of one component: when it starts, what goes through it, and what takes its place. */
import { type Instant, NEVER } from "../base/instant.ts";
import type { Path } from "../base/path.ts";
import { DtlsEndpoint } from "../dtls/index.ts";
import type { IceAgent } from "../ice/index.ts";
import type { ComponentContext, ComponentDrops, UpperLayer } from "./component-context.ts";
import { BASE_DATAGRAM_SIZE } from "./packet-size.ts";
import type { EngineCommand, IceComponent, TransportId } from "./protocol.ts";
import { SRTP_PROFILES, type SrtpLayer } from "./srtp-layer.ts";

/** DTLS datagrams that arrive on a proven path before the description that starts DTLS: a ClientHello in fragments fits. */
export const EARLY_DTLS_DATAGRAMS = 8;
/** Each of them: a handshake's datagrams are no longer than what Ethernet carries. Bytes. */
export const EARLY_DTLS_DATAGRAM_SIZE = 1500;

type StartDtls = Extract<EngineCommand, { type: "start-dtls" }>;

/** What the association is between. */
export interface DtlsLayerOptions {
  /** Where its events are from. */
  readonly place: { readonly transport: TransportId; readonly component: IceComponent };
  readonly context: ComponentContext;
  readonly ice: IceAgent;
  readonly upper: UpperLayer | undefined;
  readonly srtp: SrtpLayer;
  readonly drops: ComponentDrops;
  /** The peer goes on from other sockets, which it has told of `since` then: everything about paths is to be found anew. */
  replacePeer(now: Instant, since: Instant): void;
  /** The association that was replaced with it has begun. */
  peerReplaced(now: Instant): void;
}

/** Under it is ICE, above it SRTP and what runs inside of its records. */
export class DtlsLayer {
  readonly #options: DtlsLayerOptions;
  #endpoint: DtlsEndpoint | undefined;
  /** DTLS waits for ICE; true from the moment its first flight may leave. */
  #started = false;
  /** What the association was made from. */
  #command: StartDtls | undefined;
  /** Until then the peer may replace its side of the transport. */
  #succession: Instant = Number.NEGATIVE_INFINITY;
  /** When that was first said. */
  #successionSince: Instant = Number.NEGATIVE_INFINITY;
  #early: Uint8Array[] = [];
  #path: Path | undefined;

  constructor(options: DtlsLayerOptions) {
    this.#options = options;
  }

  get endpoint(): DtlsEndpoint | undefined {
    return this.#endpoint;
  }

  /** Its first flight may have left. */
  get started(): boolean {
    return this.#started;
  }

  /** Another association takes the place of the one before (RFC 8842 §4). */
  start(now: Instant, command: StartDtls): void {
    const { role, fingerprints } = command;
    this.#command = command;
    this.#started = false;
    this.#options.srtp.stop();
    // What came for the association before is not for this one.
    if (this.#endpoint !== undefined) this.#early = [];
    const { crypto, random, log, certificate } = this.#options.context;
    this.#endpoint = new DtlsEndpoint({
      role,
      crypto,
      random,
      log,
      certificate,
      fingerprints,
      mtu: BASE_DATAGRAM_SIZE,
      srtpProfiles: SRTP_PROFILES,
    });
    this.startWhenIceIsReady(now);
  }

  startWhenIceIsReady(now: Instant): void {
    const { ice } = this.#options;
    if (this.#endpoint === undefined || this.#started || ice.selectedPath() === undefined) return;
    this.#started = true;
    this.#endpoint.setRtt(ice.rtt);
    this.#endpoint.start(now);
    for (const datagram of this.#early.splice(0)) this.#deliver(now, datagram);
  }

  /** See the command of that name. */
  expectSuccession(now: Instant, until: Instant): void {
    if (now >= this.#succession) this.#successionSince = now;
    this.#succession = until;
  }

  /** Data goes another way from now on. */
  pathSelected(now: Instant, path: Path): void {
    this.#endpoint?.setRtt(this.#options.ice.rtt);
    this.#path = path;
    this.#options.upper?.pathChanged(now, path, this.#endpoint?.peerRecordSizeLimit);
  }

  /** A datagram that has come over a proven path. */
  handleDatagram(now: Instant, datagram: Uint8Array): void {
    if (this.#endpoint !== undefined && this.#started) this.#deliver(now, datagram);
    else if (this.#early.length < EARLY_DTLS_DATAGRAMS && datagram.length <= EARLY_DTLS_DATAGRAM_SIZE)
      this.#early.push(datagram.slice());
    else this.#options.drops.unexpectedData++;
  }

  #deliver(now: Instant, datagram: Uint8Array): void {
    const { upper, drops } = this.#options;
    const dtls = this.#endpoint!;
    dtls.handleDatagram(now, datagram);
    if (dtls.state !== "connected") return;
    // Events first: the handshake may have ended within this datagram, and what is above must start before its first packet.
    this.pump(now);
    for (let data = dtls.readApplicationData(); data !== undefined; data = dtls.readApplicationData()) {
      if (upper === undefined) drops.unexpectedData++;
      else upper.handleDatagram(now, data);
    }
  }

  handleTimeout(now: Instant): void {
    if (this.#endpoint?.state === "connecting") this.#endpoint.setRtt(this.#options.ice.rtt);
    if (this.#started) this.#endpoint?.handleTimeout(now);
  }

  nextTimeout(): Instant {
    return this.#started && this.#endpoint !== undefined ? this.#endpoint.nextTimeout() : NEVER;
  }

  /** What DTLS owes, or what is above through it. `closing`: only farewells are left. */
  pollTransmit(now: Instant, out: Uint8Array, closing: boolean): number {
    const dtls = this.#endpoint;
    if (dtls === undefined || !this.#started) return 0;
    const owed = dtls.pollTransmit(now, out);
    if (owed > 0) return owed;
    const { srtp, upper } = this.#options;
    const media = dtls.state === "connected" ? srtp.pollTransmit(now, out) : 0;
    if (media > 0) return media;
    const length = dtls.state === "connected" ? (upper?.pollTransmit(now, dtls, out) ?? 0) : 0;
    if (length > 0) return length;
    if (!closing || dtls.state === "closed") return 0;
    // What is above has said its farewell: now DTLS may say goodbye (RFC 8831 §6.7 lets the order be ours).
    dtls.close(now);
    return dtls.pollTransmit(now, out);
  }

  /** What waits for a description is of no use any more. */
  close(): void {
    this.#early = [];
  }

  /** Moves events upward until none is left. */
  pump(now: Instant): void {
    const dtls = this.#endpoint;
    if (dtls === undefined) return;
    const { context, place, srtp, upper } = this.#options;
    for (let event = dtls.pollEvent(); event !== undefined; event = dtls.pollEvent()) {
      if (event.state === "closed" && now < this.#succession) {
        this.#succeed(now);
        return;
      }
      context.events.push({
        type: "dtls-state",
        ...place,
        state: event.state,
        remoteCertificates: dtls.remoteCertificates,
        error: event.error,
      });
      if (event.state === "connected") {
        if (this.#path !== undefined) upper?.pathChanged(now, this.#path, dtls.peerRecordSizeLimit);
        srtp.start(now, context.crypto, dtls, this.#command!.role);
        upper?.dtlsConnected(now);
      } else if (event.state === "failed" || event.state === "closed") {
        srtp.stop();
        upper?.dtlsEnded(event.error);
      }
    }
  }

  #succeed(now: Instant): void {
    this.#succession = Number.NEGATIVE_INFINITY;
    this.#options.replacePeer(now, this.#successionSince);
    this.start(now, this.#command!);
    this.#options.upper?.succeeded(now);
    this.#options.peerReplaced(now);
  }
}
