/** What offer/answer has agreed on, told to the engine; and media, carried between tracks and the engine. */
import type { EncodedFrame, MediaPacket, ReceivedFrame, SourceClock } from "../core/base/media-frame.ts";
import { randomUint32 } from "../core/base/random.ts";
import type { NegotiatedCodec, NegotiatedHeaderExtension } from "../core/jsep/index.ts";
import { eventOfTone } from "../core/media/index.ts";
import type {
  MediaSectionParameters,
  PayloadFormat,
  ReceiveParameters,
  SendParameters,
} from "../core/rtp-session/parameters.ts";
import type { TransportId } from "../core/session/protocol.ts";
import { attachSink, detachSink, sourceOf } from "../media/MediaStreamTrack.ts";
import type { MediaSink, TrackSource, WantedEncoding } from "../media/track-source.ts";
import type { Connection } from "./connection.ts";
import { FrameGate } from "./frame-gate.ts";
import {
  keyFrameLayers,
  requestKeyFrames,
  setTransform,
  transformReceivedFrame,
  transformSentFrame,
} from "./frame-transform.ts";
import { KeyFrameGate } from "./key-frame-gate.ts";
import { limitedEncodings } from "./peer-limits.ts";
import { type RTCRtpScriptTransform, scriptTransformSlots } from "./RTCRtpScriptTransform.ts";
import { RtpSources } from "./rtp-sources.ts";
import {
  type Accepted,
  type ReceiverSlots,
  type SenderSlots,
  type StreamSources,
  sends,
  type TransceiverSlots,
} from "./transceiver-slots.ts";
import { wantedEncodings } from "./wanted-encodings.ts";

/** After a description or parameters were set: every transport learns what flows over it, and tracks start or stop to. */
export function updateMediaFlow(connection: Connection): void {
  const sections = new Map<TransportId, MediaSectionParameters[]>();
  for (const id of connection.transports.keys()) sections.set(id, []);
  for (const transceiver of connection.transceivers) {
    const id = transportOf(transceiver);
    const section = id === undefined ? undefined : sectionParameters(transceiver);
    if (id !== undefined && section !== undefined) sections.get(id)?.push(section);
  }
  for (const [transport, list] of sections) {
    if (list.length === 0 && !connection.transportsWithMedia.has(transport)) continue;
    connection.transportsWithMedia.add(transport);
    const headerEncryption = encryptsHeaders(connection, transport);
    connection.command({ type: "configure-media", transport, sections: list, headerEncryption });
  }
  for (const transceiver of connection.transceivers) {
    const { sender, receiver } = transceiver;
    updateSending(sender);
    updateWanted(receiver);
    // It may have been set before there was anything to receive.
    if (receiver.jitterBufferTarget !== null) setJitterBufferTarget(receiver);
    receiver.source.hasParallelStreams = receiver.rids.length > 1 || receiver.announced.length > 1;
  }
}

/** RFC 9335 §4: of all sections of a transport, or of none. */
function encryptsHeaders(connection: Connection, transport: TransportId): boolean {
  const carried = connection.transceivers.filter(
    (one) => one.currentDirection !== null && transportOf(one) === transport,
  );
  return carried.length > 0 && carried.every((one) => one.headerEncryption);
}

function transportOf({ connection, sender }: TransceiverSlots): TransportId | undefined {
  for (const transport of connection.transports.values()) {
    if (transport.dtlsTransport === sender.transport) return transport.id;
  }
  return undefined;
}

function sectionParameters(transceiver: TransceiverSlots): MediaSectionParameters | undefined {
  const { id, kind, mid, stopping, currentDirection, sender, receiver } = transceiver;
  if (mid === null || stopping || (currentDirection === null && receiver.accepted === null)) return undefined;
  return {
    media: id,
    kind,
    mid,
    reducedSize: sender.reducedSize,
    extmapAllowMixed: transceiver.extmapAllowMixed,
    send: sends(currentDirection) ? sendParameters(sender) : undefined,
    receive: receiver.accepted ? receiveParameters(receiver, receiver.accepted) : undefined,
  };
}

