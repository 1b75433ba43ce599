/**
 * Encoded audio and video as it passes between the network and whoever codes, stores or forwards it. Plain
 * structured-cloneable objects; the names are those of WebCodecs where it has one.
 */

/** One encoded frame of video, or one packet's worth of encoded audio. */
export interface EncodedFrame {
  /** Whether it can be decoded without any frame before it. Audio: always "key". */
  readonly type: "key" | "delta";
  /** In the codec's own form: OBUs for AV1 (low overhead format), Annex B for H.264 and H.265. */
  readonly data: Uint8Array;
  /** Microseconds on the source's own clock. */
  readonly timestamp: number;
  /** "video/VP8", … When left out, the first codec that was negotiated. */
  readonly mimeType?: string;
  /** The simulcast layer it belongs to; when left out, the first encoding. */
  readonly rid?: string;
  /** RFC 6464: 0 (loudest) to 127 (silence), in -dBov. */
  readonly audioLevel?: number;
  /** RFC 6464 */
  readonly voiceActivity?: boolean;
  /** 3GPP TS 26.114 coordination of video orientation: clockwise degrees to turn it by for display. */
  readonly rotation?: 0 | 90 | 180 | 270;
  /** Of a mixer: whose media is in it, the SSRCs (RFC 3550 §7.1). The first 15 go along. */
  readonly csrcs?: readonly number[];
  /**
   * RFC 6465: one level for each of `csrcs`, in their order, as `audioLevel`. Goes along where the header extension was negotiated;
   * of a frame that came there can be fewer than `csrcs`.
   */
  readonly csrcAudioLevels?: readonly number[];
  /** Goes along, now and then, where the header extension abs-capture-time was negotiated. */
  readonly absoluteCaptureTime?: AbsoluteCaptureTime;
}

/** When a frame was captured, by the clock of who has captured it: hops in between pass it on. */
export interface AbsoluteCaptureTime {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** Milliseconds by which that clock is ahead of the sender's, as the sender believes; 0: the sender has captured it. */
  readonly clockOffset?: number;
}

/** A frame that came from the network: complete, in decoding order. */
export interface ReceivedFrame extends EncodedFrame {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  /** As the packets had it; wraps at 2^32. */
  readonly rtpTimestamp: number;
  /** Of its last packet; wraps at 2^16. */
  readonly sequenceNumber?: number;
  /** When its last packet came, on the host's monotonic clock, milliseconds. */
  readonly receiveTime: number;
  /** When it was captured, milliseconds since 1970 on the sender's clock, once sender reports have told. */
  readonly captureTime?: number;
}

/** A telephone event that came from the network and is over (RFC 4733). */
export interface ReceivedTone {
  /** The DTMF character; undefined for other events. */
  readonly tone: string | undefined;
  /** RFC 4733 §3.2 and its registry: 0 to 15 are DTMF. */
  readonly event: number;
  /** Milliseconds. */
  readonly duration: number;
  /** -dBm0: 0 (loudest) to 63. */
  readonly volume: number;
  readonly ssrc: number;
  /** Of its beginning, in the clock of the audio; wraps at 2^32. */
  readonly rtpTimestamp: number;
}

/** The payload of one RTP packet with what of its header means something beyond one hop. */
export interface MediaPacket {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly marker: boolean;
  /** Unwrapped: grows by one with each packet that was sent, and beyond 65,535. */
  readonly sequenceNumber: number;
  /** Wraps at 2^32. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  readonly rid?: string;
  readonly payload: Uint8Array;
  /** Header extensions, by their URIs. */
  readonly extensions: readonly PacketExtension[];
}

/**
 * When packets of one source were captured: what sender reports say that are sent with them where they are passed on
 * (RFC 3550 §6.4.1).
 */
export interface SourceClock {
  readonly ssrc: number;
  /** Of something that was captured at `capturedAt`; 32 bits. */
  readonly rtpTimestamp: number;
  /** On the host's monotonic clock, milliseconds, up to a difference that all streams of one source share. */
  readonly capturedAt: number;
}

/** RFC 8285: one header extension element. */
export interface PacketExtension {
  readonly uri: string;
  readonly data: Uint8Array;
}
