/** The internal slots of transceivers, senders and receivers (webrtc-pc §5.2 to §5.4). */
import type { Instant } from "../core/base/instant.ts";
import type {
  MediaKind,
  NegotiatedCodec,
  NegotiatedHeaderExtension,
  RemoteSource,
  TransceiverId,
} from "../core/jsep/index.ts";
import type { MediaStream } from "../media/MediaStream.ts";
import { type MediaStreamTrack, trackFrom } from "../media/MediaStreamTrack.ts";
import { type MediaSink, TrackSource } from "../media/track-source.ts";
import type { Connection } from "./connection.ts";
import { NO_LIMITS, type PeerLimits } from "./peer-limits.ts";
import { PictureSizes } from "./picture-sizes.ts";
import { createDtmfSender, type DtmfSlots } from "./RTCDTMFSender.ts";
import type { RTCDtlsTransport } from "./RTCDtlsTransport.ts";
import { createReceiverObject, type RTCRtpReceiver } from "./RTCRtpReceiver.ts";
import type { RTCRtpScriptTransform } from "./RTCRtpScriptTransform.ts";
import { createSenderObject, type RTCRtpSender } from "./RTCRtpSender.ts";
import { createTransceiverObject, type RTCRtpTransceiver } from "./RTCRtpTransceiver.ts";
import type {
  Encoding,
  RTCRtpCodec,
  RTCRtpHeaderExtensionCapability,
  RTCRtpTransceiverDirection,
  SendParameters,
} from "./rtp-parameters.ts";
import type { RtpSources } from "./rtp-sources.ts";
import { defaultEncodings } from "./send-encodings.ts";

/** A direction that can be negotiated. */
export type Direction = Exclude<RTCRtpTransceiverDirection, "stopped">;

/** The SSRCs of one encoding: its own, and that of its retransmissions. */
export interface StreamSources {
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** Of FlexFEC repair packets. */
  readonly fecSsrc: number;
  /** When they were chosen, on the host's clock. */
  readonly since: Instant;
}

/** What a receiver takes: as negotiated, or as offered, before the answer. */
export interface Accepted {
  readonly codecs: readonly NegotiatedCodec[];
  readonly headerExtensions: readonly NegotiatedHeaderExtension[];
}

/** Of an `RTCRtpSender`. */
export interface SenderSlots {
  readonly transceiver: TransceiverSlots;
  readonly target: RTCRtpSender;
  /** [[SenderTrack]] */
  track: MediaStreamTrack | null;
  /** The appdata of `a=msid`: the id of the first track, or made up. It stays when tracks come and go. */
  readonly id: string;
  /** [[SenderTransport]] */
  transport: RTCDtlsTransport | null;
  /** [[LastStableStateSenderTransport]] */
  lastStableTransport: RTCDtlsTransport | null;
  /** [[Dtmf]] */
  readonly dtmf: DtmfSlots | null;
  /** [[AssociatedMediaStreamIds]] */
  streamIds: readonly string[];
  /** [[SendEncodings]] */
  encodings: readonly Encoding[];
  /** [[LastStableRidlessSendEncodings]] */
  lastStableRidlessEncodings: readonly Encoding[] | null;
  /** [[SendCodecs]] */
  codecs: readonly NegotiatedCodec[];
  headerExtensions: readonly NegotiatedHeaderExtension[];
  /** What the peer allows of what is sent. */
  peerLimits: PeerLimits;
  reducedSize: boolean;
  degradationPreference: SendParameters["degradationPreference"] | undefined;
  /** [[LastReturnedParameters]] */
  lastReturnedParameters: SendParameters | null;
  /** The SSRCs of each encoding, by its rid. */
  readonly sources: Map<string | undefined, StreamSources>;
  readonly pictureSizes: PictureSizes;
  /** [[transform]] (webrtc-encoded-transform §3.1) */
  transform: RTCRtpScriptTransform | null;
  /** The track whose media is being sent, and what takes it. */
  attached: {
    readonly track: MediaStreamTrack;
    readonly sink: MediaSink;
    readonly transform: RTCRtpScriptTransform | null;
  } | null;
}