function sendParameters(sender: SenderSlots): SendParameters {
  return {
    cname: sender.transceiver.connection.cname,
    streams: limitedEncodings(sender.encodings, sender.peerLimits).map(
      ({ rid, active, maxBitrate }, _index, { length }) => {
        const { fecSsrc, ...sources } = sendSource(sender, rid);
        // Layers are told apart by rid, which names no repair flow: theirs are not announced.
        return { ...sources, ...(length === 1 ? { fecSsrc } : {}), rid, active, maxBitrate };
      },
    ),
    formats: sender.codecs.map(payloadFormat),
    headerExtensions: sender.headerExtensions.map(extensionId),
  };
}

function receiveParameters(
  receiver: ReceiverSlots,
  { codecs, headerExtensions }: Accepted,
): ReceiveParameters {
  return {
    formats: codecs.map(payloadFormat),
    headerExtensions: headerExtensions.map(extensionId),
    sources: receiver.announced.map(({ ssrc, rtxSsrc, fecSsrc }) => ({ ssrc, rtxSsrc, fecSsrc })),
    rids: receiver.rids,
    // Of several streams one is enough: tracks of one application share the first.
    synchronizationGroup: receiver.streams[0]?.id,
    tellsReferenceTimes: receiver.roundTrips,
  };
}

function payloadFormat(codec: NegotiatedCodec): PayloadFormat {
  const { payloadType, mimeType, clockRate, channels, sdpFmtpLine, rtcpFeedback } = codec;
  return { payloadType, mimeType, clockRate, channels, sdpFmtpLine, rtcpFeedback };
}

function extensionId({ uri, id }: NegotiatedHeaderExtension): { uri: string; id: number } {
  return { uri, id };
}

/** The SSRCs of one encoding: chosen once, unique within the connection (RFC 3550 §8). */
export function sendSource(sender: SenderSlots, rid: string | undefined): StreamSources {
  const known = sender.sources.get(rid);
  if (known !== undefined) return known;
  const { connection } = sender.transceiver;
  const source = {
    ssrc: newSsrc(connection),
    rtxSsrc: newSsrc(connection),
    fecSsrc: newSsrc(connection),
    since: connection.host.now(),
  };
  sender.sources.set(rid, source);
  return source;
}

function newSsrc(connection: Connection): number {
  for (;;) {
    const ssrc = randomUint32(connection.host.crypto);
    // 0 means "no source" in feedback messages (RFC 4585 §6.1).
    if (ssrc === 0 || connection.ssrcs.has(ssrc)) continue;
    connection.ssrcs.add(ssrc);
    return ssrc;
  }
}

/** What takes a track's media for one sender without a transform. */
class SenderSink implements MediaSink {
  readonly #sender: SenderSlots;
  /** Of the track that it takes from. */
  readonly #source: TrackSource | undefined;
  /** Of video: without layers, and of each layer. */
  readonly #gate = new KeyFrameGate();
  readonly #gates = new Map<string, KeyFrameGate>();
  readonly #frames = new FrameGate();
  /** Where the sender's transport was found last: looked up once, not for each packet. */
  #dtlsTransport: SenderSlots["transport"] = null;
  #transport: TransportId | undefined;

  constructor(sender: SenderSlots) {
    this.#sender = sender;
    this.#source = sender.track ? sourceOf(sender.track) : undefined;
  }

