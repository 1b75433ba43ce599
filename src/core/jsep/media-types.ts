/**
 * What offer/answer says about audio and video (RFC 9429 §5, webrtc-pc §5): in, what the transceivers want; out, what
 * each m= section has come to. Plain immutable data, like everything in `types.ts`.
 */
import type { Direction, ImageSet, RidRestrictions, SsrcGroup } from "../sdp/index.ts";
import type { TransportId } from "./types.ts";

export type MediaKind = "audio" | "video";

/** Names one transceiver; chosen by `api`, or from `LocalCapabilities.nextTransceiver` on for those that an offer creates. */
export type TransceiverId = number;

/** webrtc-pc §5.2.14 RTCRtpCodec, with what the codec wants to hear back. */
export interface CodecCapability {
  /** "audio/opus", "video/rtx", … Compared without regard to case. */
  readonly mimeType: string;
  /** Hz */
  readonly clockRate: number;
  /** Of audio; undefined: one, or not audio. */
  readonly channels?: number | undefined;
  /** The parameters of `a=fmtp`. */
  readonly sdpFmtpLine?: string | undefined;
  /** `a=rtcp-fb`: "nack", "nack pli", "goog-remb", … The capability's own; ignored in codec preferences. */
  readonly rtcpFeedback?: readonly string[] | undefined;
}

/** webrtc-pc §5.2.13 RTCRtpCodecParameters */
export interface NegotiatedCodec extends CodecCapability {
  /** 0..127 */
  readonly payloadType: number;
  readonly rtcpFeedback: readonly string[];
}

/** A header extension that an m= section may use (webrtc-extensions §5.2 RTCRtpHeaderExtensionCapability). */
export interface HeaderExtensionCapability {
  readonly uri: string;
  /** "stopped": not offered, not accepted. */
  readonly direction: Direction | "stopped";
}

/** webrtc-pc §5.2.11 RTCRtpHeaderExtensionParameters, with the direction that was agreed on, seen from here. */
export interface NegotiatedHeaderExtension {
  readonly uri: string;
  /** 1..14 with one-byte headers, else up to 255 (RFC 8285 §4). */
  readonly id: number;
  readonly direction: Direction;
}

/** One `a=rid` layer. */
export interface SimulcastLayer {
  readonly rid: string;
  /** `~` in `a=simulcast` (RFC 8853 §5.1). */
  readonly paused: boolean;
  /** What the peer wants of a layer that we send, or says of one that it sends (RFC 8851 §5). */
  readonly restrictions?: RidRestrictions | undefined;
}

/** SSRCs of one encoding, to be announced. */
export interface SendSource {
  readonly ssrc: number;
  /** Of its retransmissions: written as `a=ssrc-group:FID` (RFC 5576 §4.2). */
  readonly rtxSsrc?: number | undefined;
  /** Of its FlexFEC repair packets: written as `a=ssrc-group:FEC-FR` (RFC 5956 §4.3). */
  readonly fecSsrc?: number | undefined;
}

/** What one RTCRtpTransceiver wants at the moment. */
export interface LocalTransceiver {
  readonly id: TransceiverId;
  readonly kind: MediaKind;
  /** [[Direction]] */
  readonly direction: Direction;
  /** [[Stopping]] or [[Stopped]]: its m= section is offered with port 0. */
  readonly stopping: boolean;
  /** [[Stopped]]: answered with port 0 as well. */
  readonly stopped: boolean;
  /** Made by addTrack(), or reused by it: a remote offer may take it for one of its sections (RFC 9429 §5.10). */
  readonly addedByAddTrack: boolean;
  /** [[AssociatedMediaStreamIds]] of the sender: one `a=msid` line each; none: `a=msid:-`. */
  readonly streamIds: readonly string[];
  /** The appdata of `a=msid`, for peers that want a track's id. Undefined: none is written. */
  readonly trackId?: string | undefined;
  /** [[SendEncodings]] in order. Simulcast is offered when there are two or more with a rid. */
  readonly encodings: readonly { readonly rid?: string | undefined; readonly active: boolean }[];
  /** [[PreferredCodecs]]; empty: all capabilities in their order. */
  readonly codecPreferences: readonly CodecCapability[];
  /** [[HeaderExtensionsToNegotiate]], for offers; undefined: the capabilities of the kind. */
  readonly headerExtensions?: readonly HeaderExtensionCapability[] | undefined;
  /** For answers, which can have what earlier answers did not; undefined: as `headerExtensions`. */
  readonly acceptedExtensions?: readonly HeaderExtensionCapability[] | undefined;
  /** Announced with `a=ssrc` as long as there is no simulcast. */
  readonly sources?: readonly SendSource[] | undefined;
}

/** The codecs and header extensions that m= sections of a kind can have: see `codecs.ts`. */
export interface MediaCapabilities {
  readonly codecs: readonly CodecCapability[];
  readonly headerExtensions: readonly HeaderExtensionCapability[];
}

