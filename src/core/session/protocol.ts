/**
 * What crosses the border between the W3C objects (`api`) and the engine: commands in, events out, all of them plain
 * structured-cloneable objects (a certificate's key excepted: it is named by an id), so that an engine can live in a
 * worker thread. Nothing else crosses it.
 *
 * The engine owns transports: ICE, DTLS, SCTP and the data channels over it. Descriptions, transceivers and the five
 * W3C states that derive from them live in `api`, which turns a negotiated description into these commands.
 */

import type { IceCandidate, IceServer } from "../base/ice-candidate.ts";
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import type { IceGathererState, IceTransportPolicy, IceTransportState } from "../ice/index.ts";
import type { EngineSnapshot } from "../stats/index.ts";
import type { MediaCommand, MediaEvent } from "./media-protocol.ts";

export type { IceGathererState, IceTransportPolicy, IceTransportState } from "../ice/index.ts";

/** 1: RTP, and everything that shares its component; 2: RTCP where it does not (RFC 8445 §4). */
export type IceComponent = 1 | 2;
/** Names one ICE+DTLS transport of a connection. With BUNDLE there is one; chosen by `api`, never reused. */
export type TransportId = number;
/** Names one data channel of a connection inside this border. Odd: chosen by `api`; even: chosen by the engine (in-band). */
export type ChannelId = number;
/** Names a candidate pair of one component. */
export type CandidatePairNumber = number;
/** Names a certificate registered with the engine at construction. */
export type CertificateId = number;

export interface DataChannelParameters {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  /** Milliseconds, 0..65535. At most one of this and `maxRetransmits` is set. */
  readonly maxPacketLifeTime: number | undefined;
  readonly maxRetransmits: number | undefined;
  /** RFC 8831 §6.4 / webrtc-priority: as DCEP sends it (128 below normal, 256 normal, 512 high, 1024 extra high). */
  readonly priority: number;
}

/** What `api` tells the engine. Commands take effect in order; none of them answers, events do. */
export type EngineCommand =
  /** Makes a transport with fresh local ICE credentials (chosen by `api`, which writes them into descriptions). */
  | {
      readonly type: "create-transport";
      readonly transport: TransportId;
      readonly usernameFragment: string;
      readonly password: string;
      readonly controlling: boolean;
      readonly certificate: CertificateId;
      /** With a second component for RTCP, which the peer may want (RTCRtcpMuxPolicy "negotiate"). */
      readonly rtcp?: boolean;
    }
  /** The second component is not needed (RFC 5761): it ends at once, without events. */
  | { readonly type: "use-rtcp-mux"; readonly transport: TransportId }
  /**
   * Gathers ahead for a transport that may be made (RFC 9429 §3.5.4): "create-transport" takes it over, "gather" with the same
   * servers and policy tells what was found, "remove-transport" gives it up. Nothing is told before.
   */
  | {
      readonly type: "pool-transport";
      readonly transport: TransportId;
      readonly certificate: CertificateId;
      readonly servers: readonly IceServer[];
      readonly policy: IceTransportPolicy;
    }
  /** Starts gathering for the transport's current generation. */
  | {
      readonly type: "gather";
      readonly transport: TransportId;
      readonly servers: readonly IceServer[];
      readonly policy: IceTransportPolicy;
    }
  /** New local credentials: an ICE restart. Gathering must be started again with "gather". */
  | {
      readonly type: "restart-ice";
      readonly transport: TransportId;
      readonly usernameFragment: string;
      readonly password: string;
    }
  | { readonly type: "set-ice-role"; readonly transport: TransportId; readonly controlling: boolean }
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
  | IcePairCommand
  /**
   * Both sides are known: DTLS starts as soon as ICE has a valid pair. `role`: ours. `anew`: another association than the one
   * there is, even if role and fingerprints are the same (RFC 8842 §4).
   */
  | {
      readonly type: "start-dtls";
      readonly transport: TransportId;
      readonly role: "client" | "server";
      readonly fingerprints: readonly Fingerprint[];
      readonly anew?: boolean;
    }
  /**
   * For some seconds the peer may end DTLS and go on from other sockets with the same credentials, as browsers do when the
   * section that a bundle is named after is stopped: the transport then connects again, and idle data channels stay open.
   */
  | { readonly type: "expect-succession"; readonly transport: TransportId }
  /** SCTP starts as soon as DTLS is connected. Again, with another limit, after a renegotiation. */
  | {
      readonly type: "start-sctp";
      readonly transport: TransportId;
      readonly localPort: number;
      readonly remotePort: number;
      /** What the peer can receive (`a=max-message-size`), bytes; 0 means any size. */
      readonly remoteMaxMessageSize: number;
      /** What we announced, bytes. */
      readonly localMaxMessageSize: number;
      /** The channel limit on this connection (webrtc-pc §6.1.1 maxChannels), 1..65535 */
      readonly maxChannels: number;
    }
  /** The data section was rejected: the association ends, its channels close. */
  | { readonly type: "stop-sctp"; readonly transport: TransportId }
  /** No section uses the transport any more (rolled back, rejected, bundled elsewhere): it ends at once, without events. */
  | { readonly type: "remove-transport"; readonly transport: TransportId }
  /** `streamId` undefined: in-band (DCEP), the engine picks it when the DTLS role is known (RFC 8832 §6). */
  | {
      readonly type: "open-channel";
      readonly channel: ChannelId;
      readonly parameters: DataChannelParameters;
      readonly negotiated: boolean;
      readonly streamId: number | undefined;
    }
  /** Accepted data is never lost silently: every byte counts in `buffered-amount-decrease` or the channel closes with an error. */
  | {
      readonly type: "send";
      readonly channel: ChannelId;
      readonly binary: boolean;
      /** UTF-8 for strings. Owned by the engine from here on. */
      readonly data: Uint8Array;
    }
  /** The closing procedure (webrtc-pc §6.2.4): what is buffered is sent, then the stream is reset. */
  | { readonly type: "close-channel"; readonly channel: ChannelId }
  /** Asks for one "statistics" event: what is counted when everything commanded before has been carried out. */
  | { readonly type: "get-statistics" }
  /** Only through its own transports' farewells (SCTP ABORT, DTLS close_notify), then everything is released. */
  | { readonly type: "close" }
  | MediaCommand;

