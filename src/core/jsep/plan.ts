/** setLocalDescription and setRemoteDescription: check everything, then plan (RFC 9429 §5.5, §5.6). */
import { checkKnownAttributes, parseSdp, SdpError } from "../sdp/index.ts";
import { applyLocalAnswer, applyRemoteAnswer } from "./answer.ts";
import { createAnswer, createOffer, isLastCreatedAccurate, readOwn } from "./create.ts";
import { type AppliedDescription, readDescription } from "./description.ts";
import { applyLocalOffer, applyRemoteOffer, rollback } from "./offer.ts";
import { nextSignalingState } from "./signaling-state.ts";
import type { JsepState } from "./state.ts";
import { JsepError, type LocalCapabilities, type Plan, type SdpType } from "./types.ts";
import { verifyAnswersOffer, verifyRemote } from "./verify.ts";

/**
 * setLocalDescription (RFC 9429 §5.5, webrtc-pc §4.4.2). `sdp` must be what createOffer or createAnswer made last, or ""
 * for that, made anew when it no longer fits. A rollback ignores `sdp`.
 */
export function planLocalDescription(
  state: JsepState,
  type: SdpType,
  sdp: string,
  local: LocalCapabilities,
): Plan | JsepError {
  if (type === "rollback") return planRollback(state, "local");
  const last = type === "offer" ? state.lastCreatedOffer : state.lastCreatedAnswer;
  if (sdp !== "" && sdp !== last) {
    return new JsepError("InvalidModificationError", `not the last ${type} that was created here`);
  }
  const created = sdp === "" ? lastOrNew(state, type, local) : { state, sdp };
  if (created instanceof JsepError) return created;
  const error = checkState(state, "local", type);
  if (error !== undefined) return error;
  const description = readOwn(type, created.sdp)!;
  return type === "offer"
    ? applyLocalOffer(created.state, description)
    : applyLocalAnswer(created.state, description, local);
}

function lastOrNew(state: JsepState, type: "offer" | "pranswer" | "answer", local: LocalCapabilities) {
  if (type === "offer") {
    const usable = state.lastCreatedOffer !== "" && isLastCreatedAccurate(state, "offer", local);
    return usable ? { state, sdp: state.lastCreatedOffer } : createOffer(state, local, { iceRestart: false });
  }
  const waiting = state.pendingRemote !== undefined && state.lastCreatedAnswer !== "";
  const usable = waiting && isLastCreatedAccurate(state, "answer", local);
  return usable ? { state, sdp: state.lastCreatedAnswer } : createAnswer(state, local);
}

/**
 * setRemoteDescription (RFC 9429 §5.6). An offer that meets an unanswered local one is refused: set a local rollback
 * first, as `needsImplicitRollback` says.
 */
export function planRemoteDescription(
  state: JsepState,
  type: SdpType,
  sdp: string,
  local: LocalCapabilities,
): Plan | JsepError {
  if (type === "rollback") return planRollback(state, "remote");
  const error = checkState(state, "remote", type);
  if (error !== undefined) return error;
  const description = readRemote(type, sdp);
  if (description instanceof JsepError) return description;
  const problem = verifyRemote(description, local);
  if (problem !== undefined) return problem;
  if (type === "offer") return applyRemoteOffer(state, description, local);
  return verifyAnswersOffer(description, state.pendingLocal!) ?? applyRemoteAnswer(state, description, local);
}

function readRemote(type: AppliedDescription["type"], sdp: string): AppliedDescription | JsepError {
  const description = parseSdp(sdp);
  const error = description instanceof SdpError ? description : checkKnownAttributes(description);
  if (error !== undefined) return new JsepError("RTCError", error.message, error.line);
  return readDescription(type, sdp, description as Exclude<typeof description, SdpError>);
}

function planRollback(state: JsepState, source: "local" | "remote"): Plan | JsepError {
  return checkState(state, source, "rollback") ?? rollback(state);
}

function checkState(state: JsepState, source: "local" | "remote", type: SdpType): JsepError | undefined {
  if (nextSignalingState(state.signalingState, source, type) !== "InvalidStateError") return undefined;
  return new JsepError("InvalidStateError", `no ${source} ${type} can be set in "${state.signalingState}"`);
}
