import type { Fifo } from "../base/fifo.ts";
import type { Instant } from "../base/instant.ts";
import { Malformed } from "../base/malformed.ts";
import {
  type DataChannelOpen,
  decodeDcepMessage,
  encodeDataChannelAck,
  encodeDataChannelOpen,
  PPID_BINARY,
  PPID_BINARY_EMPTY,
  PPID_BINARY_PARTIAL,
  PPID_DCEP,
  PPID_STRING,
  PPID_STRING_EMPTY,
  PPID_STRING_PARTIAL,
} from "../dcep/index.ts";
import type { SctpAssociation, SctpEvent } from "../sctp/index.ts";
import { type DataChannel, isReliable, newChannel } from "./data-channel.ts";
import { EarlyMessages } from "./early-messages.ts";
import type { ChannelId, EngineCommand, EngineEvent, TransportError } from "./protocol.ts";

/** Bytes of DATA_CHANNEL_OPEN messages, labels and protocols mostly, of all open channels that the peer has made. */
export const ANNOUNCED_BYTES = 4 * 1024 * 1024;

/** webrtc-pc §6.2: what an empty message looks like on the wire (RFC 8831 §6.6: one byte that receivers ignore). */
const EMPTY_MESSAGE = Uint8Array.of(0);

const RESET_BY_PEER: TransportError = { detail: "data-channel-failure", message: "reset by the peer" };

/** Counted and dropped, by reason. */
export interface DataChannelDrops {
  malformedDcep: number;
  unknownPpid: number;
  /** Messages for streams that no channel claimed, beyond what may wait. */
  unclaimed: number;
  /** DATA_CHANNEL_OPEN on a stream in use, of the wrong parity, or beyond a limit. */
  refusedOpen: number;
}

/**
 * The data channels of a connection, over its one SCTP association (RFC 8831, RFC 8832): stream ids, in-band opening, the
 * closing procedure, and what `bufferedAmount` counts. They wait for the first association, and may outlive one.
 */
export class DataChannels {
  readonly drops: DataChannelDrops = { malformedDcep: 0, unknownPpid: 0, unclaimed: 0, refusedOpen: 0 };
  readonly #events: Fifo<EngineEvent>;
  readonly #channels = new Map<ChannelId, DataChannel>();
  readonly #byStream = new Map<number, DataChannel>();
  #sctp: SctpAssociation | undefined;
  #connected = false;
  #ended = false;
  #dtlsRole: "client" | "server" | undefined;
  #maxChannels = 65_535;
  #nextAnnounced: ChannelId = 2;
  #announcedBytes = 0;
  readonly #early = new EarlyMessages();
  /** Streams of channels that are closed here, and of which the peer does not know that yet. */
  readonly #abandoned: number[] = [];

  constructor(events: Fifo<EngineEvent>) {
    this.#events = events;
  }

  /** Channels that are not closed. */
  get count(): number {
    return this.#channels.size;
  }

  /** True once the association is gone: no channel will work until another one is attached. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Data of ours is on its way, and nothing that the peer waits for. */
  get mayAnswerLater(): boolean {
    return this.#sctp?.mayAnswerLater ?? false;
  }

