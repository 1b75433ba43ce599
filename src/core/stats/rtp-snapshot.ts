/**
 * What statistics say of RTP streams. Members are named as webrtc-stats names them and in its units (seconds, bits per
 * second), so that they pass through; instants are the engine's. A member that is undefined is not counted.
 */
import type { Instant } from "../base/instant.ts";

/** The streams of one transport. */
export interface RtpSnapshot {
  readonly outbound: readonly OutboundRtpSnapshot[];
  readonly inbound: readonly InboundRtpSnapshot[];
  /** Messages of RFC 8888; undefined where they were not agreed on. */
  readonly ccfb?: { readonly sent: number; readonly received: number };
}

/** Which stream it is. */
interface StreamSnapshot {
  /** The transceiver's name at the border (`TransceiverId`). */
  readonly transceiver: number;
  /** Number within its RTP session, never used again: an SSRC that comes back is another stream (webrtc-stats §8.1). */
  readonly name: number;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  /** Of the codec in use; undefined before there is one. */
  readonly payloadType: number | undefined;
}

/** webrtc-stats "outbound-rtp": from the answer that makes us send to the one that removes the stream. */
export interface OutboundRtpSnapshot extends StreamSnapshot {
  readonly encodingIndex: number;
  readonly counters: {
    readonly packetsSent: number;
    readonly bytesSent: number;
    readonly headerBytesSent: number;
    readonly retransmittedPacketsSent: number;
    readonly retransmittedBytesSent: number;
    readonly nackCount: number;
    readonly totalPacketSendDelay?: number;
    readonly targetBitrate?: number;
  };
  /** Of video only. */
  readonly video?: {
    readonly framesSent: number;
    readonly framesEncoded: number;
    readonly keyFramesEncoded: number;
    readonly hugeFramesSent: number;
    readonly firCount: number;
    readonly pliCount: number;
    readonly frameWidth?: number;
    readonly frameHeight?: number;
    readonly framesPerSecond?: number;
  };
  /** From the first RTCP report block about it on. */
  readonly remote: RemoteInboundRtpSnapshot | undefined;
}

/** webrtc-stats "remote-inbound-rtp": what the peer reports of a stream of ours. */
export interface RemoteInboundRtpSnapshot {
  /** When the last report came. */
  readonly arrived: Instant;
  readonly counters: {
    readonly packetsReceived: number;
    readonly packetsLost: number;
    readonly jitter: number;
    readonly fractionLost: number;
    readonly roundTripTime?: number;
    readonly totalRoundTripTime: number;
    readonly roundTripTimeMeasurements: number;
  };
}

/** webrtc-stats "inbound-rtp": from the first packet of an SSRC on. */
export interface InboundRtpSnapshot extends StreamSnapshot {
  readonly fecSsrc: number | undefined;
  readonly lastPacketReceived: Instant;
  /** When the last frame was given out, and when it was captured: on the sender's clock, milliseconds since 1970. */
  readonly playout: { readonly at: Instant; readonly captureTime: number } | undefined;
  readonly counters: {
    readonly packetsReceived: number;
    readonly packetsLost: number;
    readonly packetsReportedAsLost?: number;
    readonly packetsReportedAsLostButRecovered?: number;
    readonly jitter: number;
    readonly bytesReceived: number;
    readonly headerBytesReceived: number;
    readonly packetsDiscarded: number;
    readonly nackCount: number;
    readonly retransmittedPacketsReceived?: number;
    readonly retransmittedBytesReceived?: number;
    readonly fecPacketsReceived?: number;
    readonly fecBytesReceived?: number;
    readonly fecPacketsDiscarded?: number;
    readonly jitterBufferDelay?: number;
    readonly jitterBufferTargetDelay?: number;
    readonly jitterBufferMinimumDelay?: number;
    readonly jitterBufferEmittedCount?: number;
    readonly totalProcessingDelay?: number;
  };
  /** Of video only. */
  readonly video?: {
    readonly framesReceived: number;
    readonly framesDecoded: number;
    readonly keyFramesDecoded: number;
    readonly framesDropped: number;
    readonly firCount: number;
    readonly pliCount: number;
    readonly framesAssembledFromMultiplePackets?: number;
    readonly totalAssemblyTime?: number;
    readonly totalInterFrameDelay?: number;
    readonly totalSquaredInterFrameDelay?: number;
    readonly freezeCount?: number;
    readonly totalFreezesDuration?: number;
    readonly pauseCount?: number;
    readonly totalPausesDuration?: number;
    readonly frameWidth?: number;
    readonly frameHeight?: number;
    readonly framesPerSecond?: number;
  };
  /** Of audio only. */
  readonly audio?: {
    readonly audioLevel?: number;
    readonly totalAudioEnergy?: number;
    readonly totalSamplesDuration?: number;
    readonly totalSamplesReceived?: number;
    readonly concealedSamples?: number;
    readonly concealmentEvents?: number;
  };
  /** From the first RTCP sender report of it on. */
  readonly remote: RemoteOutboundRtpSnapshot | undefined;
}

/** webrtc-stats "remote-outbound-rtp": what the peer reports of a stream that it sends. */
export interface RemoteOutboundRtpSnapshot {
  /** When the last report came. */
  readonly arrived: Instant;
  readonly counters: {
    readonly packetsSent: number;
    readonly bytesSent: number;
    /** Milliseconds since 1970 on the peer's clock (the report's NTP timestamp). */
    readonly remoteTimestamp: number;
    readonly reportsSent: number;
    readonly roundTripTime?: number;
    readonly totalRoundTripTime?: number;
    readonly roundTripTimeMeasurements?: number;
  };
}