/** One direction of an m= section as both descriptions have it. */
export interface NegotiatedStream {
  /** In order of preference, with the payload types of this direction. */
  readonly codecs: readonly NegotiatedCodec[];
  readonly headerExtensions: readonly NegotiatedHeaderExtension[];
  /** `a=rid` layers of this direction that both ends have; empty: no rids. */
  readonly layers: readonly SimulcastLayer[];
  /** Whether `a=simulcast` was agreed on for this direction. */
  readonly simulcast: boolean;
}

/** An SSRC that the peer has announced. */
export interface RemoteSource {
  readonly ssrc: number;
  readonly cname: string | undefined;
  readonly rtxSsrc: number | undefined;
  /** Of its FlexFEC repair flow (RFC 5956 §4.3 FEC-FR). */
  readonly fecSsrc: number | undefined;
}

/** `b=` lines of a section, bits per second (RFC 9429 §5.10, RFC 3890, RFC 3556); undefined: nothing is said. */
export interface MediaBandwidth {
  /** Of RTP: TIAS, or what AS comes to without RTCP and headers. */
  readonly media: number | undefined;
  /** RS: of RTCP from those that send. */
  readonly rtcpSenders: number | undefined;
  /** RR: of RTCP from those that receive. */
  readonly rtcpReceivers: number | undefined;
}

/** The image sizes that one line of the peer's takes. */
export interface ImageSizes {
  /** Undefined: of all formats. */
  readonly payloadType: number | undefined;
  readonly sets: readonly ImageSet[];
}

/** What the peer's description of a section says of its media. */
export interface RemoteMedia {
  /** Seen from here: the description's own direction, reversed (webrtc-pc §4.4.1.5). */
  readonly direction: Direction;
  /** Stream ids of `a=msid` without "-"; undefined: there is no `a=msid` at all (RFC 9429 §5.10 makes a default stream). */
  readonly streamIds: readonly string[] | undefined;
  /** The appdata of the first `a=msid`. */
  readonly trackId: string | undefined;
  readonly sources: readonly RemoteSource[];
  readonly cname: string | undefined;
  /** All `a=ssrc-group` lines: "SIM" has the layers of a peer that tells them apart by SSRC. */
  readonly sourceGroups: readonly SsrcGroup[];
  /** What the peer can take; nothing about what it sends. */
  readonly bandwidth: MediaBandwidth;
  /** `a=ptime`: milliseconds of media that it wants in a packet (RFC 8866 §6.4). */
  readonly packetTime: number | undefined;
  /** `a=maxptime`: milliseconds that it takes at most (RFC 8866 §6.5). */
  readonly maxPacketTime: number | undefined;
  /** `a=imageattr:… recv`: sizes that it takes, in order (RFC 9429 §3.6.2); empty: all. */
  readonly imageSizes: readonly ImageSizes[];
  /** Layers that the peer asks us to send in `a=simulcast:recv` (webrtc-pc §4.4.1.5 proposedSendEncodings). */
  readonly simulcastToSend: readonly SimulcastLayer[];
}

/** What one audio or video section has come to with the description that was set. In the order of the m= lines. */
export interface MediaOutcome {
  readonly index: number;
  /** As written, or made up for a peer that writes none. */
  readonly mid: string;
  readonly kind: MediaKind;
  /** Undefined: a section that is rejected from the start, or stays so. */
  readonly transceiver: TransceiverId | undefined;
  /** The transceiver has to be made, under that id, with direction "recvonly" (RFC 9429 §5.10). */
  readonly create: boolean;
  /** The association is new with this description: [[Mid]] is set, even if the transceiver is an older one. */
  readonly associated: boolean;
  /** Port 0 in the description that was set: an answer stops the transceiver, an offer lets it be stopped. */
  readonly rejected: boolean;
  /** Of the description that was set, seen from here. */
  readonly direction: Direction;
  /** Undefined in a local offer's outcome before there is a remote description of the section. */
  readonly remote: RemoteMedia | undefined;
  /** Undefined while rejected. For an offer: where the section would be. */
  readonly transport: TransportId | undefined;
  /** RFC 5761: one port for RTP and RTCP. Always true with BUNDLE. */
  readonly rtcpMux: boolean;
  /** `a=rtcp-rsize` by both ends (RFC 5506). */
  readonly rtcpReducedSize: boolean;
  /** `a=rtcp-xr:rcvr-rtt=all` by both ends (RFC 3611 §5.1). */
  readonly receiverRoundTrips: boolean;
  /** `a=extmap-allow-mixed` by both ends (RFC 8285 §6). */
  readonly extmapAllowMixed: boolean;
  /** `a=cryptex` by both ends (RFC 9335 §4). */
  readonly headerEncryption: boolean;
  /** Set with answers and provisional answers; undefined for offers and rejected sections. */
  readonly send: NegotiatedStream | undefined;
  /** As `send`; with local offers also: what may come before the answer. */
  readonly receive: NegotiatedStream | undefined;
}
