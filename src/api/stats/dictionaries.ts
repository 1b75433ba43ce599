/** The dictionaries of webrtc-stats §8, as its IDL has them. Times in seconds unless they are timestamps. */
import type { RTCDataChannelState } from "../RTCDataChannel.ts";
import type { RTCDtlsTransportState } from "../RTCDtlsTransport.ts";
import type {
  RTCIceCandidateType,
  RTCIceServerTransportProtocol,
  RTCIceTcpCandidateType,
} from "../RTCIceCandidate.ts";
import type { RTCIceRole, RTCIceTransportState } from "../RTCIceTransport.ts";

/** webrtc-stats §7 */
export type RTCStatsType =
  | "codec"
  | "inbound-rtp"
  | "outbound-rtp"
  | "remote-inbound-rtp"
  | "remote-outbound-rtp"
  | "media-source"
  | "media-playout"
  | "peer-connection"
  | "data-channel"
  | "transport"
  | "candidate-pair"
  | "local-candidate"
  | "remote-candidate"
  | "certificate";

/** webrtc-pc §8.4 */
export interface RTCStats {
  /** Names the object that was looked at, in every report. */
  id: string;
  /** `performance.timeOrigin + performance.now()` when it was looked at. */
  timestamp: number;
  type: RTCStatsType;
}

/** The role in the DTLS handshake. */
export type RTCDtlsRole = "client" | "server" | "unknown";
/** RFC 8445 §6.1.2.6 */
export type RTCStatsIceCandidatePairState = "frozen" | "waiting" | "in-progress" | "failed" | "succeeded";
/** What keeps video below the quality that was asked for. */
export type RTCQualityLimitationReason = "none" | "cpu" | "bandwidth" | "other";

/** Any end of any RTP stream. */
export interface RTCRtpStreamStats extends RTCStats {
  ssrc: number;
  kind: string;
  transportId?: string;
  codecId?: string;
}

/** A codec in use by RTP streams. */
export interface RTCCodecStats extends RTCStats {
  type: "codec";
  payloadType: number;
  transportId: string;
  mimeType: string;
  clockRate?: number;
  channels?: number;
  sdpFmtpLine?: string;
}

/** The receiving end of an RTP stream, here or at the peer. */
export interface RTCReceivedRtpStreamStats extends RTCRtpStreamStats {
  packetsReceived?: number;
  packetsReceivedWithEct1?: number;
  packetsReceivedWithCe?: number;
  packetsReportedAsLost?: number;
  packetsReportedAsLostButRecovered?: number;
  packetsLost?: number;
  jitter?: number;
}

/** An RTP stream that is received here. */
export interface RTCInboundRtpStreamStats extends RTCReceivedRtpStreamStats {
  type: "inbound-rtp";
  trackIdentifier: string;
  mid?: string;
  remoteId?: string;
  framesDecoded?: number;
  keyFramesDecoded?: number;
  framesRendered?: number;
  framesDropped?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
  qpSum?: number;
  totalDecodeTime?: number;
  totalInterFrameDelay?: number;
  totalSquaredInterFrameDelay?: number;
  pauseCount?: number;
  totalPausesDuration?: number;
  freezeCount?: number;
  totalFreezesDuration?: number;
  lastPacketReceivedTimestamp?: number;
  headerBytesReceived?: number;
  packetsDiscarded?: number;
  fecBytesReceived?: number;
  fecPacketsReceived?: number;
  fecPacketsDiscarded?: number;
  bytesReceived?: number;
  nackCount?: number;
  firCount?: number;
  pliCount?: number;
  totalProcessingDelay?: number;
  estimatedPlayoutTimestamp?: number;
  jitterBufferDelay?: number;
  jitterBufferTargetDelay?: number;
  jitterBufferEmittedCount?: number;
  jitterBufferMinimumDelay?: number;
  totalSamplesReceived?: number;
  concealedSamples?: number;
  silentConcealedSamples?: number;
  concealmentEvents?: number;
  insertedSamplesForDeceleration?: number;
  removedSamplesForAcceleration?: number;
  audioLevel?: number;
  totalAudioEnergy?: number;
  totalSamplesDuration?: number;
  framesReceived?: number;
  decoderImplementation?: string;
  playoutId?: string;
  powerEfficientDecoder?: boolean;
  framesAssembledFromMultiplePackets?: number;
  totalAssemblyTime?: number;
  retransmittedPacketsReceived?: number;
  retransmittedBytesReceived?: number;
  rtxSsrc?: number;
  fecSsrc?: number;
  totalCorruptionProbability?: number;
  totalSquaredCorruptionProbability?: number;
  corruptionMeasurements?: number;
}

/** What the peer reports of a stream that is sent here. */
export interface RTCRemoteInboundRtpStreamStats extends RTCReceivedRtpStreamStats {
  type: "remote-inbound-rtp";
  localId?: string;
  roundTripTime?: number;
  totalRoundTripTime?: number;
  fractionLost?: number;
  roundTripTimeMeasurements?: number;
  packetsWithBleachedEct1Marking?: number;
}

/** The sending end of an RTP stream, here or at the peer. */
export interface RTCSentRtpStreamStats extends RTCRtpStreamStats {
  packetsSent?: number;
  bytesSent?: number;
}

