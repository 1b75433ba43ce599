/**
 * What an RTP session is told about each audio or video section: what offer/answer has agreed on, in the form in which
 * packets need it. Plain structured-cloneable objects.
 */

/** Names the media of one transceiver within a connection. */
export type MediaId = number;

/** One payload type of one direction. */
export interface PayloadFormat {
  /** 0..127 */
  readonly payloadType: number;
  /** "audio/opus", "video/rtx", … */
  readonly mimeType: string;
  /** Hz */
  readonly clockRate: number;
  readonly channels: number | undefined;
  /** The value of `a=fmtp`. */
  readonly sdpFmtpLine: string | undefined;
  /** "nack", "nack pli", "transport-cc", … */
  readonly rtcpFeedback: readonly string[];
}

/** RFC 8285: which id an extension has in packets of one direction. */
export interface HeaderExtensionId {
  readonly uri: string;
  readonly id: number;
}

/** One of the RTP streams that a section sends (RFC 8853: one per simulcast layer). */
export interface SendStreamParameters {
  readonly ssrc: number;
  /** Of its retransmissions (RFC 4588). */
  readonly rtxSsrc: number;
  /** Of its FlexFEC repair packets (RFC 5956 §4.3); undefined: none was announced. */
  readonly fecSsrc?: number;
  readonly rid: string | undefined;
  /** webrtc-pc §5.2.10 maxBitrate, bit/s; undefined: without a limit. */
  readonly maxBitrate?: number | undefined;
  /** Whether anything is sent at the moment (webrtc-pc §5.2.10 active). */
  readonly active: boolean;
}

export interface SendParameters {
  /** RFC 7022 */
  readonly cname: string;
  readonly streams: readonly SendStreamParameters[];
  /** In order of preference. */
  readonly formats: readonly PayloadFormat[];
  readonly headerExtensions: readonly HeaderExtensionId[];
}

/** An SSRC that the peer's description has announced (RFC 5576). */
export interface AnnouncedSource {
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  /** Of its FlexFEC repair packets (RFC 5956 §4.3). */
  readonly fecSsrc?: number | undefined;
}

export interface ReceiveParameters {
  readonly formats: readonly PayloadFormat[];
  readonly headerExtensions: readonly HeaderExtensionId[];
  readonly sources: readonly AnnouncedSource[];
  /** Layers that packets are told apart by (RFC 8852). */
  readonly rids: readonly string[];
  /** Sections that name the same are played in step, as far as their streams have the same CNAME (RFC 8834 §4.9, RFC 8830). */
  readonly synchronizationGroup?: string | undefined;
  /** Reference times are told, for round trips (RFC 3611 §4.4). */
  readonly tellsReferenceTimes?: boolean;
}

/** One audio or video section of a transport. */
export interface MediaSectionParameters {
  readonly media: MediaId;
  readonly kind: "audio" | "video";
  readonly mid: string;
  /** RFC 5506, agreed on by both ends. */
  readonly reducedSize: boolean;
  /** RFC 8285 §6: one-byte and two-byte headers may be mixed. */
  readonly extmapAllowMixed: boolean;
  /** Undefined: nothing is sent. */
  readonly send: SendParameters | undefined;
  /** Undefined: what comes is dropped. */
  readonly receive: ReceiveParameters | undefined;
}
