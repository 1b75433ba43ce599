/**
 * Offer/answer (RFC 9429) as pure functions: state in, state and effects out. Nothing happens until the caller commits
 * a plan, so a refused or abandoned step leaves no trace.
 */
import type { IceCandidate } from "../base/ice-candidate.ts";
import type { Random } from "../base/random.ts";
import {
  type CandidatePlace,
  type Created,
  type DescriptionText,
  JsepError,
  type JsepState,
  type LocalCapabilities,
  type OfferOptions,
  type Plan,
  type RemoteCandidateInit,
  type SdpType,
  type SignalingState,
  type TransportId,
} from "./types.ts";

export * from "./types.ts";

const NOT_YET = new JsepError("OperationError", "not implemented");

/** The state of a new connection; takes its 62-bit session id from `random` (RFC 9429 §5.2.1). */
export function initialJsepState(_random: Random): JsepState {
  return {
    signalingState: "stable",
    currentLocal: undefined,
    pendingLocal: undefined,
    currentRemote: undefined,
    pendingRemote: undefined,
    sctp: undefined,
  };
}

/** The state after `close()`: descriptions stay, nothing can be negotiated any more. */
export function closeJsep(state: JsepState): JsepState {
  return { ...state, signalingState: "closed" };
}

/**
 * The signaling state after a description of `type` was set by `source` (webrtc-pc §4.3.1, RFC 9429 §3.2), or the
 * error's name if it cannot be set in `state`.
 */
export function nextSignalingState(
  _state: SignalingState,
  _source: "local" | "remote",
  _type: SdpType,
): SignalingState | "InvalidStateError" {
  return "InvalidStateError";
}

/** True when a remote offer meets an unanswered local one: set a local rollback first (webrtc-pc §4.4.1.6). */
export function needsImplicitRollback(state: JsepState, type: SdpType): boolean {
  return type === "offer" && state.signalingState === "have-local-offer";
}

/** The type that `setLocalDescription()` without a type stands for (webrtc-pc §4.4.2 setLocalDescription). */
export function implicitLocalType(state: JsepState): "offer" | "answer" {
  const offering = ["stable", "have-local-offer", "have-remote-pranswer"].includes(state.signalingState);
  return offering ? "offer" : "answer";
}

/** createOffer (RFC 9429 §5.2). Allowed in every signaling state but "closed". */
export function createOffer(
  _state: JsepState,
  _local: LocalCapabilities,
  _options: OfferOptions,
): Created | JsepError {
  return NOT_YET;
}

/** createAnswer (RFC 9429 §5.3). InvalidStateError unless a remote offer waits for an answer. */
export function createAnswer(_state: JsepState, _local: LocalCapabilities): Created | JsepError {
  return NOT_YET;
}

/**
 * setLocalDescription (RFC 9429 §5.9). `sdp` must be what createOffer/createAnswer made last, or "" for that (made anew
 * when it no longer fits). A rollback ignores `sdp`.
 */
export function planLocalDescription(
  _state: JsepState,
  _type: SdpType,
  _sdp: string,
  _local: LocalCapabilities,
): Plan | JsepError {
  return NOT_YET;
}

/** setRemoteDescription (RFC 9429 §5.10). See {@link needsImplicitRollback} for offers that collide. */
export function planRemoteDescription(
  _state: JsepState,
  _type: SdpType,
  _sdp: string,
  _local: LocalCapabilities,
): Plan | JsepError {
  return NOT_YET;
}

/** addIceCandidate (webrtc-pc §4.4.2), the part in the operations chain. Candidates we cannot use are kept, without an effect. */
export function planRemoteCandidate(_state: JsepState, _init: RemoteCandidateInit): Plan | JsepError {
  return NOT_YET;
}

/**
 * Writes a gathered candidate into the local descriptions of its generation and says where it belongs; undefined when
 * no description has that generation any more (do not show it then).
 */
export function addLocalCandidate(
  _state: JsepState,
  _transport: TransportId,
  _usernameFragment: string,
  _candidate: IceCandidate,
): { readonly state: JsepState; readonly place: CandidatePlace } | undefined {
  return undefined;
}

/** Gathering has ended for a generation: writes `a=end-of-candidates`. As {@link addLocalCandidate} otherwise. */
export function endLocalCandidates(
  _state: JsepState,
  _transport: TransportId,
  _usernameFragment: string,
): { readonly state: JsepState; readonly place: CandidatePlace } | undefined {
  return undefined;
}

/** restartIce(): the next offers carry new credentials until a negotiation has replaced those in use (webrtc-pc §4.4.2). */
export function requestIceRestart(state: JsepState): JsepState {
  return state;
}

/** "Check if negotiation is needed" (webrtc-pc §4.7.3), the part about descriptions; only meaningful in "stable". */
export function isNegotiationNeeded(_state: JsepState, _local: LocalCapabilities): boolean {
  return false;
}

/** canTrickleIceCandidates (webrtc-pc §4.4.2): null before a remote description. */
export function canTrickleIceCandidates(_state: JsepState): boolean | null {
  return null;
}

/** localDescription: pending, else current. */
export function localDescription(state: JsepState): DescriptionText | undefined {
  return state.pendingLocal ?? state.currentLocal;
}

/** remoteDescription: pending, else current. */
export function remoteDescription(state: JsepState): DescriptionText | undefined {
  return state.pendingRemote ?? state.currentRemote;
}
