import { type Instant, NEVER } from "../../base/instant.ts";
import type { InnerMachine } from "../../base/machine.ts";
import { Malformed } from "../../base/malformed.ts";
import { randomUnit } from "../../base/random.ts";
import { TimerTable } from "../../base/timer-table.ts";
import { SctpEventQueue } from "../event-queue.ts";
import type { SctpCloseReason, SctpEvent } from "../events.ts";
import { DEFAULT_LIMITS, MAX_TSN_GAP, type SctpLimits } from "../limits.ts";
import { CHUNK, ChunkCursor, encodeChunk, FLAG_TAG_REFLECTED, validateChunks } from "../packet/chunk.ts";
import { COMMON_HEADER_LENGTH, type CommonHeader, decodeCommonHeader } from "../packet/common-header.ts";
import { CAUSE, decodeAbortReason, textCause } from "../packet/error-cause.ts";
import { encodeHeartbeat } from "../packet/heartbeat-chunk.ts";
import { encodeShutdown } from "../packet/shutdown-chunk.ts";
import { SctpCounters, type SctpStatistics } from "../statistics.ts";
import {
  DELAYED_SACK,
  HEARTBEAT,
  RECONFIG,
  T1_COOKIE,
  T1_INIT,
  T2_SHUTDOWN,
  T3_RTX,
  TIMER_NAMES,
} from "../timers.ts";
import { type SendOptions, SendQueue } from "../tx/send-queue.ts";
import { ChunkHandler } from "./chunk-handler.ts";
import { ControlQueue } from "./control-queue.ts";
import { Handshake } from "./handshake.ts";
import type { SctpOptions } from "./options.ts";
import { PacketWriter } from "./packet-writer.ts";
import { type AssociationState, type SctpState, tcbOf } from "./state.ts";
import { Tcb, type TcbEnvironment } from "./tcb.ts";

/**
 * One SCTP association over DTLS (RFC 9260, RFC 8261). Never used twice: when it has ended it stays so.
 */
export class SctpAssociation implements InnerMachine<SctpEvent> {
  readonly #options: SctpOptions;
  readonly #limits: SctpLimits;
  readonly #acceptZero: boolean;
  readonly #timers = new TimerTable(TIMER_NAMES);
  readonly #events = new SctpEventQueue();
  readonly #counters = new SctpCounters();
  readonly #control: ControlQueue;
  readonly #queue: SendQueue;
  readonly #handshake: Handshake;
  readonly #chunks: ChunkHandler;
  readonly #packets: PacketWriter;
  readonly #environment: TcbEnvironment;
  readonly #cursor = new ChunkCursor();
  readonly #header: CommonHeader = { sourcePort: 0, destinationPort: 0, verificationTag: 0 };
  #state: AssociationState = { name: "closed" };
  #mtu: number;

