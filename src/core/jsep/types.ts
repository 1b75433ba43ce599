/**
 * What offer/answer speaks of (RFC 9429, webrtc-pc §4.3 and §4.4). Everything here is plain immutable data: a
 * negotiation step takes one {@link JsepState} and returns another one together with what the engine must be told.
 */
import type { IceCandidate } from "../base/ice-candidate.ts";
import type { Random } from "../base/random.ts";
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import type {
  LocalTransceiver,
  MediaCapabilities,
  MediaKind,
  MediaOutcome,
  TransceiverId,
} from "./media-types.ts";

export * from "./media-types.ts";

/** webrtc-pc §4.3.1 RTCSignalingState */
export type SignalingState =
  | "stable"
  | "have-local-offer"
  | "have-remote-offer"
  | "have-local-pranswer"
  | "have-remote-pranswer"
  | "closed";

/** webrtc-pc §4.6.1 RTCSdpType */
export type SdpType = "offer" | "pranswer" | "answer" | "rollback";

/** A description as the application sees it: `sdp` shows the candidates that were trickled since it was set. */
export interface DescriptionText {
  readonly type: "offer" | "pranswer" | "answer";
  readonly sdp: string;
}

/** Names one ICE+DTLS transport; counted up from 1 within a connection and never reused. */
export type TransportId = number;

/** webrtc-pc §4.2.5 RTCBundlePolicy */
export type BundlePolicy = "balanced" | "max-compat" | "max-bundle";

/** webrtc-pc §4.2.6 RTCRtcpMuxPolicy */
export type RtcpMuxPolicy = "require" | "negotiate";

/** webrtc-extensions RTCRtpHeaderEncryptionPolicy */
export type HeaderEncryptionPolicy = "negotiate" | "require";

/** What this end has to offer at the moment. Part of every call, because the application may change it in between. */
export interface LocalCapabilities {
  /** Of every certificate of the connection, in the order in which they are written. At least one. */
  readonly fingerprints: readonly Fingerprint[];
  /** Whether the application has ever created a data channel: then there is an `m=application` section. */
  readonly dataChannels: boolean;
  /** Whether the first offer has that section in any case, before all others (webrtc-extensions, alwaysNegotiateDataChannels). */
  readonly dataChannelsFirst?: boolean;
  /** What we can receive in one message, bytes; written as `a=max-message-size`. */
  readonly maxMessageSize: number;
  /** Our SCTP port, 1..65535; written as `a=sctp-port`. */
  readonly sctpPort: number;
  readonly bundlePolicy: BundlePolicy;
  /** "require" when left out. */
  readonly rtcpMuxPolicy?: RtcpMuxPolicy;
  /** "negotiate" when left out. */
  readonly headerEncryptionPolicy?: HeaderEncryptionPolicy;
  /** We are a lite agent (RFC 8445 §2.5); false when left out. */
  readonly iceLite?: boolean;
  /** Where ICE credentials come from. */
  readonly random: Random;
  /** The set of transceivers in its order, stopped ones included. Undefined: data only, media is rejected. */
  readonly transceivers?: readonly LocalTransceiver[];
  /** The id of the first transceiver that a remote offer creates; the ones after it count up. 1 above the highest when left out. */
  readonly nextTransceiver?: TransceiverId;
  /** What sections can have; the lists of `codecs.ts` when left out. */
  readonly media?: Readonly<Record<MediaKind, MediaCapabilities>>;
  /** RFC 7022: written with `a=ssrc`. Needed only with `LocalTransceiver.sources`. */
  readonly cname?: string;
}

/** webrtc-pc §4.2.8 RTCOfferOptions */
export interface OfferOptions {
  readonly iceRestart: boolean;
}

/** The exceptions that webrtc-pc names for descriptions and candidates; "RTCError" carries `sdp-syntax-error`. */
export type JsepErrorName =
  | "InvalidStateError"
  | "InvalidAccessError"
  | "InvalidModificationError"
  | "OperationError"
  | "RTCError";

/** Why a call was refused. A value: nothing has changed. `api` turns it into the exception of that name. */
export class JsepError {
  readonly name: JsepErrorName;
  readonly message: string;
  /** For "RTCError" (errorDetail "sdp-syntax-error"): the line at fault, counted from 1. */
  readonly sdpLineNumber: number | undefined;

  constructor(name: JsepErrorName, message: string, sdpLineNumber?: number) {
    this.name = name;
    this.message = message;
    this.sdpLineNumber = sdpLineNumber;
  }
}

