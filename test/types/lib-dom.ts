/**
 * Our classes against the types of TypeScript's `lib.dom`: whatever takes a browser's object takes ours. Compiled, never
 * run; the members of the standard that are still missing are listed here and nowhere else.
 */
import type * as skywave from "skywave";

/** Compiles when `Ours` can stand wherever `Theirs` is asked for. */
function assignable<Theirs, _Ours extends Theirs>(): void {}

type EventMethods = "addEventListener" | "removeEventListener";

// The events of `ontrack` lead to our `RTCIceTransport`, of which lib.dom knows less.
assignable<Omit<RTCPeerConnection, "ontrack" | EventMethods>, skywave.RTCPeerConnection>();
assignable<RTCRtpSender, skywave.RTCRtpSender>();
assignable<RTCRtpReceiver, skywave.RTCRtpReceiver>();
assignable<RTCRtpTransceiver, skywave.RTCRtpTransceiver>();
assignable<RTCTrackEvent, skywave.RTCTrackEvent>();
assignable<RTCStatsReport, skywave.RTCStatsReport>();
assignable<RTCStats, skywave.RTCStats>();
assignable<RTCTransportStats, skywave.RTCTransportStats>();
assignable<RTCIceCandidatePairStats, skywave.RTCIceCandidatePairStats>();
assignable<RTCInboundRtpStreamStats, skywave.RTCInboundRtpStreamStats>();
assignable<RTCOutboundRtpStreamStats, skywave.RTCOutboundRtpStreamStats>();
assignable<RTCRtpScriptTransform, skywave.RTCRtpScriptTransform>();
// `timestamp` was dropped from the standard: it is in the metadata.
assignable<Omit<RTCEncodedVideoFrame, "timestamp" | "type">, skywave.RTCEncodedVideoFrame>();
assignable<Omit<RTCEncodedAudioFrame, "timestamp">, skywave.RTCEncodedAudioFrame>();
assignable<skywave.TransformWorker, Worker>();
assignable<RTCDTMFSender, skywave.RTCDTMFSender>();
assignable<RTCDTMFToneChangeEvent, skywave.RTCDTMFToneChangeEvent>();
assignable<MediaStream, skywave.MediaStream>();
assignable<MediaStreamTrack, skywave.MediaStreamTrack>();
// getDisplayMedia() is another standard's (screen-capture).
assignable<Omit<MediaDevices, "getDisplayMedia" | EventMethods>, skywave.MediaDevices>();
assignable<MediaDeviceInfo, skywave.MediaDeviceInfo>();
assignable<InputDeviceInfo, skywave.InputDeviceInfo>();
assignable<MediaStreamTrackEvent, skywave.MediaStreamTrackEvent>();
assignable<OverconstrainedError, skywave.OverconstrainedError>();
assignable<RTCDataChannel, skywave.RTCDataChannel>();
assignable<RTCSctpTransport, skywave.RTCSctpTransport>();
assignable<RTCDtlsTransport, skywave.RTCDtlsTransport>();
assignable<RTCIceTransport, skywave.RTCIceTransport>();
assignable<RTCCertificate, skywave.RTCCertificate>();
assignable<RTCSessionDescription, skywave.RTCSessionDescription>();
assignable<RTCIceCandidate, skywave.RTCIceCandidate>();
assignable<RTCError, skywave.RTCError>();
assignable<RTCErrorEvent, skywave.RTCErrorEvent>();
assignable<RTCDataChannelEvent, skywave.RTCDataChannelEvent>();
assignable<RTCPeerConnectionIceEvent, skywave.RTCPeerConnectionIceEvent>();
assignable<RTCPeerConnectionIceErrorEvent, skywave.RTCPeerConnectionIceErrorEvent>();

// Interface objects, where a browser's global is asked for.
assignable<typeof InputDeviceInfo, typeof skywave.InputDeviceInfo>();
assignable<typeof MediaDeviceInfo, typeof skywave.MediaDeviceInfo>();
assignable<typeof MediaStream, typeof skywave.MediaStream>();
assignable<typeof MediaStreamTrack, typeof skywave.MediaStreamTrack>();
assignable<typeof MediaStreamTrackEvent, typeof skywave.MediaStreamTrackEvent>();
assignable<typeof OverconstrainedError, typeof skywave.OverconstrainedError>();
assignable<typeof RTCCertificate, typeof skywave.RTCCertificate>();
assignable<typeof RTCDTMFSender, typeof skywave.RTCDTMFSender>();
assignable<typeof RTCDTMFToneChangeEvent, typeof skywave.RTCDTMFToneChangeEvent>();
assignable<typeof RTCDataChannel, typeof skywave.RTCDataChannel>();
assignable<typeof RTCDataChannelEvent, typeof skywave.RTCDataChannelEvent>();
assignable<typeof RTCDtlsTransport, typeof skywave.RTCDtlsTransport>();
assignable<typeof RTCError, typeof skywave.RTCError>();
assignable<typeof RTCErrorEvent, typeof skywave.RTCErrorEvent>();
assignable<typeof RTCIceCandidate, typeof skywave.RTCIceCandidate>();
assignable<typeof RTCIceTransport, typeof skywave.RTCIceTransport>();
assignable<typeof RTCPeerConnectionIceErrorEvent, typeof skywave.RTCPeerConnectionIceErrorEvent>();
assignable<typeof RTCPeerConnectionIceEvent, typeof skywave.RTCPeerConnectionIceEvent>();
assignable<typeof RTCSctpTransport, typeof skywave.RTCSctpTransport>();
assignable<typeof RTCSessionDescription, typeof skywave.RTCSessionDescription>();
assignable<typeof RTCStatsReport, typeof skywave.RTCStatsReport>();
