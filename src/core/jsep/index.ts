/**
 * Offer/answer (RFC 9429) as pure functions: state in, state and effects out. Nothing happens until the caller commits
 * a plan, so a refused or abandoned step leaves no trace.
 */
export {
  addLocalCandidate,
  endLocalCandidates,
  planRemoteCandidate,
  requestIceRestart,
} from "./candidates.ts";
export { createAnswer, createOffer } from "./create.ts";
export { isNegotiationNeeded } from "./negotiation-needed.ts";
export { planLocalDescription, planRemoteDescription } from "./plan.ts";
export { implicitLocalType, needsImplicitRollback, nextSignalingState } from "./signaling-state.ts";
export {
  canTrickleIceCandidates,
  closeJsep,
  initialJsepState,
  type JsepState,
  localDescription,
  negotiatedSctp,
  remoteDescription,
  sctpTransport,
} from "./state.ts";
export * from "./types.ts";