/**
 * What must be done to the transports when a plan is committed, in this order. The shapes follow the engine's commands;
 * `api` adds what only it knows (certificate, servers, policy, channel limit).
 */
export type Effect =
  /** A transport comes into being, with a local or remote offer. It gathers once a local description has its section. */
  | {
      readonly type: "create-transport";
      readonly transport: TransportId;
      readonly usernameFragment: string;
      readonly password: string;
      readonly controlling: boolean;
      /** With a second component for RTCP, which the peer may want (RTCRtcpMuxPolicy "negotiate"). */
      readonly rtcp?: boolean;
    }
  /** The peer may end the transport's associations and go on from other sockets, with the same credentials (`changed-tag.ts`). */
  | { readonly type: "expect-succession"; readonly transport: TransportId }
  /** The second component is not needed: RTP and RTCP share the first one (RFC 5761). */
  | { readonly type: "use-rtcp-mux"; readonly transport: TransportId }
  | { readonly type: "gather"; readonly transport: TransportId }
  /** New local credentials. Followed by a "gather". */
  | {
      readonly type: "restart-ice";
      readonly transport: TransportId;
      readonly usernameFragment: string;
      readonly password: string;
    }
  /** A rollback undoes a "restart-ice" that was not answered: back to the credentials before it. */
  | {
      readonly type: "cancel-ice-restart";
      readonly transport: TransportId;
      readonly usernameFragment: string;
      readonly password: string;
    }
  | { readonly type: "set-ice-role"; readonly transport: TransportId; readonly controlling: boolean }
  /** First parameters, or others than before (the peer restarted ICE). */
  | {
      readonly type: "set-remote-ice-parameters";
      readonly transport: TransportId;
      readonly usernameFragment: string;
      readonly password: string;
      readonly lite: boolean;
    }
  | {
      readonly type: "add-remote-candidate";
      readonly transport: TransportId;
      readonly candidate: IceCandidate;
    }
  | { readonly type: "end-of-remote-candidates"; readonly transport: TransportId }
  /** Not repeated while the association goes on. `role`: ours. `anew`: another one, although both are as before. */
  | {
      readonly type: "start-dtls";
      readonly transport: TransportId;
      readonly role: "client" | "server";
      readonly fingerprints: readonly Fingerprint[];
      readonly anew?: boolean;
    }
  /** First time, or with other values than before. Sizes in bytes; 0 means any size. */
  | {
      readonly type: "start-sctp";
      readonly transport: TransportId;
      readonly localPort: number;
      readonly remotePort: number;
      readonly remoteMaxMessageSize: number;
      readonly localMaxMessageSize: number;
    }
  /** The data section was rejected after it had been in use: the association and its channels end. */
  | { readonly type: "stop-sctp"; readonly transport: TransportId }
  /** No section uses the transport any more (rolled back, rejected or bundled elsewhere). */
  | { readonly type: "remove-transport"; readonly transport: TransportId };

/** A step that can be taken: commit it by keeping `state` and carrying out `effects`. */
export interface Plan {
  readonly state: JsepState;
  readonly effects: readonly Effect[];
  /** Of each audio and video section of the description that was set; empty for rollbacks and candidates. */
  readonly media: readonly MediaOutcome[];
  /** Transceivers that have lost their m= section with a rollback: [[Mid]] becomes null (RFC 9429 §5.7). */
  readonly dissociated: readonly TransceiverId[];
}

/** A description that was created: `state` remembers it as the last one. */
export interface Created {
  readonly state: JsepState;
  readonly sdp: string;
}

/** The data section as it has been negotiated (by an answer or provisional answer). */
export interface NegotiatedSctp {
  readonly mid: string;
  readonly transport: TransportId;
  readonly localPort: number;
  readonly remotePort: number;
  /** Bytes; 0 means any size (RFC 8841 §6.1). */
  readonly localMaxMessageSize: number;
  readonly remoteMaxMessageSize: number;
}

/** Where a local candidate belongs, for `RTCIceCandidate`. */
export interface CandidatePlace {
  /** Null when the peer's descriptions have no `a=mid`. */
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number;
}

/** webrtc-pc §4.8.1 RTCIceCandidateInit after conversion; `candidate` "" means end-of-candidates. */
export interface RemoteCandidateInit {
  readonly candidate: string;
  readonly sdpMid: string | undefined;
  readonly sdpMLineIndex: number | undefined;
  readonly usernameFragment: string | undefined;
}

import type { JsepState } from "./state.ts";