/** Of an `RTCRtpReceiver`. */
export interface ReceiverSlots {
  readonly transceiver: TransceiverSlots;
  readonly target: RTCRtpReceiver;
  /** What feeds [[ReceiverTrack]]: muted until media arrives. */
  readonly source: TrackSource;
  /** [[ReceiverTrack]] */
  readonly track: MediaStreamTrack;
  /** [[ReceiverTransport]] */
  transport: RTCDtlsTransport | null;
  /** [[LastStableStateReceiverTransport]] */
  lastStableTransport: RTCDtlsTransport | null;
  /** [[AssociatedRemoteMediaStreams]] */
  streams: readonly MediaStream[];
  /** [[LastStableStateAssociatedRemoteMediaStreams]] */
  lastStableStreams: readonly MediaStream[];
  /** [[ReceiveCodecs]] */
  codecs: readonly NegotiatedCodec[];
  /** [[LastStableStateReceiveCodecs]] */
  lastStableCodecs: readonly NegotiatedCodec[];
  /** Null: nothing. Unlike [[ReceiveCodecs]], an offer that ends reception leaves it until it is answered. */
  accepted: Accepted | null;
  lastStableAccepted: Accepted | null;
  headerExtensions: readonly NegotiatedHeaderExtension[];
  reducedSize: boolean;
  /** Reference times may be told while nothing is sent (RFC 3611 §4.4). */
  roundTrips: boolean;
  /** [[JitterBufferTarget]], milliseconds. */
  jitterBufferTarget: number | null;
  readonly pictureSizes: PictureSizes;
  /** [[transform]] (webrtc-encoded-transform §3.1) */
  transform: RTCRtpScriptTransform | null;
  /** Who has contributed; kept from the first time on that an application asks. */
  rtpSources: RtpSources | null;
  /** SSRCs that the peer's description has announced. */
  announced: readonly RemoteSource[];
  /** Layers that are told apart by their rid. */
  rids: readonly string[];
}

/** Of an `RTCRtpTransceiver`. */
export interface TransceiverSlots {
  readonly connection: Connection;
  /** The name that offer/answer has for it. */
  readonly id: TransceiverId;
  readonly kind: MediaKind;
  target: RTCRtpTransceiver;
  /** [[Sender]] */
  sender: SenderSlots;
  /** [[Receiver]] */
  receiver: ReceiverSlots;
  /** [[Stopping]] */
  stopping: boolean;
  /** [[Stopped]] */
  stopped: boolean;
  /** [[Direction]] */
  direction: Direction;
  /** [[Receptive]] */
  receptive: boolean;
  /** [[CurrentDirection]] */
  currentDirection: Direction | null;
  /** [[FiredDirection]] */
  firedDirection: Direction | null;
  /** [[PreferredCodecs]] */
  preferredCodecs: readonly RTCRtpCodec[];
  /** [[HeaderExtensionsToNegotiate]] (webrtc-extensions §5.2); undefined: what is implemented. */
  headerExtensions: readonly RTCRtpHeaderExtensionCapability[] | undefined;
  /** The extensions that the application has stopped, by their URIs. */
  refusedExtensions: readonly string[];
  /** What was agreed on (webrtc-extensions §5.2 getNegotiatedHeaderExtensions). */
  negotiatedExtensions: readonly NegotiatedHeaderExtension[];
  /** `a=extmap-allow-mixed` of both ends (RFC 8285 §6). */
  extmapAllowMixed: boolean;
  /** [[RtpHeaderEncryptionNegotiated]] (webrtc-extensions): `a=cryptex` of both ends (RFC 9335). */
  headerEncryption: boolean;
  /** [[Mid]] and [[JsepMid]] */
  mid: string | null;
  /** [[CurrentDirection]] has had a direction that sends (webrtc-pc §5.1 addTrack). */
  hasSent: boolean;
  /** addTrack() has made it: a remote offer may take it (RFC 9429 §5.10). */
  addedByAddTrack: boolean;
  /** addTrack() has used it: a rollback of the offer that has made it keeps it. */
  usedByAddTrack: boolean;
  /** The remote offer that is pending has made it. */
  createdByPendingOffer: boolean;
}

