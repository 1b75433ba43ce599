import { type Instant, NEVER } from "../base/instant.ts";
import type { Generation } from "./generation.ts";
import type { IceTransportState } from "./ice-event.ts";
import type { IceTiming } from "./timing.ts";

/** What decides over the state beside the generation itself. */
export interface Situation {
  readonly now: Instant;
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
export function deriveState(generation: Generation, situation: Situation): IceTransportState {
  const { state, restarting, pairInUse, silent } = situation;
  // A restart that the peer has not answered yet changes nothing: it may be rolled back.
  const unanswered = generation.remote === undefined;
  if (generation.failed || (unanswered && state === "failed")) return "failed";
  if (!situation.connectedOnce) return unconnectedState(generation, situation);
  if (!pairInUse || silent) {
    // Disconnected before a restart counts as checking after it, until something answers.
    return restarting && state === "checking" ? "checking" : "disconnected";
  }
  if (unanswered) return state === "completed" ? "completed" : "connected";
  const completed = state === "completed" || generation.completeAt <= situation.now;
  return completed && isComplete(generation, state) ? "completed" : "connected";
}

/** Nothing has worked yet: more candidates may come, but for some time none has helped. */
function unconnectedState(generation: Generation, { now, state }: Situation): IceTransportState {
  if (!generation.checking) return state === "new" || state === "disconnected" ? state : "checking";
  return generation.hopelessAt <= now ? "disconnected" : "checking";
}

/**
 * The generation looks for its first valid pair, and there is a limit to it. Beside a pair of the generation before that
 * still works, only if one side has nothing to offer: else the peer may not have our description yet.
 */
export function isSearching(generation: Generation, connectedOnce: boolean, restarting: boolean): boolean {
  const { checking, failed, checklist, remoteIsEmpty, gatherer } = generation;
  if (!checking || failed || checklist.bestValid() !== undefined) return false;
  return !connectedOnce || (restarting && (remoteIsEmpty || gatherer.isEmpty));
}

/** Notes from when on nothing has been left to be found. Checks that the peer triggers later do not undo it. */
export function timeCompletion(
  generation: Generation,
  state: IceTransportState,
  now: Instant,
  timing: IceTiming,
): void {
  if (!isComplete(generation, state)) generation.completeAt = NEVER;
  else if (generation.completeAt === NEVER) generation.completeAt = now + timing.completedAfter;
}

function isComplete(generation: Generation, state: IceTransportState): boolean {
  return (
    generation.selected !== undefined &&
    generation.remoteEnded &&
    generation.gatherer.state === "complete" &&
    (state === "completed" || generation.checklist.idle)
  );
}