/** An RTP stream that is sent here. */
export interface RTCOutboundRtpStreamStats extends RTCSentRtpStreamStats {
  type: "outbound-rtp";
  mid?: string;
  mediaSourceId?: string;
  remoteId?: string;
  rid?: string;
  encodingIndex?: number;
  headerBytesSent?: number;
  retransmittedPacketsSent?: number;
  retransmittedBytesSent?: number;
  rtxSsrc?: number;
  targetBitrate?: number;
  totalEncodedBytesTarget?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
  framesSent?: number;
  hugeFramesSent?: number;
  framesEncoded?: number;
  keyFramesEncoded?: number;
  qpSum?: number;
  psnrSum?: Record<string, number>;
  psnrMeasurements?: number;
  totalEncodeTime?: number;
  totalPacketSendDelay?: number;
  qualityLimitationReason?: RTCQualityLimitationReason;
  qualityLimitationDurations?: Record<string, number>;
  qualityLimitationResolutionChanges?: number;
  nackCount?: number;
  firCount?: number;
  pliCount?: number;
  encoderImplementation?: string;
  powerEfficientEncoder?: boolean;
  active?: boolean;
  scalabilityMode?: string;
  packetsSentWithEct1?: number;
}

/** What the peer reports of a stream that it sends. */
export interface RTCRemoteOutboundRtpStreamStats extends RTCSentRtpStreamStats {
  type: "remote-outbound-rtp";
  localId?: string;
  remoteTimestamp?: number;
  reportsSent?: number;
  roundTripTime?: number;
  totalRoundTripTime?: number;
  roundTripTimeMeasurements?: number;
}

/** A track that is attached to senders. */
export interface RTCMediaSourceStats extends RTCStats {
  type: "media-source";
  trackIdentifier: string;
  kind: string;
}

/** … of audio. */
export interface RTCAudioSourceStats extends RTCMediaSourceStats {
  audioLevel?: number;
  totalAudioEnergy?: number;
  totalSamplesDuration?: number;
  echoReturnLoss?: number;
  echoReturnLossEnhancement?: number;
}

/** … of video. */
export interface RTCVideoSourceStats extends RTCMediaSourceStats {
  width?: number;
  height?: number;
  frames?: number;
  framesPerSecond?: number;
}

/** The connection as a whole. */
export interface RTCPeerConnectionStats extends RTCStats {
  type: "peer-connection";
  dataChannelsOpened?: number;
  dataChannelsClosed?: number;
}

/** A data channel. */
export interface RTCDataChannelStats extends RTCStats {
  type: "data-channel";
  label?: string;
  protocol?: string;
  dataChannelIdentifier?: number;
  state: RTCDataChannelState;
  messagesSent?: number;
  bytesSent?: number;
  messagesReceived?: number;
  bytesReceived?: number;
}

/** An ICE and DTLS transport. */
export interface RTCTransportStats extends RTCStats {
  type: "transport";
  packetsSent?: number;
  packetsReceived?: number;
  bytesSent?: number;
  bytesReceived?: number;
  iceRole?: RTCIceRole;
  iceLocalUsernameFragment?: string;
  dtlsState: RTCDtlsTransportState;
  iceState?: RTCIceTransportState;
  selectedCandidatePairId?: string;
  localCertificateId?: string;
  remoteCertificateId?: string;
  tlsVersion?: string;
  dtlsCipher?: string;
  dtlsRole?: RTCDtlsRole;
  srtpCipher?: string;
  selectedCandidatePairChanges?: number;
  ccfbMessagesSent?: number;
  ccfbMessagesReceived?: number;
}

/** A candidate, local or remote. */
export interface RTCIceCandidateStats extends RTCStats {
  type: "local-candidate" | "remote-candidate";
  transportId: string;
  address?: string | null;
  port?: number;
  protocol?: string;
  candidateType: RTCIceCandidateType;
  priority?: number;
  url?: string;
  relayProtocol?: RTCIceServerTransportProtocol;
  foundation?: string;
  relatedAddress?: string;
  relatedPort?: number;
  usernameFragment?: string;
  tcpType?: RTCIceTcpCandidateType;
}

/** A candidate pair. */
export interface RTCIceCandidatePairStats extends RTCStats {
  type: "candidate-pair";
  transportId: string;
  localCandidateId: string;
  remoteCandidateId: string;
  state: RTCStatsIceCandidatePairState;
  nominated?: boolean;
  packetsSent?: number;
  packetsReceived?: number;
  bytesSent?: number;
  bytesReceived?: number;
  lastPacketSentTimestamp?: number;
  lastPacketReceivedTimestamp?: number;
  totalRoundTripTime?: number;
  currentRoundTripTime?: number;
  availableOutgoingBitrate?: number;
  availableIncomingBitrate?: number;
  requestsReceived?: number;
  requestsSent?: number;
  responsesReceived?: number;
  responsesSent?: number;
  consentRequestsSent?: number;
  packetsDiscardedOnSend?: number;
  bytesDiscardedOnSend?: number;
}

/** A certificate, of either end. */
export interface RTCCertificateStats extends RTCStats {
  type: "certificate";
  fingerprint: string;
  fingerprintAlgorithm: string;
  base64Certificate: string;
  issuerCertificateId?: string;
}