  get encodings(): readonly WantedEncoding[] {
    return wantedEncodings(this.#sender);
  }

  frame(frame: EncodedFrame): void {
    const { kind, connection } = this.#sender.transceiver;
    if (kind === "audio" || this.#frames.passes(connection.host.now(), frame)) sendFrame(this.#sender, frame);
    else if (this.#frames.asks) requestKeyFrames(this.#sender, [frame.rid]);
  }

  packets(packets: readonly MediaPacket[]): void {
    const { transceiver, transport: dtlsTransport } = this.#sender;
    if (dtlsTransport !== this.#dtlsTransport || this.#transport === undefined) {
      this.#dtlsTransport = dtlsTransport;
      this.#transport = transportOf(transceiver);
    }
    const transport = this.#transport;
    const { connection, id } = transceiver;
    const passed = transceiver.kind === "audio" ? packets : this.#fromKeyFrames(packets);
    if (transport !== undefined && passed.length > 0)
      connection.command({ type: "send-packets", transport, media: id, packets: passed });
  }

  clock(clock: SourceClock): void {
    const { transceiver } = this.#sender;
    const transport = transportOf(transceiver);
    const { connection, id } = transceiver;
    if (transport !== undefined)
      connection.command({ type: "set-source-clock", transport, media: id, clock });
  }

  /** Whoever is shown a stream from its middle would see a damaged picture. */
  #fromKeyFrames(packets: readonly MediaPacket[]): readonly MediaPacket[] {
    const { transceiver, encodings } = this.#sender;
    const now = transceiver.connection.host.now();
    const hasLayers = encodings.length > 1 || encodings[0]?.rid !== undefined;
    const parallel = !hasLayers && this.#source !== undefined && this.#source.hasParallelStreams;
    let passed: MediaPacket[] | undefined;
    for (let i = 0; i < packets.length; i++) {
      const packet = packets[i]!;
      const gate = hasLayers ? this.#gateOf(packet.rid) : this.#gate;
      if (gate?.passes(now, packet, parallel)) {
        passed?.push(packet);
        continue;
      }
      passed ??= packets.slice(0, i);
      if (gate?.takeRequest(now)) requestKeyFrames(this.#sender, [packet.rid]);
    }
    return passed ?? packets;
  }

  /** Undefined: no layer of that name is sent. A source without layers feeds the first. */
  #gateOf(rid = this.#sender.encodings[0]?.rid): KeyFrameGate | undefined {
    const gate = rid === undefined ? undefined : this.#gates.get(rid);
    if (gate !== undefined || rid === undefined) return gate;
    if (!this.#sender.encodings.some((encoding) => encoding.rid === rid)) return undefined;
    const made = new KeyFrameGate();
    this.#gates.set(rid, made);
    return made;
  }
}

function sendFrame({ transceiver }: SenderSlots, frame: EncodedFrame): void {
  const transport = transportOf(transceiver);
  const { connection, id } = transceiver;
  if (transport !== undefined) connection.command({ type: "send-frame", transport, media: id, frame });
}

/** webrtc-pc §7.2: one tone (a character of {@link eventOfTone}), now, for `duration` milliseconds. */
export function playTone(transceiver: TransceiverSlots, tone: string, duration: number): void {
  const transport = transportOf(transceiver);
  const { connection, id } = transceiver;
  if (transport === undefined) return;
  connection.command({ type: "send-tone", transport, media: id, event: eventOfTone(tone), duration });
}

/** What takes frames through a transform: packets would pass by it. */
function transformingSink(sender: SenderSlots, transform: RTCRtpScriptTransform): MediaSink {
  return {
    get encodings() {
      return wantedEncodings(sender);
    },
    frame: (frame) =>
      transformSentFrame(
        sender,
        transform,
        frame,
        sendSource(sender, frame.rid ?? sender.encodings[0]?.rid).ssrc,
      ),
  };
}

/** The sender takes its track's media while it is negotiated to send. */
export function updateSending(sender: SenderSlots): void {
  const { transceiver } = sender;
  const flows =
    !transceiver.stopping && !transceiver.connection.isClosed && sends(transceiver.currentDirection);
  const track = flows ? sender.track : null;
  const { attached, transform } = sender;
  if (attached === null ? track === null : attached.track === track && attached.transform === transform)
    return;
  if (attached) detachSink(attached.track, attached.sink);
  const sink = transform ? transformingSink(sender, transform) : new SenderSink(sender);
  sender.attached = track === null ? null : { track, sink, transform };
  if (sender.attached) attachSink(sender.attached.track, sender.attached.sink);
}

/** The peer of a sender asks for a key frame. */
export function passOnKeyFrameRequest(sender: SenderSlots, rid: string | undefined): void {
  if (sender.transform) scriptTransformSlots(sender.transform).passOnKeyFrameRequest(rid);
  else requestKeyFrames(sender, [rid]);
}

/** Connects what feeds a receiver's track with the engine. */
export function connectReceiver(receiver: ReceiverSlots): void {
  const { source, transceiver } = receiver;
  source.onwantedchange = () => updateWanted(receiver);
  source.onkeyframerequest = (rid) => {
    const transport = transportOf(transceiver);
    if (transport === undefined) return;
    transceiver.connection.command({ type: "request-key-frame", transport, media: transceiver.id, rid });
  };
}

function updateWanted({ source, transceiver, transform, rtpSources }: ReceiverSlots): void {
  const transport = transportOf(transceiver);
  if (transport === undefined || transceiver.connection.isClosed) return;
  // A transform gets the frames whether somebody takes them from the track or not.
  const wanted = transform ? { frames: true, packets: false } : { ...source.wanted };
  if (rtpSources) wanted.frames = true;
  transceiver.connection.command({ type: "want-media", transport, media: transceiver.id, ...wanted });
}

/** webrtc-pc §5.3 jitterBufferTarget */
export function setJitterBufferTarget(receiver: ReceiverSlots): void {
  const transport = transportOf(receiver.transceiver);
  if (transport === undefined) return;
  receiver.transceiver.connection.command({
    type: "set-jitter-buffer-target",
    transport,
    media: receiver.transceiver.id,
    target: receiver.jitterBufferTarget ?? undefined,
  });
}

/** RTP has begun to come or has ended (§5.3, §5.1.1: a receptive transceiver's track is unmuted by media). */
export function setFlowing(receiver: ReceiverSlots, flowing: boolean): void {
  if (flowing && !receiver.transceiver.receptive) return;
  receiver.source.setMuted(!flowing);
}

/** webrtc-encoded-transform §3.2, of senders. */
export function setSenderTransform(sender: SenderSlots, transform: RTCRtpScriptTransform | null): void {
  const changed = setTransform(sender, transform, {
    role: "sender",
    kind: sender.transceiver.kind,
    deliver: (frame) => {
      if (sender.transform === transform && sender.attached) sendFrame(sender, frame);
    },
    generateKeyFrame: (rid) => {
      const layers = keyFrameLayers(sender, rid);
      requestKeyFrames(sender, layers);
      return layers;
    },
    requestKeyFrame() {},
  });
  if (changed) updateSending(sender);
}

/** webrtc-encoded-transform §3.2, of receivers. */
export function setReceiverTransform(receiver: ReceiverSlots, transform: RTCRtpScriptTransform | null): void {
  const { source, transceiver } = receiver;
  const changed = setTransform(receiver, transform, {
    role: "receiver",
    kind: transceiver.kind,
    deliver: (frame) => {
      if (receiver.transform === transform) source.writeFrame(frame);
    },
    generateKeyFrame: () => [],
    requestKeyFrame: () => source.requestKeyFrame(),
  });
  if (!changed) return;
  source.yieldsPackets = transform === null;
  updateWanted(receiver);
}

/**
 * webrtc-pc §5.3.1. Frames are made for nobody who does not want them, and what is never delivered has no sources: they are
 * wanted from the first call on.
 */
export function rtpSourcesOf(receiver: ReceiverSlots): { sources: RtpSources; now: number } {
  const { host } = receiver.transceiver.connection;
  if (receiver.rtpSources === null) {
    receiver.rtpSources = new RtpSources();
    updateWanted(receiver);
  }
  return { sources: receiver.rtpSources, now: host.timeOrigin + host.now() };
}

/** Frames have come from the network. */
export function takeFrames(receiver: ReceiverSlots, frames: readonly ReceivedFrame[]): void {
  const { source, transform, pictureSizes, transceiver } = receiver;
  const { host } = transceiver.connection;
  for (const frame of frames) {
    receiver.rtpSources?.note(frame, host.timeOrigin + host.now());
    const size = transceiver.kind === "video" ? pictureSizes.sizeOf(frame, frame.mimeType) : undefined;
    if (size !== undefined) source.observedSize = size;
    if (transform) transformReceivedFrame(receiver, transform, frame, size);
    else source.writeFrame(frame);
  }
}
