/** Trickle ICE (RFC 8838, RFC 8840; webrtc-pc §4.4.2 addIceCandidate, §4.8.2): candidates after their descriptions. */
import type { IceCandidate } from "../base/ice-candidate.ts";
import { Malformed } from "../base/malformed.ts";
import {
  type CandidateAttribute,
  formatCandidate,
  type MediaDescription,
  parseCandidate,
  UNSUPPORTED_CANDIDATE,
} from "../sdp/index.ts";
import { AgreementDraft } from "./agreement-draft.ts";
import { withDefaultCandidate } from "./default-candidate.ts";
import {
  type AppliedDescription,
  type CandidateLine,
  type MediaSection,
  transportSection,
} from "./description.ts";
import { type Agreement, type JsepState, latestAgreement } from "./state.ts";
import { changeSections, withCandidate, withEndOfCandidates } from "./trickled.ts";
import {
  type CandidatePlace,
  JsepError,
  type Plan,
  type RemoteCandidateInit,
  type TransportId,
} from "./types.ts";

/**
 * addIceCandidate, the part in the operations chain. Shown in the descriptions of its generation; passed on when the
 * engine knows that generation, else with the answer that settles it. Candidates nobody can use are only shown.
 */
export function planRemoteCandidate(state: JsepState, init: RemoteCandidateInit): Plan | JsepError {
  const latest = state.pendingRemote ?? state.currentRemote;
  if (latest === undefined) return new JsepError("InvalidStateError", "there is no remote description");
  const line = readLine(init.candidate);
  if (line instanceof JsepError) return line;
  const indices = placesOf(latest, init);
  if (indices instanceof JsepError) return indices;
  if (line !== undefined && indices.size > 1) {
    return new JsepError("OperationError", "the candidate names no m= section");
  }
  const fragment = init.usernameFragment ?? (line && knownFragment(state, indices, line));
  if (fragment !== undefined && selectGeneration(state, indices, fragment).size === 0) {
    return new JsepError("OperationError", "no description of the section has this username fragment");
  }
  return addToGeneration(state, indices, fragment, line);
}

function readLine(text: string): CandidateLine | JsepError | undefined {
  if (text === "") return undefined;
  const candidate = parseCandidate(text);
  if (!(candidate instanceof Malformed)) return { text: shownText(text), candidate };
  if (candidate === UNSUPPORTED_CANDIDATE) return { text: shownText(text), candidate: undefined };
  return new JsepError("OperationError", candidate.reason);
}

/** As the attribute's text, whatever prefix the application gave. */
function shownText(text: string): string {
  const bare = text.startsWith("a=") ? text.slice(2) : text;
  return bare.startsWith("candidate:") ? bare : `candidate:${bare}`;
}

/** The sections that `sdpMid` or else `sdpMLineIndex` mean: one, or all of them when both are missing. */
function placesOf(description: AppliedDescription, init: RemoteCandidateInit): Set<number> | JsepError {
  const { sdpMid, sdpMLineIndex } = init;
  if (sdpMid !== undefined) {
    const section = description.sections.find(({ mid }) => mid === sdpMid);
    return section === undefined
      ? new JsepError("OperationError", "no m= section has this mid")
      : new Set([section.index]);
  }
  if (sdpMLineIndex !== undefined) {
    return sdpMLineIndex < description.sections.length
      ? new Set([sdpMLineIndex])
      : new JsepError("OperationError", "there is no m= section with this index");
  }
  return new Set(description.sections.keys());
}

/** A candidate's own `ufrag` chooses the generation where a description has it; where none has, it means nothing. */
function knownFragment(
  state: JsepState,
  indices: ReadonlySet<number>,
  line: CandidateLine,
): string | undefined {
  const fragment = line.candidate?.usernameFragment;
  if (fragment === undefined) return undefined;
  return selectGeneration(state, indices, fragment).size > 0 ? fragment : undefined;
}

/** The applied remote descriptions in which one of the sections has the fragment. */
function selectGeneration(
  state: JsepState,
  indices: ReadonlySet<number>,
  fragment: string,
): Set<AppliedDescription> {
  const found = new Set<AppliedDescription>();
  for (const description of [state.pendingRemote, state.currentRemote]) {
    if (
      description?.sections.some(
        (section) => indices.has(section.index) && has(description, section, fragment),
      )
    ) {
      found.add(description);
    }
  }
  return found;
}

