import type { Generation } from "./generation.ts";
import type { IceTransportState } from "./ice-event.ts";

/** What decides over the state beside the generation itself. */
export interface Situation {
  /** The state so far. */
  readonly state: IceTransportState;
  readonly pairInUse: boolean;
  /** A pair of the generation before still carries data. */
  readonly restarting: boolean;
  /** Some pair was in use once: its consent tells of life and death. */
  readonly connectedOnce: boolean;
  /** The pair in use has not been heard for too long. */
  readonly silent: boolean;
}

/** The state that the outside sees (webrtc-pc §5.6.4 RTCIceTransportState); "closed" is not decided here. */
export function deriveState(generation: Generation, now: Situation): IceTransportState {
  if (generation.failed) return "failed";
  if (!now.connectedOnce) return generation.checking || now.state !== "new" ? "checking" : "new";
  if (!now.pairInUse || now.silent) {
    // Disconnected before a restart counts as checking after it, until something answers.
    return now.restarting && now.state === "checking" ? "checking" : "disconnected";
  }
  const completed =
    generation.selected !== undefined &&
    generation.remoteEnded &&
    generation.gatherer.state === "complete" &&
    // Checks that the peer triggers later do not undo it.
    (now.state === "completed" || generation.checklist.idle);
  return completed ? "completed" : "connected";
}
