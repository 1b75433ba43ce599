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
export type { RTCDataChannelInit, RTCPriorityType } from "./api/data-channel-init.ts";
export type { KeygenAlgorithm } from "./api/keygen-algorithm.ts";
export { RTCCertificate, type RTCDtlsFingerprint } from "./api/RTCCertificate.ts";
export {
  type BinaryType,
  RTCDataChannel,
  type RTCDataChannelEventMap,
  type RTCDataChannelState,
} from "./api/RTCDataChannel.ts";
export { RTCDataChannelEvent, type RTCDataChannelEventInit } from "./api/RTCDataChannelEvent.ts";
export {
  RTCDtlsTransport,
  type RTCDtlsTransportEventMap,
  type RTCDtlsTransportState,
} from "./api/RTCDtlsTransport.ts";
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
  type RTCIceGathererState,
  type RTCIceParameters,
  type RTCIceRole,
  RTCIceTransport,
  type RTCIceTransportEventMap,
  type RTCIceTransportState,
} from "./api/RTCIceTransport.ts";
export {
  type RTCAnswerOptions,
  type RTCOfferOptions,
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
export type {
  RTCIceConnectionState,
  RTCIceGatheringState,
  RTCPeerConnectionState,
  RTCSignalingState,
} from "./api/states.ts";
export type { EventHandler } from "./webidl/event-handler.ts";

bindRealm({ host: nodeHost, openEngine });