function has(description: AppliedDescription, section: MediaSection, fragment: string): boolean {
  return transportSection(description, section).usernameFragment === fragment;
}

function addToGeneration(
  state: JsepState,
  indices: ReadonlySet<number>,
  fragment: string | undefined,
  line: CandidateLine | undefined,
): Plan {
  const latest = (state.pendingRemote ?? state.currentRemote)!;
  const draft = new AgreementDraft(latestAgreement(state), state.nextTransport);
  const changes = { pending: new Set<number>(), current: new Set<number>() };
  for (const index of indices) {
    const section = latest.sections[index]!;
    const generation = fragment ?? transportSection(latest, section).usernameFragment;
    if (section.rejected || generation === undefined) continue;
    for (const [which, description] of [
      ["pending", state.pendingRemote],
      ["current", state.currentRemote],
    ] as const) {
      const own = description?.sections[index];
      if (own !== undefined && has(description!, own, generation)) changes[which].add(index);
    }
    const id = draft.slots[index]?.transport;
    if (id === undefined || draft.transport(id).remote?.usernameFragment !== generation) continue;
    draft.addRemoteCandidates(id, line === undefined ? [] : [line], line === undefined);
  }
  const change = (media: MediaDescription) =>
    line === undefined ? withEndOfCandidates(media) : withCandidate(media, line.text);
  return {
    state: {
      ...withTold(state, draft.agreement()),
      pendingRemote: state.pendingRemote && changeSections(state.pendingRemote, changes.pending, change),
      currentRemote: state.currentRemote && changeSections(state.currentRemote, changes.current, change),
    },
    effects: draft.effects,
    media: [],
    dissociated: [],
  };
}

/** The agreement that was built upon, with what the engine has been told since. */
function withTold(state: JsepState, agreement: Agreement): JsepState {
  return state.proposed === undefined ? { ...state, agreed: agreement } : { ...state, proposed: agreement };
}

/**
 * Writes a gathered candidate into the local descriptions of its generation and says where it belongs; undefined when no
 * description has that generation (any more): then it is not to be shown.
 */
export function addLocalCandidate(
  state: JsepState,
  transport: TransportId,
  usernameFragment: string,
  candidate: IceCandidate | CandidateAttribute,
): { readonly state: JsepState; readonly place: CandidatePlace } | undefined {
  const text = formatCandidate(candidate);
  return changeLocal(state, transport, usernameFragment, (media) =>
    withDefaultCandidate(withCandidate(media, text)),
  );
}

/** Gathering has ended for a generation: writes `a=end-of-candidates`. As {@link addLocalCandidate} otherwise. */
export function endLocalCandidates(
  state: JsepState,
  transport: TransportId,
  usernameFragment: string,
): { readonly state: JsepState; readonly place: CandidatePlace } | undefined {
  return changeLocal(state, transport, usernameFragment, withEndOfCandidates);
}

function changeLocal(
  state: JsepState,
  transport: TransportId,
  usernameFragment: string,
  change: (media: MediaDescription) => MediaDescription,
): { readonly state: JsepState; readonly place: CandidatePlace } | undefined {
  let place: CandidatePlace | undefined;
  const changed = (description: AppliedDescription | undefined, agreement: Agreement | undefined) => {
    const index = description?.sections.findIndex(
      (section, at) =>
        section.usernameFragment === usernameFragment && agreement?.slots[at]?.transport === transport,
    );
    if (description === undefined || index === undefined || index < 0) return description;
    place ??= { sdpMid: description.sections[index]!.mid ?? null, sdpMLineIndex: index };
    return changeSections(description, new Set([index]), change);
  };
  const pendingLocal = changed(state.pendingLocal, state.proposed);
  const currentLocal = changed(state.currentLocal, state.agreed);
  return place && { state: { ...state, pendingLocal, currentLocal }, place };
}

/** restartIce(): the next offers carry new credentials until a negotiation has replaced those in use (webrtc-pc §4.4.2). */
export function requestIceRestart(state: JsepState): JsepState {
  const credentialsToReplace = new Set(state.credentialsToReplace);
  for (const description of [state.currentLocal, state.pendingLocal]) {
    for (const { rejected, usernameFragment } of description?.sections ?? []) {
      if (!rejected && usernameFragment !== undefined) credentialsToReplace.add(usernameFragment);
    }
  }
  return { ...state, credentialsToReplace };
}