  constructor(options: SctpOptions) {
    this.#options = options;
    const wanted = { ...DEFAULT_LIMITS, ...options.limits };
    const limits = { ...wanted, maxTsnGap: Math.min(wanted.maxTsnGap, MAX_TSN_GAP) };
    this.#limits = limits;
    this.#mtu = options.mtu;
    this.#acceptZero = options.zeroChecksum ?? true;
    this.#control = new ControlQueue(limits.maxControlChunks);
    this.#queue = new SendQueue(this.#events);
    this.#environment = {
      random: options.random,
      limits,
      maxReceiveMessageSize: options.maxReceiveMessageSize,
      receiveWindow: Math.max(limits.receiveWindow, 2 * options.maxReceiveMessageSize),
      queue: this.#queue,
      control: this.#control,
      events: this.#events,
      timers: this.#timers,
      counters: this.#counters,
    };
    this.#packets = new PacketWriter(options, this.#control, this.#counters);
    this.#handshake = new Handshake({
      random: options.random,
      crypto: options.crypto,
      limits,
      receiveWindow: this.#environment.receiveWindow,
      maxStreams: options.maxStreams,
      zeroChecksum: this.#acceptZero,
      control: this.#control,
      counters: this.#counters,
    });
    this.#chunks = new ChunkHandler({
      control: this.#control,
      events: this.#events,
      counters: this.#counters,
      log: options.log,
      violation: (_now, cause) => this.#violate(cause),
    });
  }

  get state(): SctpState {
    return this.#state.name;
  }

  /** Streams the peer may use; undefined before establishment. */
  get maxInboundStreams(): number | undefined {
    return tcbOf(this.#state)?.inboundStreams;
  }

  /** Streams we may use; undefined before establishment. */
  get maxOutboundStreams(): number | undefined {
    return tcbOf(this.#state)?.outboundStreams;
  }

  get statistics(): SctpStatistics {
    const tcb = tcbOf(this.#state);
    const { dropped, ...counters } = this.#counters;
    return {
      ...counters,
      dropped: new Map(dropped),
      messagesAbandoned: this.#events.messagesAbandoned,
      smoothedRoundTripTime: tcb?.sender.rto.srtt,
      retransmissionTimeout: tcb?.sender.rto.rto,
      congestionWindow: tcb?.sender.congestion.cwnd,
      peerReceiverWindow: tcb?.sender.peerWindow,
      receiverWindow: tcb?.receiver.window,
      unacknowledged: tcb?.sender.outstanding.flightPayload,
    };
  }

  /** Begins the handshake (RFC 9260 §5.1). Both ends of a WebRTC connection do. No effect when it has begun. */
  connect(now: Instant): void {
    if (this.#state.name !== "closed") return;
    const { tag, initialTsn } = this.#handshake.freshIdentity();
    this.#enter({ name: "cookie-wait", tag, initialTsn, attempts: 0 });
    this.#handshake.sendInit(tag, initialTsn);
    this.#timers.start(T1_INIT, now, this.#limits.rtoInitial);
  }

  /**
   * Queues a message, whose `data` (not empty) belongs to the association from here on; before establishment too. False when
   * that is not possible: the association shuts down or has ended, or the stream does not exist or is being reset.
   */
  send(now: Instant, streamId: number, ppid: number, data: Uint8Array, options: SendOptions): boolean {
    const tcb = tcbOf(this.#state);
    const streams = tcb === undefined ? this.#options.maxStreams : tcb.outboundStreams;
    if (streamId >= streams) return false;
    switch (this.#state.name) {
      case "closed":
      case "cookie-wait":
      case "cookie-echoed":
      case "established":
        break;
      default:
        return false;
    }
    if (!this.#queue.push(now, streamId, ppid, data, options)) return false;
    tcb?.sender.dataQueued();
    return true;
  }

  /** RFC 8831 §6.4: 128 below normal, 256 normal, 512 high, 1024 extra high. Weighs the stream's share. */
  setStreamPriority(streamId: number, priority: number): void {
    this.#queue.setPriority(streamId, priority);
  }

  /** Bytes of the stream that wait to be sent for the first time. */
  bufferedAmount(streamId: number): number {
    return this.#queue.bufferedAmount(streamId);
  }

  /**
   * Data of ours is on its way and the peer waits for no SACK: packets that are there already may be handed in before
   * {@link pollTransmit} is asked again.
   */
  get mayAnswerLater(): boolean {
    const tcb = tcbOf(this.#state);
    return tcb !== undefined && !tcb.receiver.sackDue && !tcb.sender.isIdle;
  }

  /** Streams with data of which is not known that it has arrived; at the end, and from then on. */
  get undelivered(): readonly number[] {
    const state = this.#state;
    if (state.name === "ended") return state.undelivered;
    return [...this.#queue.busyStreams(), ...(tcbOf(state)?.sender.outstanding.streams() ?? [])];
  }

  /** Resets outgoing streams once what they have queued was sent (RFC 6525 §5.1.2). They accept nothing from now on. */
  resetStreams(_now: Instant, streamIds: readonly number[]): void {
    const tcb = tcbOf(this.#state);
    if (this.#state.name === "established" && tcb !== undefined) tcb.reset.request(streamIds);
    else this.#events.push({ type: "streams-reset-failed", streamIds: [...streamIds] });
  }

  /** Ends the association at once (RFC 9260 §9.1). */
  abort(_now: Instant, reason = ""): void {
    this.#abort("aborted", textCause(CAUSE.USER_INITIATED_ABORT, reason), CAUSE.USER_INITIATED_ABORT, reason);
  }

  /** Ends the association when everything queued has arrived (RFC 9260 §9.2). */
  shutdown(now: Instant): void {
    const state = this.#state;
    if (state.name === "established") {
      this.#enter({ name: "shutdown-pending", tcb: state.tcb });
      this.#advanceShutdown(now);
    } else if (state.name === "closed" || state.name === "cookie-wait" || state.name === "cookie-echoed") {
      this.abort(now);
    }
  }

  /**
   * Sends a packet of `size` bytes that carries nothing (RFC 8899 §6.2.1); "path-probe-answered" tells when it has arrived.
   * A probe that gets lost is no loss to anybody. `size` is a multiple of 4. False when the association is not up.
   */
  probePath(size: number): boolean {
    if (this.#state.name !== "established") return false;
    const { tcb } = this.#state;
    const chunks = tcb.probe.begin(size);
    if (chunks === undefined) return false;
    this.#control.pushAlone(tcb.peerTag, chunks);
    return true;
  }

  /** The path carries SCTP packets of this size now, bytes. DATA chunks stay as small as the first MTU asked for. */
  setPathMtu(mtu: number): void {
    this.#mtu = mtu;
    tcbOf(this.#state)?.sender.setMtu(mtu);
  }

  /** Data goes another way from now on, which carries packets of `mtu` bytes for certain. */
  pathChanged(now: Instant, mtu: number): void {
    this.setPathMtu(mtu);
    tcbOf(this.#state)?.sender.pathChanged(now);
  }

  handleDatagram(now: Instant, packet: Uint8Array): void {
    this.#counters.packetsReceived++;
    this.#counters.bytesReceived += packet.length;
    const header = this.#header;
    const refusal = this.#check(packet);
    if (refusal !== undefined) {
      this.#drop(refusal.reason);
      return;
    }
    const cursor = this.#cursor;
    cursor.open(packet, COMMON_HEADER_LENGTH);
    cursor.next();
    if (cursor.type === CHUNK.INIT) this.#handleInit(now);
    else if (cursor.type === CHUNK.COOKIE_ECHO) this.#handleCookieEcho(now, packet);
    else if (this.#isForUs(header.verificationTag)) this.#handleChunks(now, packet);
    cursor.close();
  }

  #check(packet: Uint8Array): Malformed | undefined {
    const first = packet[COMMON_HEADER_LENGTH];
    // RFC 9653 §5.3: packets that set an association up carry their checksum.
    const acceptZero = this.#acceptZero && first !== CHUNK.INIT && first !== CHUNK.COOKIE_ECHO;
    const header = this.#header;
    const bad = decodeCommonHeader(packet, acceptZero, header);
    if (bad !== undefined) return bad;
    const { localPort, remotePort } = this.#options;
    if (header.sourcePort !== remotePort || header.destinationPort !== localPort) return WRONG_PORTS;
    return validateChunks(packet, COMMON_HEADER_LENGTH);
  }

  #drop(reason: string): void {
    this.#counters.drop(reason);
    if (this.#options.log.enabled) this.#options.log.event("sctp.dropped", { reason });
  }

  /** Verification tag and T bit before anything else (RFC 9260 §8.5, §8.5.1). The cursor stands on the first chunk. */
  #isForUs(tag: number): boolean {
    const { type, flags } = this.#cursor;
    const state = this.#state;
    const tcb = tcbOf(state);
    const localTag = state.name === "cookie-wait" ? state.tag : tcb?.localTag;
    if (type === CHUNK.ABORT || type === CHUNK.SHUTDOWN_COMPLETE) {
      const expected = flags & FLAG_TAG_REFLECTED ? tcb?.peerTag : localTag;
      if (expected !== undefined && tag === expected) return true;
    } else if (localTag !== undefined && tag === localTag) {
      return true;
    } else if (state.name !== "closed") {
      this.#answerOutOfTheBlue(tag, type);
    }
    this.#drop("sctp: wrong verification tag");
    return false;
  }

  /** RFC 9260 §8.4, only once our association has ended, or for a SHUTDOWN ACK: other strays may be old or forged. */
  #answerOutOfTheBlue(tag: number, type: number): void {
    if (type === CHUNK.SHUTDOWN_ACK) {
      const complete = encodeChunk(CHUNK.SHUTDOWN_COMPLETE, FLAG_TAG_REFLECTED, NOTHING);
      this.#control.pushAlone(tag, complete);
    } else if (this.#state.name === "ended" && type !== CHUNK.COOKIE_ACK && type !== CHUNK.ERROR) {
      this.#control.pushAlone(tag, encodeChunk(CHUNK.ABORT, FLAG_TAG_REFLECTED, NOTHING));
    }
  }

  #handleInit(now: Instant): void {
    if (this.#header.verificationTag !== 0 || !this.#cursor.last) {
      this.#drop("sctp: INIT bundled or with a verification tag");
      return;
    }
    this.#handshake.handleInit(now, this.#cursor.value(), this.#state);
  }

  #handleCookieEcho(now: Instant, packet: Uint8Array): void {
    const tag = this.#header.verificationTag;
    const outcome = this.#handshake.handleCookieEcho(now, this.#cursor.value(), tag, this.#state);
    switch (outcome.type) {
      case "discard":
        this.#drop(outcome.reason);
        return;
      case "answered":
        return;
      case "restart":
        this.#restarted(outcome.peerTag);
        return;
      case "establish":
        this.#establish(now, new Tcb(this.#environment, outcome.agreed, this.#mtu, this.#options.mtu));
        break;
      case "existing": {
        const state = this.#state;
        if (state.name === "cookie-echoed") this.#establish(now, state.tcb);
        break;
      }
    }
    this.#control.push(encodeChunk(CHUNK.COOKIE_ACK, 0, NOTHING));
    if (this.#cursor.next()) this.#dispatchRest(now, packet);
  }

  /** The peer has lost its state (RFC 9260 §5.2.4 A). A data channel cannot survive that: everything goes, in one place. */
  #restarted(peerTag: number): void {
    const cause = textCause(CAUSE.USER_INITIATED_ABORT, "restart is not supported");
    this.#control.pushAlone(peerTag, encodeChunk(CHUNK.ABORT, 0, cause));
    this.#end("restarted");
  }

  #handleChunks(now: Instant, packet: Uint8Array): void {
    const state = this.#state;
    const { type } = this.#cursor;
    if (state.name === "cookie-wait" && type === CHUNK.INIT_ACK) {
      this.#handleInitAck(now, state);
      return;
    }
    this.#dispatchRest(now, packet);
  }

  #handleInitAck(now: Instant, state: Extract<AssociationState, { name: "cookie-wait" }>): void {
    const outcome = this.#handshake.handleInitAck(this.#cursor.value(), state);
    if (outcome instanceof Malformed) {
      this.#drop(outcome.reason);
      return;
    }
    this.#timers.stop(T1_INIT);
    if (outcome.type === "refused") {
      this.#end("protocol-violation", outcome.causeCode);
      return;
    }
    const tcb = new Tcb(this.#environment, outcome.agreed, this.#mtu, this.#options.mtu);
    this.#enter({ name: "cookie-echoed", tcb, cookie: outcome.cookieEcho, attempts: 0 });
    this.#control.push(outcome.cookieEcho);
    for (const chunk of outcome.reports) this.#control.push(chunk);
    this.#timers.start(T1_COOKIE, now, this.#limits.rtoInitial);
  }

  /** Acts on the chunk under the cursor and on all that follow it. */
  #dispatchRest(now: Instant, packet: Uint8Array): void {
    const cursor = this.#cursor;
    do {
      if (!this.#dispatch(now, packet)) break;
      if (this.#state.name === "ended") return;
    } while (cursor.next());
    const tcb = tcbOf(this.#state);
    if (tcb === undefined) return;
    tcb.receiver.endOfPacket(now);
    tcb.reset.dataArrived();
    // §9.2: while in SHUTDOWN-SENT, every packet with DATA is answered with SHUTDOWN as well as SACK.
    if (this.#state.name === "shutdown-sent" && tcb.receiver.sackDue) this.#sendShutdown(now, tcb);
    this.#advanceShutdown(now);
  }

  /** One chunk of an association's packet. False: the rest of the packet is to be ignored. */
  #dispatch(now: Instant, packet: Uint8Array): boolean {
    const cursor = this.#cursor;
    switch (cursor.type) {
      case CHUNK.ABORT:
        this.#handleAbort();
        return false;
      case CHUNK.COOKIE_ACK:
        if (this.#state.name === "cookie-echoed") this.#establish(now, this.#state.tcb);
        return true;
      case CHUNK.ERROR:
        this.#handleError(now);
        return true;
      case CHUNK.SHUTDOWN:
        return this.#handleShutdown(now);
      case CHUNK.SHUTDOWN_ACK:
        this.#handleShutdownAck();
        return true;
      case CHUNK.SHUTDOWN_COMPLETE:
        if (this.#state.name === "shutdown-ack-sent") this.#end("shutdown");
        return true;
      default:
        return this.#chunks.handle(now, packet, cursor, this.#state);
    }
  }

  #handleAbort(): void {
    const { causeCode, message } = decodeAbortReason(this.#cursor.value());
    this.#end("aborted-by-peer", causeCode, message);
  }

  #handleError(now: Instant): void {
    const state = this.#state;
    if (!this.#chunks.reportsStaleCookie(this.#cursor) || state.name !== "cookie-echoed") return;
    // §5.2.6: begin again with a new INIT.
    this.#timers.stop(T1_COOKIE);
    const { tag, initialTsn } = this.#handshake.freshIdentity();
    this.#enter({ name: "cookie-wait", tag, initialTsn, attempts: state.attempts + 1 });
    this.#handshake.sendInit(tag, initialTsn);
    this.#timers.start(T1_INIT, now, this.#limits.rtoInitial);
  }

  #handleShutdown(now: Instant): boolean {
    const state = this.#state;
    switch (state.name) {
      case "established":
      case "shutdown-pending":
      case "shutdown-received":
        if (!this.#chunks.takeShutdownAck(now, this.#cursor, state.tcb)) return true;
        if (state.name !== "shutdown-received") this.#enter({ name: "shutdown-received", tcb: state.tcb });
        return true;
      case "shutdown-sent":
        // Both ends shut down at the same time.
        this.#sendShutdownAck(now, state.tcb, 0);
        return true;
      case "shutdown-ack-sent":
        this.#sendShutdownAck(now, state.tcb, state.attempts);
        return true;
      default:
        return true;
    }
  }

  #handleShutdownAck(): void {
    const state = this.#state;
    if (state.name === "shutdown-sent" || state.name === "shutdown-ack-sent") {
      this.#control.pushAlone(state.tcb.peerTag, encodeChunk(CHUNK.SHUTDOWN_COMPLETE, 0, NOTHING));
      this.#end("shutdown");
    } else if (state.name === "cookie-wait" || state.name === "cookie-echoed") {
      // §8.5.1 E: an old association of the peer; it is told, ours goes on.
      const tag = this.#header.verificationTag;
      this.#control.pushAlone(tag, encodeChunk(CHUNK.SHUTDOWN_COMPLETE, FLAG_TAG_REFLECTED, NOTHING));
    }
  }

  #establish(now: Instant, tcb: Tcb): void {
    this.#timers.stop(T1_INIT);
    this.#timers.stop(T1_COOKIE);
    this.#enter({ name: "established", tcb });
    const { inboundStreams, outboundStreams } = tcb;
    this.#queue.limitStreams(outboundStreams);
    this.#events.push({ type: "connected", inboundStreams, outboundStreams });
    this.#armHeartbeat(now, tcb);
  }

  #armHeartbeat(now: Instant, tcb: Tcb): void {
    const jitter = (randomUnit(this.#options.random) - 0.5) * tcb.sender.rto.rto;
    this.#timers.start(HEARTBEAT, now, this.#limits.heartbeatInterval + tcb.sender.rto.rto + jitter);
  }

  /** SHUTDOWN or SHUTDOWN ACK go out when nothing of ours is left to arrive (RFC 9260 §9.2). */
  #advanceShutdown(now: Instant): void {
    const state = this.#state;
    if (state.name !== "shutdown-pending" && state.name !== "shutdown-received") return;
    if (!state.tcb.sender.isIdle || !state.tcb.reset.isIdle) return;
    if (state.name === "shutdown-received") this.#sendShutdownAck(now, state.tcb, 0);
    else {
      this.#enter({ name: "shutdown-sent", tcb: state.tcb, attempts: 0 });
      this.#sendShutdown(now, state.tcb);
    }
  }

  #sendShutdown(now: Instant, tcb: Tcb): void {
    this.#control.push(encodeShutdown(tcb.receiver.cumulativeTsn));
    this.#timers.start(T2_SHUTDOWN, now, tcb.sender.rto.rto);
  }

  #sendShutdownAck(now: Instant, tcb: Tcb, attempts: number): void {
    this.#enter({ name: "shutdown-ack-sent", tcb, attempts });
    this.#control.push(encodeChunk(CHUNK.SHUTDOWN_ACK, 0, NOTHING));
    this.#timers.start(T2_SHUTDOWN, now, tcb.sender.rto.rto);
  }

  /** The peer has broken the rules: tell it, and end. */
  #violate(cause: Uint8Array): void {
    const { causeCode, message } = decodeAbortReason(cause);
    this.#abort("protocol-violation", cause, causeCode, message);
  }

  #abort(reason: SctpCloseReason, cause: Uint8Array, causeCode?: number, message?: string): void {
    const tcb = tcbOf(this.#state);
    if (tcb !== undefined) this.#control.pushAlone(tcb.peerTag, encodeChunk(CHUNK.ABORT, 0, cause));
    this.#end(reason, causeCode, message);
  }

  #end(reason: SctpCloseReason, causeCode?: number, message?: string): void {
    if (this.#state.name === "ended") return;
    this.#enter({ name: "ended", undelivered: this.undelivered });
    this.#timers.stopAll();
    this.#queue.clear();
    this.#control.clearChunks();
    this.#events.push({
      type: "closed",
      reason,
      ...(causeCode !== undefined && { causeCode }),
      ...(message !== undefined && { message }),
    });
  }

  #enter(state: AssociationState): void {
    const { log } = this.#options;
    if (log.enabled) log.event("sctp.state", { from: this.#state.name, to: state.name });
    this.#state = state;
  }

  handleTimeout(now: Instant): void {
    const timers = this.#timers;
    const state = this.#state;
    if (timers.expire(T1_INIT, now) && state.name === "cookie-wait") this.#handleT1Init(now, state);
    if (timers.expire(T1_COOKIE, now) && state.name === "cookie-echoed") this.#handleT1Cookie(now, state);
    if (timers.expire(T2_SHUTDOWN, now)) this.#handleT2(now);
    const tcb = tcbOf(this.#state);
    if (tcb === undefined) return;
    if (timers.expire(T3_RTX, now) && !tcb.sender.handleT3(now)) {
      this.#abort("timeout", textCause(CAUSE.USER_INITIATED_ABORT, "peer is unreachable"));
      return;
    }
    if (timers.expire(DELAYED_SACK, now)) tcb.receiver.requestSack();
    if (timers.expire(RECONFIG, now)) tcb.reset.handleTimeout(now);
    if (timers.expire(HEARTBEAT, now)) this.#handleHeartbeatTimer(now, tcb);
  }

  #handleT1Init(now: Instant, state: Extract<AssociationState, { name: "cookie-wait" }>): void {
    if (state.attempts++ >= this.#limits.maxInitRetransmissions) {
      this.#end("timeout");
      return;
    }
    this.#handshake.sendInit(state.tag, state.initialTsn);
    this.#timers.start(T1_INIT, now, this.#backedOff(state.attempts));
  }

  #handleT1Cookie(now: Instant, state: Extract<AssociationState, { name: "cookie-echoed" }>): void {
    if (state.attempts++ >= this.#limits.maxInitRetransmissions) {
      this.#end("timeout");
      return;
    }
    this.#control.push(state.cookie);
    this.#timers.start(T1_COOKIE, now, this.#backedOff(state.attempts));
  }

  #backedOff(attempts: number): number {
    return Math.min(this.#limits.rtoInitial * 2 ** attempts, this.#limits.initBackoffMax);
  }

  #handleT2(now: Instant): void {
    const state = this.#state;
    if (state.name !== "shutdown-sent" && state.name !== "shutdown-ack-sent") return;
    if (state.attempts++ >= this.#limits.maxShutdownRetransmissions) {
      this.#abort("timeout", textCause(CAUSE.USER_INITIATED_ABORT, "shutdown timed out"));
      return;
    }
    state.tcb.sender.rto.backOff();
    if (state.name === "shutdown-sent") this.#sendShutdown(now, state.tcb);
    else this.#sendShutdownAck(now, state.tcb, state.attempts);
  }

  #handleHeartbeatTimer(now: Instant, tcb: Tcb): void {
    this.#armHeartbeat(now, tcb);
    // §8.3: only an idle path is probed; DATA measures it otherwise.
    if (now - tcb.sender.lastDataAt < this.#limits.heartbeatInterval) return;
    tcb.receiver.reassembly.releaseIdleMemory();
    if (this.#state.name === "established") this.#control.push(encodeHeartbeat(tcb.heartbeat.begin(now)));
  }

  pollTransmit(now: Instant, out: Uint8Array): number {
    return this.#packets.write(now, out, this.#state, this.#mtu);
  }

  pollEvent(): SctpEvent | undefined {
    const event = this.#events.shift();
    if (event?.type === "message") tcbOf(this.#state)?.receiver.windowMayHaveOpened();
    return event;
  }

  nextTimeout(): Instant {
    return this.#state.name === "ended" ? NEVER : this.#timers.next();
  }
}

const NOTHING = new Uint8Array(0);
const WRONG_PORTS = new Malformed("sctp: packet of other ports");
