/** "Check if negotiation is needed" (webrtc-pc §4.7.3), the part about descriptions; only meaningful in "stable". */
import { intersectDirections, reverseDirection } from "../sdp/index.ts";
import type { AppliedDescription, MediaSection } from "./description.ts";
import type { LocalTransceiver } from "./media-types.ts";
import type { JsepState } from "./state.ts";

/** Whether an offer would change something. */
export function isNegotiationNeeded(
  state: JsepState,
  local: { readonly dataChannels: boolean; readonly transceivers?: readonly LocalTransceiver[] },
): boolean {
  // Step 3
  if (state.credentialsToReplace.size > 0) return true;
  // Step 5. A rejected data section counts as negotiated: asking again without end would not change the peer's mind.
  const { slots } = state.agreed;
  if (local.dataChannels && !slots.some((slot) => slot.kind === "application")) return true;
  const places = new Map(slots.map(({ transceiver }, index) => [transceiver, index]));
  return (local.transceivers ?? []).some((transceiver) =>
    isOutOfDate(state, transceiver, places.get(transceiver.id)),
  );
}

/** Step 6: one transceiver and its section, if it has one. */
function isOutOfDate(state: JsepState, transceiver: LocalTransceiver, index: number | undefined): boolean {
  const { stopping, stopped } = transceiver;
  const { currentLocal, currentRemote } = state;
  // Steps 6.1 and 6.2
  if (stopping && !stopped) return true;
  if (index === undefined) return !stopped;
  const ours = currentLocal?.sections[index];
  const theirs = currentRemote?.sections[index];
  // Step 6.4
  if (stopped) return ours?.rejected === false && theirs?.rejected === false;
  if (ours === undefined || theirs === undefined) return true;
  // Step 6.3
  return hasOtherStreams(transceiver, ours) || hasOtherDirection(transceiver, currentLocal!, ours, theirs);
}

/** Step 6.3.1: the `a=msid` lines are others than the sender's streams. */
function hasOtherStreams({ direction, streamIds }: LocalTransceiver, { rtp }: MediaSection): boolean {
  if (direction !== "sendrecv" && direction !== "sendonly") return false;
  const msids = rtp?.msids;
  if (msids === undefined) return true;
  const described = new Set(msids.map(({ stream }) => stream).filter((stream) => stream !== "-"));
  const wanted = new Set(streamIds);
  return described.size !== wanted.size || [...wanted].some((stream) => !described.has(stream));
}

/** Steps 6.3.2 and 6.3.3 */
function hasOtherDirection(
  { direction }: LocalTransceiver,
  currentLocal: AppliedDescription,
  ours: MediaSection,
  theirs: MediaSection,
): boolean {
  const offered = reverseDirection(theirs.direction);
  if (currentLocal.type === "offer") return ours.direction !== direction && offered !== direction;
  return ours.direction !== intersectDirections(direction, offered);
}
