import { UNREACHABLE } from "../base/candidate-error.ts";
import { equalConstantTime } from "../base/constant-time.ts";
import type { Fifo } from "../base/fifo.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import type { SocketId, Transmit } from "../base/path.ts";
import type { IceAgent } from "../ice/index.ts";
import { RtpSession } from "../rtp-session/rtp-session.ts";
import type { RtpSnapshot, TransportSnapshot } from "../stats/index.ts";
import { Component } from "./component.ts";
import type { ComponentContext } from "./component-context.ts";
import type { DataChannels } from "./data-channels.ts";
import type { OpenedSocket } from "./host-request.ts";
import type { MediaCommand } from "./media-protocol.ts";
import type { EngineCommand, EngineEvent, IceComponent, IcePairCommand, TransportId } from "./protocol.ts";
import { SctpLayer } from "./sctp-layer.ts";
import { SrtpLayer } from "./srtp-layer.ts";

/** How long after a description a peer may take to replace its side of the transport, milliseconds. */
export const SUCCESSION_WINDOW = 10_000;

/** RTP streams are counted with the first component. */
const NO_STREAMS: RtpSnapshot = { outbound: [], inbound: [] };

/** What a transport needs of the engine around it. */
export interface TransportContext extends ComponentContext {
  /** Those of the connection. */
  readonly channels: DataChannels;
}

type TransportCommand = Extract<EngineCommand, { transport: TransportId }>;
type Gather = Extract<EngineCommand, { type: "gather" }>;
type CreateTransport = Extract<EngineCommand, { type: "create-transport" }>;
type StartDtls = Extract<EngineCommand, { type: "start-dtls" }>;

/**
 * One component for RTP and SCTP, and where the peer does not multiplex (RFC 5761) a second one for RTCP. What is
 * negotiated holds for both; a role conflict that one of them sees is settled for both.
 */
export class Transport {
  readonly id: TransportId;
  readonly rtp: Component;
  readonly sctp: SctpLayer;
  readonly media: RtpSession;
  readonly #events: Fifo<EngineEvent>;
  #rtcp: Component | undefined;
  /** What the DTLS associations were made from: a repetition changes nothing, another value replaces them. */
  #negotiated: StartDtls | undefined;
  #controlling: boolean;
  #closing = false;

  constructor(command: CreateTransport, context: TransportContext) {
    this.id = command.transport;
    this.#controlling = command.controlling;
    this.sctp = new SctpLayer(command.transport, context);
    this.#events = context.events;
    this.media = new RtpSession(context);
    const srtp = new SrtpLayer(this.media, "both");
    this.rtp = new Component({ ...command, component: 1 }, context, this.sctp, srtp);
    if (command.rtcp) this.#addRtcp(command, context);
  }

  /** Gathers, and tells nothing of it before a "gather" command. */
  gatherAhead(now: Instant, options: Pick<Gather, "servers" | "policy">): void {
    this.rtp.gathering.withhold();
    this.rtp.ice.gather(now, options);
    this.pump(now);
  }

  /** It has gathered ahead, and gets now what it was to be made with. */
  adopt(now: Instant, command: CreateTransport, context: ComponentContext): void {
    this.#controlling = command.controlling;
    this.pump(now);
    this.rtp.ice.adopt(command.usernameFragment, command.password, command.controlling);
    this.rtp.gathering.adopt(command.usernameFragment);
    if (command.rtcp) this.#addRtcp(command, context);
  }

