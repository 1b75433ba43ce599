import type { JsepState } from "./state.ts";
import type { SdpType, SignalingState } from "./types.ts";

type Transitions = Readonly<Partial<Record<SignalingState, SignalingState>>>;

/** webrtc-pc §4.3.1, figure "Non-normative signaling state transitions"; RFC 9429 §5.5 to §5.7. */
const LOCAL: Readonly<Record<SdpType, Transitions>> = {
  offer: { stable: "have-local-offer", "have-local-offer": "have-local-offer" },
  pranswer: { "have-remote-offer": "have-local-pranswer", "have-local-pranswer": "have-local-pranswer" },
  answer: { "have-remote-offer": "stable", "have-local-pranswer": "stable" },
  rollback: { "have-local-offer": "stable" },
};

const REMOTE: Readonly<Record<SdpType, Transitions>> = {
  offer: { stable: "have-remote-offer", "have-remote-offer": "have-remote-offer" },
  pranswer: { "have-local-offer": "have-remote-pranswer", "have-remote-pranswer": "have-remote-pranswer" },
  answer: { "have-local-offer": "stable", "have-remote-pranswer": "stable" },
  rollback: { "have-remote-offer": "stable" },
};

/** The signaling state after a description of `type` was set by `source`, or the error's name if it cannot be set. */
export function nextSignalingState(
  state: SignalingState,
  source: "local" | "remote",
  type: SdpType,
): SignalingState | "InvalidStateError" {
  return (source === "local" ? LOCAL : REMOTE)[type][state] ?? "InvalidStateError";
}

/** True when a remote offer meets an unanswered local one: set a local rollback first (webrtc-pc §4.4.2 setRemoteDescription). */
export function needsImplicitRollback(state: JsepState, type: SdpType): boolean {
  return type === "offer" && state.signalingState === "have-local-offer";
}

/** The type that `setLocalDescription()` without a type stands for (webrtc-pc §4.4.2 setLocalDescription). */
export function implicitLocalType(state: JsepState): "offer" | "answer" {
  switch (state.signalingState) {
    case "stable":
    case "have-local-offer":
    case "have-remote-pranswer":
      return "offer";
    default:
      return "answer";
  }
}