/** What the application has to say about candidate pairs (webrtc-extensions). */
export type IcePairCommand =
  /** The answer to "ice-nomination-proposed". */
  | {
      readonly type: "decide-nomination";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly pair: CandidatePairNumber;
      readonly accepted: boolean;
    }
  /** Data is to go over that pair; answered by "ice-pair-chosen" with the same `request`. */
  | {
      readonly type: "choose-pair";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly pair: CandidatePairNumber;
      readonly request: number;
    }
  /** Nothing is to go over that pair any more; confirmed by "ice-pair-removed". */
  | {
      readonly type: "remove-pair";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly pair: CandidatePairNumber;
    };

/** webrtc-pc §5.5 */
export type DtlsTransportState = "new" | "connecting" | "connected" | "closed" | "failed";

/** The pair in use (webrtc-pc §5.6.2). */
export interface IceCandidatePairInfo {
  readonly local: IceCandidate;
  readonly remote: IceCandidate;
}

/** Why something failed, in the terms of `RTCError` (webrtc-pc §11.4); `message` is for people. */
export interface TransportError {
  readonly detail: "dtls-failure" | "fingerprint-failure" | "sctp-failure" | "data-channel-failure";
  readonly message: string;
  readonly sctpCauseCode?: number;
  readonly receivedAlert?: number;
  readonly sentAlert?: number;
}

/** What the engine tells `api`, in the order in which it happened. */
export type EngineEvent =
  | {
      readonly type: "ice-gathering-state";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly state: IceGathererState;
    }
  | {
      readonly type: "ice-candidate";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly candidate: IceCandidate;
      /** The generation it belongs to. */
      readonly usernameFragment: string;
    }
  | {
      readonly type: "ice-candidate-error";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly address: string | undefined;
      readonly port: number | undefined;
      readonly url: string;
      readonly errorCode: number;
      readonly errorText: string;
    }
  | {
      readonly type: "ice-state";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly state: IceTransportState;
    }
  /** The engine changed its role (role conflict, RFC 8445 §7.3.1.1): that of both components. */
  | {
      readonly type: "ice-role";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly controlling: boolean;
    }
  | {
      readonly type: "ice-selected-pair";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly pair: IceCandidatePairInfo | undefined;
      /** Of the pair, where pairs are told. */
      readonly number?: CandidatePairNumber | undefined;
    }
  /** A pair was formed; or one that was is now between other candidates, and has another number, too. */
  | {
      readonly type: "ice-pair-added";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly number: CandidatePairNumber;
      readonly pair: IceCandidatePairInfo;
    }
  | {
      readonly type: "ice-pair-removed";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly number: CandidatePairNumber;
    }
  /** Nothing is nominated before "decide-nomination". */
  | {
      readonly type: "ice-nomination-proposed";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly number: CandidatePairNumber;
    }
  | {
      readonly type: "ice-pair-chosen";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly request: number;
      readonly succeeded: boolean;
    }
  | {
      readonly type: "dtls-state";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly state: DtlsTransportState;
      /** DER, leaf first, once known. */
      readonly remoteCertificates: readonly Uint8Array[];
      readonly error: TransportError | undefined;
    }
  /** `maxChannels`: the smaller of the streams both sides can have. */
  | { readonly type: "sctp-connected"; readonly transport: TransportId; readonly maxChannels: number }
  | {
      readonly type: "sctp-closed";
      readonly transport: TransportId;
      readonly error: TransportError | undefined;
    }
  /** The channel's stream id was chosen (in-band channels; RFC 8832 §6). Always before its "channel-open". */
  | { readonly type: "channel-id"; readonly channel: ChannelId; readonly streamId: number }
  | { readonly type: "channel-open"; readonly channel: ChannelId }
  /** The peer opened one in-band. It is open as soon as it is announced. */
  | {
      readonly type: "channel-announced";
      readonly channel: ChannelId;
      readonly streamId: number;
      readonly parameters: DataChannelParameters;
    }
  | {
      readonly type: "channel-message";
      readonly channel: ChannelId;
      readonly binary: boolean;
      /** Owned by the receiver of the event. UTF-8 when not binary. */
      readonly data: Uint8Array;
    }
  /** That many bytes left the send queue (were handed to the network for the first time, webrtc-pc §6.2 bufferedAmount). */
  | { readonly type: "buffered-amount-decrease"; readonly channel: ChannelId; readonly bytes: number }
  /** The peer has started the closing procedure. "channel-closed" follows when it has ended. */
  | { readonly type: "channel-closing"; readonly channel: ChannelId }
  | {
      readonly type: "channel-closed";
      readonly channel: ChannelId;
      readonly error: TransportError | undefined;
    }
  /** The answer to "get-statistics". */
  | { readonly type: "statistics"; readonly snapshot: EngineSnapshot }
  /** After "close", or when the engine has failed: the last event of all, with what was counted. */
  | { readonly type: "ended"; readonly snapshot: EngineSnapshot }
  | MediaEvent;