  #addRtcp(command: CreateTransport, context: ComponentContext): void {
    this.rtp.srtp.carried = "rtp";
    const srtcp = new SrtpLayer(this.media, "rtcp");
    const options = { ...command, component: 2, sibling: this.rtp.ice } as const;
    this.#rtcp = new Component(options, context, undefined, srtcp);
  }

  /** Undefined unless RTCP has a component of its own. */
  get rtcp(): Component | undefined {
    return this.#rtcp;
  }

  get components(): readonly Component[] {
    return this.#rtcp === undefined ? [this.rtp] : [this.rtp, this.#rtcp];
  }

  component(component: IceComponent): Component | undefined {
    return component === 1 ? this.rtp : this.#rtcp;
  }

  command(
    now: Instant,
    command: Exclude<TransportCommand, { type: "create-transport" | "pool-transport" | "remove-transport" }>,
  ): void {
    switch (command.type) {
      case "start-dtls":
        this.#startDtls(now, command);
        break;
      case "start-sctp":
        this.sctp.start(now, command, this.rtp.dtls?.state === "connected");
        break;
      case "stop-sctp":
        this.sctp.abort(now);
        break;
      case "expect-succession":
        for (const component of this.components) component.expectSuccession(now, now + SUCCESSION_WINDOW);
        this.sctp.expectSuccession(now + SUCCESSION_WINDOW);
        break;
      case "use-rtcp-mux":
        this.#rtcp?.release(now);
        this.#rtcp = undefined;
        this.rtp.srtp.carried = "both";
        break;
      case "add-remote-candidate":
        // A candidate for a component that there is not: the first one refuses it, and counts it.
        (this.component(command.candidate.component) ?? this.rtp).ice.addRemoteCandidate(
          now,
          command.candidate,
        );
        break;
      case "decide-nomination":
      case "choose-pair":
      case "remove-pair":
        commandPair(now, this.component(command.component)?.ice, command);
        break;
      case "configure-media":
        this.rtp.srtp.encryptHeaders(command.headerEncryption ?? false);
        commandMedia(now, this.media, command);
        break;
      case "send-frame":
      case "send-packets":
      case "set-source-clock":
      case "want-media":
      case "request-key-frame":
      case "send-tone":
      case "set-jitter-buffer-target":
        commandMedia(now, this.media, command);
        break;
      default:
        commandIce(now, this.rtp, command);
        if (this.#rtcp !== undefined) commandIce(now, this.#rtcp, command);
        if (command.type === "set-ice-role") this.#controlling = command.controlling;
    }
    this.pump(now);
  }

  addSocket(now: Instant, component: Component, opened: OpenedSocket): void {
    if (component === this.rtp) this.sctp.socketOpened(opened);
    component.addSocket(now, opened);
    this.pump(now);
  }

  socketsComplete(now: Instant, component: IceComponent): void {
    this.component(component)?.ice.socketsComplete(now);
    this.pump(now);
  }

  removeSocket(now: Instant, component: Component, socket: SocketId): void {
    component.removeSocket(now, socket);
    this.sctp.socketReleased(socket);
    this.pump(now);
  }

  /** The answer to a "resolve" of one of the components. */
  resolved(now: Instant, component: IceComponent, id: number, addresses: readonly string[]): void {
    this.component(component)?.ice.resolved(now, id, addresses);
    this.pump(now);
  }

  /** The answer to a "probe-server" of one of the components. */
  serverUnreachable(now: Instant, component: IceComponent, id: number, code: string): void {
    this.component(component)?.ice.serverFailed(now, id, UNREACHABLE, `nobody listens there: ${code}`);
    this.pump(now);
  }

  handleTimeout(now: Instant): void {
    this.rtp.handleTimeout(now);
    this.#rtcp?.handleTimeout(now);
    this.sctp.handleTimeout(now);
    this.media.setRoundTrip(this.rtp.ice.rtt);
    this.media.handleTimeout(now);
    this.pump(now);
  }

  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    return (
      this.rtp.pollTransmit(now, out, transmit) || (this.#rtcp?.pollTransmit(now, out, transmit) ?? false)
    );
  }

  nextTimeout(): Instant {
    if (this.#closing) return NEVER;
    const next = Math.min(this.rtp.nextTimeout(), this.sctp.nextTimeout(), this.media.nextTimeout());
    return this.#rtcp === undefined ? next : Math.min(next, this.#rtcp.nextTimeout());
  }

  /** Leaves only farewells to be polled. */
  close(now: Instant): void {
    if (this.#closing) return;
    this.#closing = true;
    // What libwebrtc sends, and what peers report as a deliberate end (RFC 9260 §3.3.10.12).
    this.sctp.abort(now, "Close called");
    this.media.close(now);
    this.rtp.close(now);
    this.#rtcp?.close(now);
  }

  /** What is counted now, of each component. */
  snapshots(now: Instant): TransportSnapshot[] {
    const role = this.#negotiated?.role;
    const of = (component: 1 | 2, { ice, dtls }: Component): TransportSnapshot => ({
      transport: this.id,
      component,
      ice: ice.snapshot(),
      dtls: role && {
        role,
        version: dtls?.version,
        cipherSuite: dtls?.cipherSuite,
        srtpProfile: dtls?.srtpProfile,
      },
      rtp: component === 1 ? this.media.snapshot(now) : NO_STREAMS,
    });
    return this.#rtcp === undefined ? [of(1, this.rtp)] : [of(1, this.rtp), of(2, this.#rtcp)];
  }

  /** Moves events upward and between the machines until none is left. */
  pump(now: Instant): void {
    this.rtp.pump(now);
    if (this.#rtcp !== undefined) {
      this.#rtcp.pump(now);
      this.#shareRole(now, this.#rtcp);
    }
    this.sctp.pump(now, this.rtp.ice.rtt);
    for (let event = this.media.pollEvent(); event !== undefined; event = this.media.pollEvent()) {
      this.#events.push(event);
    }
  }

  /** RFC 8445 §7.3.1.1: the role is the agent's, not a component's. */
  #shareRole(now: Instant, rtcp: Component): void {
    const { ice } = this.rtp;
    if (ice.controlling === rtcp.ice.controlling) return;
    const changed = ice.controlling === this.#controlling ? rtcp.ice : ice;
    this.#controlling = changed.controlling;
    (changed === ice ? rtcp.ice : ice).setControlling(now, changed.controlling);
  }

  #startDtls(now: Instant, command: StartDtls): void {
    if (this.#negotiated !== undefined) {
      if (!command.anew && sameDtls(this.#negotiated, command)) return;
      this.sctp.restart();
    }
    this.#negotiated = command;
    this.sctp.setDtlsRole(command.role);
    this.rtp.startDtls(now, command);
    this.#rtcp?.startDtls(now, command);
  }
}

type IceCommand = Extract<
  TransportCommand,
  {
    type:
      | "gather"
      | "restart-ice"
      | "set-ice-role"
      | "set-remote-ice-parameters"
      | "end-of-remote-candidates";
  }
>;

function commandIce(now: Instant, component: Component, command: IceCommand): void {
  const { ice } = component;
  switch (command.type) {
    case "gather":
      if (!component.gathering.surface()) ice.gather(now, command);
      break;
    case "restart-ice":
      ice.restart(now, command.usernameFragment, command.password);
      break;
    case "set-ice-role":
      ice.setControlling(now, command.controlling);
      break;
    case "set-remote-ice-parameters":
      // Our own restart comes first: without one, another peer takes over (RFC 9429 leaves that to the signalling).
      if (isReplaced(ice, command)) ice.replacePeer(now, command);
      else ice.setRemoteParameters(now, command);
      break;
    case "end-of-remote-candidates":
      ice.endOfRemoteCandidates(now);
      break;
  }
}

function commandPair(now: Instant, ice: IceAgent | undefined, command: IcePairCommand): void {
  switch (command.type) {
    case "decide-nomination":
      ice?.decideNomination(now, command.pair, command.accepted);
      break;
    case "choose-pair":
      ice?.choosePair(now, command.pair, command.request);
      break;
    case "remove-pair":
      ice?.removePair(now, command.pair);
      break;
  }
}

function commandMedia(now: Instant, media: RtpSession, command: MediaCommand): void {
  switch (command.type) {
    case "configure-media":
      media.configure(now, command.sections);
      break;
    case "send-frame":
      media.sendFrame(now, command.media, command.frame);
      break;
    case "send-packets":
      media.sendPackets(now, command.media, command.packets);
      break;
    case "set-source-clock":
      media.noteClock(command.media, command.clock);
      break;
    case "want-media":
      media.want(command.media, command.frames, command.packets);
      break;
    case "request-key-frame":
      media.requestKeyFrame(now, command.media, command.rid);
      break;
    case "send-tone":
      media.sendTone(now, command.media, command.event, command.duration);
      break;
    case "set-jitter-buffer-target":
      media.setTarget(command.media, command.target);
      break;
  }
}

function isReplaced(
  { remoteUsernameFragment }: IceAgent,
  { usernameFragment }: { readonly usernameFragment: string },
): boolean {
  return remoteUsernameFragment !== undefined && remoteUsernameFragment !== usernameFragment;
}

function sameDtls(a: StartDtls, b: StartDtls): boolean {
  return (
    a.role === b.role &&
    a.fingerprints.length === b.fingerprints.length &&
    a.fingerprints.every(({ algorithm, value }) =>
      b.fingerprints.some((other) => other.algorithm === algorithm && equalConstantTime(other.value, value)),
    )
  );
}
