/** webrtc-pc §4.3.2 to §4.3.4: the aggregated states of a connection, derived from its transports. */
import type { TransportComponent } from "./transports.ts";

/** webrtc-pc §4.3.1 */
export type RTCSignalingState =
  | "stable"
  | "have-local-offer"
  | "have-remote-offer"
  | "have-local-pranswer"
  | "have-remote-pranswer"
  | "closed";
/** webrtc-pc §4.3.2 */
export type RTCIceGatheringState = "new" | "gathering" | "complete";
/** webrtc-pc §4.3.3 */
export type RTCPeerConnectionState =
  | "closed"
  | "failed"
  | "disconnected"
  | "new"
  | "connecting"
  | "connected";
/** webrtc-pc §4.3.4 */
export type RTCIceConnectionState =
  | "closed"
  | "failed"
  | "disconnected"
  | "new"
  | "checking"
  | "completed"
  | "connected";

/** §4.3.2 */
export function deriveIceGatheringState(transports: readonly TransportComponent[]): RTCIceGatheringState {
  const states = transports.map((transport) => transport.ice.gatheringState);
  if (states.includes("gathering")) return "gathering";
  return states.length > 0 && states.every((state) => state === "complete") ? "complete" : "new";
}

/** §4.3.4; "closed" is set by close() alone. */
export function deriveIceConnectionState(transports: readonly TransportComponent[]): RTCIceConnectionState {
  const states = transports.map((transport) => transport.ice.state);
  const all = (...allowed: string[]) => states.every((state) => allowed.includes(state));
  if (states.includes("failed")) return "failed";
  if (states.includes("disconnected")) return "disconnected";
  if (all("new", "closed")) return "new";
  if (states.some((state) => state === "new" || state === "checking")) return "checking";
  return all("completed", "closed") ? "completed" : "connected";
}

/** §4.3.3; "closed" is set by close() alone. */
export function deriveConnectionState(
  iceConnectionState: RTCIceConnectionState,
  transports: readonly TransportComponent[],
): RTCPeerConnectionState {
  const states = transports.map((transport) => transport.dtls.state);
  const all = (...allowed: string[]) => states.every((state) => allowed.includes(state));
  if (iceConnectionState === "failed" || states.includes("failed")) return "failed";
  if (iceConnectionState === "disconnected") return "disconnected";
  if (iceConnectionState === "new" && all("new", "closed")) return "new";
  // The standard's text says "connected" here; "completed" is the same to an application, and browsers agree.
  const iceReady = iceConnectionState === "connected" || iceConnectionState === "completed";
  return iceReady && all("connected", "closed") ? "connected" : "connecting";
}