  /** RFC 8832 §6: the DTLS client uses even stream ids, the server odd ones. */
  setDtlsRole(role: "client" | "server"): void {
    this.#dtlsRole = role;
    for (const channel of this.#channels.values()) this.#assignStream(channel);
  }

  /** What carries them from now on. */
  attach(sctp: SctpAssociation): void {
    this.#sctp = sctp;
    this.#ended = false;
  }

  /** The association is up: everything that waited opens. */
  connected(now: Instant, maxChannels: number): void {
    const sctp = this.#sctp!;
    this.#connected = true;
    this.#maxChannels = maxChannels;
    for (const channel of [...this.#channels.values()]) {
      if (channel.state === "open") sctp.setStreamPriority(channel.streamId!, channel.parameters.priority);
      else this.#openWhenPossible(now, channel);
    }
    if (this.#abandoned.length > 0) sctp.resetStreams(now, this.#abandoned.splice(0));
  }

  open(now: Instant, command: Extract<EngineCommand, { type: "open-channel" }>): void {
    const { parameters, negotiated } = command;
    const channel = newChannel({ id: command.channel, parameters, negotiated, state: "waiting" });
    if (this.#ended) {
      this.#events.push({ type: "channel-closed", channel: channel.id, error: undefined });
      return;
    }
    this.#channels.set(channel.id, channel);
    if (command.streamId === undefined) this.#assignStream(channel);
    else if (this.#byStream.has(command.streamId)) {
      // The peer was faster: its channel is announced, but the application did not know that yet.
      this.#forget(channel, { detail: "data-channel-failure", message: "the stream id is in use" });
    } else this.#bind(channel, command.streamId);
    this.#openWhenPossible(now, channel);
  }

  send(now: Instant, id: ChannelId, binary: boolean, data: Uint8Array): void {
    const channel = this.#channels.get(id);
    if (channel?.state !== "open" || channel.streamId === undefined) return;
    const { ordered, maxRetransmits, maxPacketLifeTime } = channel.parameters;
    const empty = data.length === 0;
    const ppid = binary ? (empty ? PPID_BINARY_EMPTY : PPID_BINARY) : empty ? PPID_STRING_EMPTY : PPID_STRING;
    if (empty) channel.buffered.queueOverhead(EMPTY_MESSAGE.length);
    else channel.buffered.queue(data.length);
    const accepted = this.#sctp!.send(now, channel.streamId, ppid, empty ? EMPTY_MESSAGE : data, {
      ordered: ordered || channel.awaitingAck,
      ...(maxRetransmits === undefined ? undefined : { maxRetransmits }),
      ...(maxPacketLifeTime === undefined ? undefined : { lifetime: maxPacketLifeTime }),
    });
    // The peer has asked for a reset of our stream (RFC 6525 §4.2): said aloud, because the message will not arrive.
    if (!accepted) this.#forget(channel, RESET_BY_PEER);
  }

  /** webrtc-pc §6.2.4: what is buffered leaves first, then the stream is reset. */
  close(now: Instant, id: ChannelId): void {
    const channel = this.#channels.get(id);
    if (channel === undefined || channel.state === "closing") return;
    if (channel.state === "waiting" || channel.streamId === undefined) {
      this.#forget(channel, undefined);
      return;
    }
    channel.state = "closing";
    this.#sctp!.resetStreams(now, [channel.streamId]);
  }

  handleSctpEvent(now: Instant, event: Exclude<SctpEvent, { type: "connected" | "closed" }>): void {
    switch (event.type) {
      case "message":
        this.#receive(now, event.streamId, event.ppid, event.data);
        break;
      case "buffered-amount-decrease":
        this.#decrease(event.streamId, event.bytes);
        break;
      case "streams-reset-incoming":
        for (const streamId of event.streamIds) this.#incomingReset(now, streamId);
        break;
      case "streams-reset-outgoing":
        for (const streamId of event.streamIds) this.#outgoingReset(streamId);
        break;
      case "streams-reset-failed":
        // RFC 8831 §6.7 knows no way on: the channel is closed for the application, its stream id stays in use.
        for (const streamId of event.streamIds) this.#resetFailed(streamId);
        break;
      case "messages-abandoned":
        break;
    }
  }

  /** The association has ended: every channel closes, with the reason if it was not a clean end. */
  end(error: TransportError | undefined): void {
    this.#ended = true;
    this.#early.clear();
    for (const channel of [...this.#channels.values()]) this.#forget(channel, error);
    this.#byStream.clear();
  }

  /** Another association takes over: what the old one carried ends with `error`, what never opened waits for the new one. */
  restart(error: TransportError): void {
    this.#connected = false;
    this.#early.clear();
    for (const channel of [...this.#channels.values()])
      if (channel.state !== "waiting") this.#forget(channel, error);
    for (const [streamId, { id }] of this.#byStream)
      if (!this.#channels.has(id)) this.#byStream.delete(streamId);
  }

  /**
   * Another association will carry the open channels: both ends know them already. Reliable ones of whose data some may be
   * lost (`undelivered`: stream ids) close with `error`, and so does the peer's end as soon as it can be told.
   */
  suspend(undelivered: readonly number[], error: TransportError): void {
    this.#connected = false;
    this.#early.clear();
    const lost = new Set(undelivered);
    for (const channel of [...this.#channels.values()]) {
      // Its DATA_CHANNEL_ACK may be lost, which only says that ordering is not needed any more.
      channel.awaitingAck = false;
      const isLost = channel.state === "open" && isReliable(channel) && lost.has(channel.streamId!);
      if (channel.state !== "closing" && !isLost) continue;
      this.#abandoned.push(channel.streamId!);
      this.#forget(channel, isLost ? error : undefined);
      this.#byStream.set(channel.streamId!, channel);
    }
  }

  #assignStream(channel: DataChannel): void {
    if (channel.streamId !== undefined || channel.negotiated || this.#dtlsRole === undefined) return;
    const limit = Math.min(this.#maxChannels, 65_535);
    for (let id = this.#dtlsRole === "client" ? 0 : 1; id < limit; id += 2) {
      if (this.#byStream.has(id)) continue;
      this.#bind(channel, id);
      this.#events.push({ type: "channel-id", channel: channel.id, streamId: id });
      return;
    }
    this.#forget(channel, { detail: "data-channel-failure", message: "no stream id is left" });
  }

  #bind(channel: DataChannel, streamId: number): void {
    channel.streamId = streamId;
    this.#byStream.set(streamId, channel);
  }

  #openWhenPossible(now: Instant, channel: DataChannel): void {
    if (!this.#connected || channel.state !== "waiting" || channel.streamId === undefined) return;
    if (channel.streamId >= this.#maxChannels) {
      // webrtc-pc §6.1.1.2: an id that the association cannot carry closes its channel.
      this.#forget(channel, {
        detail: "data-channel-failure",
        message: "the peer does not offer that many streams",
      });
      return;
    }
    channel.state = "open";
    const sctp = this.#sctp!;
    sctp.setStreamPriority(channel.streamId, channel.parameters.priority);
    if (!channel.negotiated) {
      const message = encodeDataChannelOpen(channel.parameters);
      channel.awaitingAck = true;
      channel.buffered.queueOverhead(message.length);
      sctp.send(now, channel.streamId, PPID_DCEP, message, { ordered: true });
    }
    this.#events.push({ type: "channel-open", channel: channel.id });
    this.#deliverEarly(now, channel.streamId);
  }

  #receive(now: Instant, streamId: number, ppid: number, data: Uint8Array): void {
    if (ppid === PPID_DCEP) {
      this.#receiveDcep(now, streamId, data);
      return;
    }
    const channel = this.#byStream.get(streamId);
    if (channel === undefined || channel.state === "waiting") {
      if (!this.#early.keep(streamId, { ppid, data })) this.drops.unclaimed++;
      return;
    }
    // webrtc-pc §6.2.5 step 1: only an open channel delivers. What comes while we close was sent too late.
    if (channel.state !== "open") return;
    let binary: boolean;
    switch (ppid) {
      case PPID_STRING:
      case PPID_STRING_PARTIAL:
      case PPID_STRING_EMPTY:
        binary = false;
        break;
      case PPID_BINARY:
      case PPID_BINARY_PARTIAL:
      case PPID_BINARY_EMPTY:
        binary = true;
        break;
      default:
        this.drops.unknownPpid++;
        return;
    }
    const empty = ppid === PPID_STRING_EMPTY || ppid === PPID_BINARY_EMPTY;
    this.#events.push({
      type: "channel-message",
      channel: channel.id,
      binary,
      data: empty ? new Uint8Array(0) : data,
    });
  }

  #receiveDcep(now: Instant, streamId: number, data: Uint8Array): void {
    const message = decodeDcepMessage(data);
    if (message instanceof Malformed) {
      this.drops.malformedDcep++;
      return;
    }
    if (message.type === "ack") {
      const channel = this.#byStream.get(streamId);
      if (channel !== undefined) channel.awaitingAck = false;
      return;
    }
    if (this.#byStream.has(streamId)) {
      // RFC 8832 §6: the stream is in use. Its owner keeps it; the newcomer gets no ACK.
      this.drops.refusedOpen++;
    } else if (this.#isOurs(streamId) || this.#announcedBytes + data.length > ANNOUNCED_BYTES) {
      // … and a channel that cannot be is closed at once (RFC 8831 §6.7).
      this.drops.refusedOpen++;
      this.#sctp!.resetStreams(now, [streamId]);
    } else this.#announce(now, streamId, message, data.length);
  }

  /** RFC 8832 §6: stream ids of this parity are for our own channels. */
  #isOurs(streamId: number): boolean {
    return streamId % 2 === (this.#dtlsRole === "client" ? 0 : 1);
  }

  #announce(now: Instant, streamId: number, open: DataChannelOpen, announcedBytes: number): void {
    const { type: _, ...parameters } = open;
    const id = this.#nextAnnounced;
    const channel = newChannel({ id, parameters, negotiated: false, state: "open", announcedBytes });
    this.#nextAnnounced += 2;
    this.#announcedBytes += announcedBytes;
    this.#channels.set(id, channel);
    this.#bind(channel, streamId);
    this.#sctp!.setStreamPriority(streamId, parameters.priority);
    const ack = encodeDataChannelAck();
    channel.buffered.queueOverhead(ack.length);
    this.#sctp!.send(now, streamId, PPID_DCEP, ack, { ordered: true });
    this.#events.push({ type: "channel-announced", channel: id, streamId, parameters });
    this.#deliverEarly(now, streamId);
  }

  #deliverEarly(now: Instant, streamId: number): void {
    for (const { ppid, data } of this.#early.take(streamId)) this.#receive(now, streamId, ppid, data);
  }

  #decrease(streamId: number, bytes: number): void {
    const channel = this.#byStream.get(streamId);
    if (channel === undefined) return;
    const own = channel.buffered.leave(bytes);
    if (own > 0) this.#events.push({ type: "buffered-amount-decrease", channel: channel.id, bytes: own });
  }

  #incomingReset(now: Instant, streamId: number): void {
    const channel = this.#byStream.get(streamId);
    if (channel === undefined) {
      this.#early.take(streamId); // of a channel that is closed before we had it
      return;
    }
    channel.incomingReset = true;
    if (channel.state === "open") {
      // RFC 8831 §6.7: the peer closes; our side of the stream is reset in answer.
      channel.state = "closing";
      this.#events.push({ type: "channel-closing", channel: channel.id });
      this.#sctp!.resetStreams(now, [streamId]);
    }
    this.#finishWhenReset(channel);
  }

  #outgoingReset(streamId: number): void {
    const channel = this.#byStream.get(streamId);
    if (channel === undefined) return;
    channel.outgoingReset = true;
    this.#finishWhenReset(channel);
  }

  #resetFailed(streamId: number): void {
    const channel = this.#byStream.get(streamId);
    if (channel === undefined) return;
    this.#forget(channel, { detail: "data-channel-failure", message: "the stream could not be reset" });
    this.#byStream.set(streamId, channel);
  }

  #finishWhenReset(channel: DataChannel): void {
    if (!channel.incomingReset || !channel.outgoingReset) return;
    if (this.#channels.has(channel.id)) this.#forget(channel, undefined);
    else this.#byStream.delete(channel.streamId!);
  }

  #forget(channel: DataChannel, error: TransportError | undefined): void {
    this.#channels.delete(channel.id);
    if (channel.streamId !== undefined) this.#byStream.delete(channel.streamId);
    this.#announcedBytes -= channel.announcedBytes;
    this.#events.push({ type: "channel-closed", channel: channel.id, error });
  }
}
