/**
 * The interfaces of the W3C standards, and nothing else, running on this machine. Whoever needs more (another host, a
 * simulated world, the protocols by themselves) finds it under the package's other entry points.
 */
import { bindRealm } from "./api/realm.ts";
import { openEngine } from "./host/driver.ts";
import { nodeHost } from "./node/host.ts";

export type {
  RTCBundlePolicy,
  RTCConfiguration,
  RTCIceServer,
  RTCIceTransportPolicy,
  RTCRtcpMuxPolicy,
} from "./api/configuration.ts";
export type {
  RTCAnswerOptions,
  RTCOfferAnswerOptions,
  RTCOfferOptions,
  RTCRtpTransceiverInit,
} from "./api/connection-options.ts";
export type { RTCDataChannelInit, RTCPriorityType } from "./api/data-channel-init.ts";
export type {
  RTCEncodedAudioFrameMetadata,
  RTCEncodedVideoFrameMetadata,
} from "./api/encoded-frame-metadata.ts";
export type { KeygenAlgorithm, RTCCertificateExpiration } from "./api/keygen-algorithm.ts";
export { RTCCertificate, type RTCDtlsFingerprint } from "./api/RTCCertificate.ts";
export {
  type BinaryType,
  RTCDataChannel,
  type RTCDataChannelEventMap,
  type RTCDataChannelState,
} from "./api/RTCDataChannel.ts";
export { RTCDataChannelEvent, type RTCDataChannelEventInit } from "./api/RTCDataChannelEvent.ts";
export {
  RTCDTMFSender,
  type RTCDTMFSenderEventMap,
} from "./api/RTCDTMFSender.ts";
export { RTCDTMFToneChangeEvent, type RTCDTMFToneChangeEventInit } from "./api/RTCDTMFToneChangeEvent.ts";
export {
  RTCDtlsTransport,
  type RTCDtlsTransportEventMap,
  type RTCDtlsTransportState,
} from "./api/RTCDtlsTransport.ts";
export { RTCEncodedAudioFrame, type RTCEncodedAudioFrameOptions } from "./api/RTCEncodedAudioFrame.ts";
export {
  RTCEncodedVideoFrame,
  type RTCEncodedVideoFrameOptions,
  type RTCEncodedVideoFrameType,
} from "./api/RTCEncodedVideoFrame.ts";
export { RTCError, type RTCErrorDetailType, type RTCErrorInit } from "./api/RTCError.ts";
export { RTCErrorEvent, type RTCErrorEventInit } from "./api/RTCErrorEvent.ts";
export {
  RTCIceCandidate,
  type RTCIceCandidateInit,
  type RTCIceCandidateType,
  type RTCIceComponent,
  type RTCIceProtocol,
  type RTCIceServerTransportProtocol,
  type RTCIceTcpCandidateType,
  type RTCLocalIceCandidateInit,
} from "./api/RTCIceCandidate.ts";
export { RTCIceCandidatePair } from "./api/RTCIceCandidatePair.ts";
export {
  RTCIceCandidatePairEvent,
  type RTCIceCandidatePairEventInit,
} from "./api/RTCIceCandidatePairEvent.ts";
export {
  type RTCIceGathererState,
  type RTCIceParameters,
  type RTCIceRole,
  RTCIceTransport,
  type RTCIceTransportEventMap,
  type RTCIceTransportState,
} from "./api/RTCIceTransport.ts";
export {
  RTCPeerConnection,
  type RTCPeerConnectionErrorCallback,
  type RTCPeerConnectionEventMap,
  type RTCSessionDescriptionCallback,
} from "./api/RTCPeerConnection.ts";
export {
  RTCPeerConnectionIceErrorEvent,
  type RTCPeerConnectionIceErrorEventInit,
} from "./api/RTCPeerConnectionIceErrorEvent.ts";
export {
  RTCPeerConnectionIceEvent,
  type RTCPeerConnectionIceEventInit,
} from "./api/RTCPeerConnectionIceEvent.ts";
export { RTCRtpReceiver } from "./api/RTCRtpReceiver.ts";
export {
  RTCRtpScriptTransform,
  type TransformWorker,
  type WorkerAndParameters,
} from "./api/RTCRtpScriptTransform.ts";
export { RTCRtpSender } from "./api/RTCRtpSender.ts";
export { RTCRtpTransceiver } from "./api/RTCRtpTransceiver.ts";
export {
  RTCSctpTransport,
  type RTCSctpTransportEventMap,
  type RTCSctpTransportState,
} from "./api/RTCSctpTransport.ts";
export {
  type RTCLocalSessionDescriptionInit,
  type RTCSdpType,
  RTCSessionDescription,
  type RTCSessionDescriptionInit,
} from "./api/RTCSessionDescription.ts";
export { RTCStatsReport } from "./api/RTCStatsReport.ts";
export { RTCTrackEvent, type RTCTrackEventInit } from "./api/RTCTrackEvent.ts";
export type {
  RTCDegradationPreference,
  RTCEncodingOptions,
  RTCResolutionRestriction,
  RTCRtcpParameters,
  RTCRtpCapabilities,
  RTCRtpCodec,
  RTCRtpCodecParameters,
  RTCRtpCodingParameters,
  RTCRtpContributingSource,
  RTCRtpEncodingParameters,
  RTCRtpHeaderExtensionCapability,
  RTCRtpHeaderExtensionParameters,
  RTCRtpParameters,
  RTCRtpReceiveParameters,
  RTCRtpSendParameters,
  RTCRtpSynchronizationSource,
  RTCRtpTransceiverDirection,
  RTCSetParameterOptions,
} from "./api/rtp-parameters.ts";
export type {
  RTCIceConnectionState,
  RTCIceGatheringState,
  RTCPeerConnectionState,
  RTCSignalingState,
} from "./api/states.ts";
export type * from "./api/stats/dictionaries.ts";
export type {
  ConstrainBoolean,
  ConstrainNumber,
  ConstrainString,
  MediaTrackCapabilities,
  MediaTrackConstraintSet,
  MediaTrackConstraints,
  MediaTrackSettings,
  MediaTrackSupportedConstraints,
} from "./media/constraints.ts";
export { DeviceChangeEvent, type DeviceChangeEventInit } from "./media/DeviceChangeEvent.ts";
export type { MediaStreamConstraints } from "./media/get-user-media.ts";
export { InputDeviceInfo, MediaDeviceInfo, type MediaDeviceKind } from "./media/MediaDeviceInfo.ts";
export { MediaDevices, type MediaDevicesEventMap } from "./media/MediaDevices.ts";
export { MediaStream, type MediaStreamEventMap } from "./media/MediaStream.ts";
export {
  MediaStreamTrack,
  type MediaStreamTrackEventMap,
  type MediaStreamTrackState,
} from "./media/MediaStreamTrack.ts";
export { MediaStreamTrackEvent, type MediaStreamTrackEventInit } from "./media/MediaStreamTrackEvent.ts";
export { OverconstrainedError } from "./media/OverconstrainedError.ts";
export type { EventHandler } from "./webidl/event-handler.ts";

bindRealm({ host: nodeHost, openEngine });