/** How a transceiver begins. */
export interface TransceiverInit {
  readonly id: TransceiverId;
  readonly kind: MediaKind;
  readonly direction: Direction;
  readonly track: MediaStreamTrack | null;
  readonly streams: readonly MediaStream[];
  /** Empty: one default encoding. */
  readonly encodings: readonly Encoding[];
  readonly addedByAddTrack: boolean;
  readonly createdByPendingOffer: boolean;
  /** Of the receiver's track; a fresh UUID when left out. */
  readonly trackId?: string | undefined;
}

/** webrtc-pc §5.4 "create an RTCRtpTransceiver", with its sender (§5.2) and its receiver (§5.3). */
export function createTransceiver(connection: Connection, init: TransceiverInit): TransceiverSlots {
  const { id, kind, direction, addedByAddTrack, createdByPendingOffer } = init;
  const first = connection.transceivers.find((other) => other.kind === kind && !other.stopping);
  const slots: Omit<TransceiverSlots, "target" | "sender" | "receiver"> = {
    connection,
    id,
    kind,
    stopping: false,
    stopped: false,
    direction,
    receptive: false,
    currentDirection: null,
    firedDirection: null,
    preferredCodecs: [],
    // webrtc-extensions §5.2: as the first one of the kind has them, if there is one.
    headerExtensions: first?.headerExtensions,
    refusedExtensions: first?.refusedExtensions ?? [],
    negotiatedExtensions: [],
    extmapAllowMixed: false,
    headerEncryption: false,
    mid: null,
    hasSent: false,
    addedByAddTrack,
    usedByAddTrack: false,
    createdByPendingOffer,
  };
  const transceiver = slots as TransceiverSlots;
  transceiver.sender = createSender(transceiver, init);
  transceiver.receiver = createReceiver(transceiver, init);
  transceiver.target = createTransceiverObject(transceiver);
  return transceiver;
}

function createSender(transceiver: TransceiverSlots, init: TransceiverInit): SenderSlots {
  const slots: Omit<SenderSlots, "target"> = {
    transceiver,
    track: init.track,
    id: init.track?.id ?? crypto.randomUUID(),
    transport: null,
    lastStableTransport: null,
    dtmf: init.kind === "audio" ? createDtmfSender(transceiver) : null,
    streamIds: streamIdsOf(init.streams),
    encodings: init.encodings.length > 0 ? init.encodings : defaultEncodings(init.kind),
    lastStableRidlessEncodings: init.createdByPendingOffer ? defaultEncodings(init.kind) : null,
    codecs: [],
    headerExtensions: [],
    peerLimits: NO_LIMITS,
    reducedSize: false,
    degradationPreference: undefined,
    lastReturnedParameters: null,
    sources: new Map(),
    pictureSizes: new PictureSizes(),
    transform: null,
    attached: null,
  };
  return Object.assign(slots, { target: createSenderObject(slots as SenderSlots) });
}

function createReceiver(transceiver: TransceiverSlots, init: TransceiverInit): ReceiverSlots {
  // §5.3: the label is "remote audio" or "remote video"; muted until media arrives.
  const source = new TrackSource(init.kind, {
    label: `remote ${init.kind}`,
    muted: true,
    yieldsPackets: true,
  });
  if (init.kind === "video") source.observedSize = { width: 0, height: 0 };
  const slots: Omit<ReceiverSlots, "target"> = {
    transceiver,
    source,
    track: trackFrom(source, init.trackId),
    transport: null,
    lastStableTransport: null,
    streams: [],
    lastStableStreams: [],
    codecs: [],
    lastStableCodecs: [],
    accepted: null,
    lastStableAccepted: null,
    headerExtensions: [],
    reducedSize: false,
    roundTrips: false,
    jitterBufferTarget: null,
    pictureSizes: new PictureSizes(),
    transform: null,
    rtpSources: null,
    announced: [],
    rids: [],
  };
  return Object.assign(slots, { target: createReceiverObject(slots as ReceiverSlots) });
}

/** [[AssociatedMediaStreamIds]] for `streams`: each id once, in their order. */
export function streamIdsOf(streams: readonly MediaStream[]): string[] {
  return [...new Set(streams.map((stream) => stream.id))];
}

/** Whether media is sent under a direction. */
export function sends(direction: Direction | null): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

/** Whether media is received under a direction. */
export function receives(direction: Direction | null): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

/** The direction that sends and receives as said. */
export function directionOf(send: boolean, receive: boolean): Direction {
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}
