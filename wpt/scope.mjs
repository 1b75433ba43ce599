// The part of WPT that `npm run wpt` holds the project to: data channels, everything that needs no media.
import { listTests, runnableInNode } from "./lib/tests.mjs";

const PREFIXES = [
  "RTCDataChannel",
  "RTCConfiguration",
  "RTCCertificate",
  "RTCIceCandidate",
  "RTCPeerConnection-constructor",
  "RTCPeerConnection-createDataChannel",
  "RTCPeerConnection-ondatachannel",
  "RTCPeerConnection-close",
  "RTCPeerConnection-generateCertificate",
  "RTCPeerConnection-canTrickle",
  "RTCPeerConnection-iceGatheringState",
  "RTCPeerConnection-iceConnectionState",
  "RTCPeerConnection-connectionState",
  "RTCSctpTransport",
  "RTCDtlsTransport",
  "RTCIceTransport",
];

/** The tests in scope that a Node process can run at all. */
export function testsInScope(wpt) {
  return listTests(wpt, ["webrtc"])
    .filter(({ id }) => PREFIXES.some((prefix) => id.startsWith(`webrtc/${prefix}`)))
    .filter(runnableInNode);
}
