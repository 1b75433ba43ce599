/**
 * Dictionaries, enumerations and callbacks against `lib.dom`: they are plain data, so most of them go both ways. Compiled,
 * never run.
 */
import type * as skywave from "skywave";

/** Compiles when `Ours` can stand wherever `Theirs` is asked for. */
function assignable<Theirs, _Ours extends Theirs>(): void {}

/** True when each can stand for the other. */
type Interchangeable<Theirs, Ours> = [Theirs] extends [Ours]
  ? [Ours] extends [Theirs]
    ? true
    : false
  : false;

/** Compiles when each can stand for the other. */
function interchangeable<Theirs, Ours>(_: Interchangeable<Theirs, Ours>): void {}

interchangeable<ConstrainBoolean, skywave.ConstrainBoolean>(true);
interchangeable<MediaDeviceKind, skywave.MediaDeviceKind>(true);
interchangeable<MediaStreamConstraints, skywave.MediaStreamConstraints>(true);
interchangeable<MediaStreamTrackEventInit, skywave.MediaStreamTrackEventInit>(true);
interchangeable<MediaTrackCapabilities, skywave.MediaTrackCapabilities>(true);
interchangeable<MediaTrackConstraintSet, skywave.MediaTrackConstraintSet>(true);
interchangeable<MediaTrackConstraints, skywave.MediaTrackConstraints>(true);
interchangeable<MediaTrackSettings, skywave.MediaTrackSettings>(true);
interchangeable<MediaTrackSupportedConstraints, skywave.MediaTrackSupportedConstraints>(true);
interchangeable<RTCCertificateExpiration, skywave.RTCCertificateExpiration>(true);
interchangeable<RTCOfferAnswerOptions, skywave.RTCOfferAnswerOptions>(true);
interchangeable<RTCRtpCodingParameters, skywave.RTCRtpCodingParameters>(true);
interchangeable<RTCAnswerOptions, skywave.RTCAnswerOptions>(true);
interchangeable<RTCBundlePolicy, skywave.RTCBundlePolicy>(true);
interchangeable<RTCConfiguration, skywave.RTCConfiguration>(true);
interchangeable<RTCDTMFToneChangeEventInit, skywave.RTCDTMFToneChangeEventInit>(true);
interchangeable<RTCDataChannelEventInit, skywave.RTCDataChannelEventInit>(true);
interchangeable<RTCDataChannelInit, skywave.RTCDataChannelInit>(true);
interchangeable<RTCDataChannelState, skywave.RTCDataChannelState>(true);
interchangeable<RTCDegradationPreference, skywave.RTCDegradationPreference>(true);
interchangeable<RTCDtlsFingerprint, skywave.RTCDtlsFingerprint>(true);
interchangeable<RTCDtlsRole, skywave.RTCDtlsRole>(true);
interchangeable<RTCDtlsTransportState, skywave.RTCDtlsTransportState>(true);
interchangeable<RTCErrorDetailType, skywave.RTCErrorDetailType>(true);
interchangeable<RTCErrorEventInit, skywave.RTCErrorEventInit>(true);
interchangeable<RTCErrorInit, skywave.RTCErrorInit>(true);
interchangeable<RTCIceCandidateInit, skywave.RTCIceCandidateInit>(true);
interchangeable<RTCIceCandidatePair, skywave.RTCIceCandidatePair>(true);
interchangeable<RTCIceCandidateType, skywave.RTCIceCandidateType>(true);
interchangeable<RTCIceComponent, skywave.RTCIceComponent>(true);
interchangeable<RTCIceConnectionState, skywave.RTCIceConnectionState>(true);
interchangeable<RTCIceGathererState, skywave.RTCIceGathererState>(true);
interchangeable<RTCIceGatheringState, skywave.RTCIceGatheringState>(true);
interchangeable<RTCIceProtocol, skywave.RTCIceProtocol>(true);
interchangeable<RTCIceRole, skywave.RTCIceRole>(true);
interchangeable<RTCIceServer, skywave.RTCIceServer>(true);
interchangeable<RTCIceTcpCandidateType, skywave.RTCIceTcpCandidateType>(true);
interchangeable<RTCIceTransportPolicy, skywave.RTCIceTransportPolicy>(true);
interchangeable<RTCIceTransportState, skywave.RTCIceTransportState>(true);
interchangeable<RTCLocalIceCandidateInit, skywave.RTCLocalIceCandidateInit>(true);
interchangeable<RTCLocalSessionDescriptionInit, skywave.RTCLocalSessionDescriptionInit>(true);
interchangeable<RTCOfferOptions, skywave.RTCOfferOptions>(true);
interchangeable<RTCPeerConnectionErrorCallback, skywave.RTCPeerConnectionErrorCallback>(true);
interchangeable<RTCPeerConnectionIceErrorEventInit, skywave.RTCPeerConnectionIceErrorEventInit>(true);
interchangeable<RTCPeerConnectionIceEventInit, skywave.RTCPeerConnectionIceEventInit>(true);
interchangeable<RTCPeerConnectionState, skywave.RTCPeerConnectionState>(true);
interchangeable<RTCPriorityType, skywave.RTCPriorityType>(true);
interchangeable<RTCQualityLimitationReason, skywave.RTCQualityLimitationReason>(true);
interchangeable<RTCReceivedRtpStreamStats, skywave.RTCReceivedRtpStreamStats>(true);
interchangeable<RTCRtcpMuxPolicy, skywave.RTCRtcpMuxPolicy>(true);
interchangeable<RTCRtcpParameters, skywave.RTCRtcpParameters>(true);
interchangeable<RTCRtpCapabilities, skywave.RTCRtpCapabilities>(true);
interchangeable<RTCRtpCodec, skywave.RTCRtpCodec>(true);
interchangeable<RTCRtpCodecParameters, skywave.RTCRtpCodecParameters>(true);
interchangeable<RTCRtpContributingSource, skywave.RTCRtpContributingSource>(true);
interchangeable<RTCRtpEncodingParameters, skywave.RTCRtpEncodingParameters>(true);
interchangeable<RTCRtpHeaderExtensionCapability, skywave.RTCRtpHeaderExtensionCapability>(true);
interchangeable<RTCRtpHeaderExtensionParameters, skywave.RTCRtpHeaderExtensionParameters>(true);
interchangeable<RTCRtpParameters, skywave.RTCRtpParameters>(true);
interchangeable<RTCRtpReceiveParameters, skywave.RTCRtpReceiveParameters>(true);
interchangeable<RTCRtpSendParameters, skywave.RTCRtpSendParameters>(true);
interchangeable<RTCRtpStreamStats, skywave.RTCRtpStreamStats>(true);
interchangeable<RTCRtpSynchronizationSource, skywave.RTCRtpSynchronizationSource>(true);
interchangeable<RTCRtpTransceiverDirection, skywave.RTCRtpTransceiverDirection>(true);
interchangeable<RTCRtpTransceiverInit, skywave.RTCRtpTransceiverInit>(true);
interchangeable<RTCSctpTransportState, skywave.RTCSctpTransportState>(true);
interchangeable<RTCSdpType, skywave.RTCSdpType>(true);
interchangeable<RTCSentRtpStreamStats, skywave.RTCSentRtpStreamStats>(true);
interchangeable<RTCSessionDescriptionInit, skywave.RTCSessionDescriptionInit>(true);
interchangeable<RTCSetParameterOptions, skywave.RTCSetParameterOptions>(true);
interchangeable<RTCSignalingState, skywave.RTCSignalingState>(true);
interchangeable<RTCStats, skywave.RTCStats>(true);
interchangeable<RTCStatsType, skywave.RTCStatsType>(true);

// Later editions of webrtc-stats have more states and members than `lib.dom`; a callback of lib.dom takes what ours is given.
assignable<RTCIceCandidatePairStats, skywave.RTCIceCandidatePairStats>();
assignable<RTCInboundRtpStreamStats, skywave.RTCInboundRtpStreamStats>();
assignable<RTCOutboundRtpStreamStats, skywave.RTCOutboundRtpStreamStats>();
assignable<skywave.RTCSessionDescriptionCallback, RTCSessionDescriptionCallback>();
assignable<RTCStatsIceCandidatePairState, skywave.RTCStatsIceCandidatePairState>();
assignable<RTCTransportStats, skywave.RTCTransportStats>();
