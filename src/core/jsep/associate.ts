/** Which transceiver stands for which section of a remote offer (RFC 9429 §5.10). */
import { isReceiving } from "../sdp/index.ts";
import type { AppliedDescription, MediaSection } from "./description.ts";
import type { TransceiverId } from "./media-types.ts";
import { type JsepState, latestAgreement } from "./state.ts";
import type { LocalCapabilities } from "./types.ts";

/** The transceiver of one section. */
export interface Association {
  readonly transceiver: TransceiverId | undefined;
  /** It has to be made. */
  readonly create: boolean;
}

const NONE: Association = { transceiver: undefined, create: false };

/** One association for each section of `offer`; `mids` are their names, made up where they have none. */
export function associate(
  state: JsepState,
  offer: AppliedDescription,
  mids: readonly string[],
  local: LocalCapabilities,
): Association[] {
  const transceivers = local.transceivers ?? [];
  const { slots } = latestAgreement(state);
  const kept = offer.sections.map(({ index, kind }) => {
    const slot = slots[index];
    return slot?.mid === mids[index] && slot?.kind === kind ? slot?.transceiver : undefined;
  });
  const associated = new Set([...slots.map(({ transceiver }) => transceiver), ...kept]);
  const free = transceivers.filter(
    ({ id, addedByAddTrack, stopping, stopped }) =>
      addedByAddTrack && !stopping && !stopped && !associated.has(id),
  );
  let next = local.nextTransceiver ?? 1 + Math.max(0, ...transceivers.map(({ id }) => id));
  return offer.sections.map((section, index): Association => {
    const known = kept[index];
    if (known !== undefined) return { transceiver: known, create: false };
    if (section.rejected || section.rtp === undefined || local.transceivers === undefined) return NONE;
    const { kind } = section.rtp;
    const found = peerReceives(section) ? free.findIndex((transceiver) => transceiver.kind === kind) : -1;
    if (found < 0) return { transceiver: next++, create: true };
    return { transceiver: free.splice(found, 1)[0]!.id, create: false };
  });
}

/** "If the m= section is sendrecv or recvonly": a track of ours has somebody to go to. */
function peerReceives({ direction }: MediaSection): boolean {
  return isReceiving(direction);
}
