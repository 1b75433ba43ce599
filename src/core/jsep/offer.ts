/** Applying an offer (RFC 9429 §5.9, §5.10) and taking it back (RFC 9429 §5.7). */
import { assert } from "../base/assert.ts";
import { AgreementDraft } from "./agreement-draft.ts";
import { newCredentials } from "./create.ts";
import { withDefaultCandidate } from "./default-candidate.ts";
import { type AppliedDescription, type MediaSection, transportSection } from "./description.ts";
import { credentialsOf, dtlsProblem, isAcceptable, restartsIce, sameCredentials } from "./offered.ts";
import { type Agreement, type JsepState, latestAgreement, type Slot } from "./state.ts";
import { withCandidatesOf } from "./trickled.ts";
import { JsepError, type LocalCapabilities, type Plan, type TransportId } from "./types.ts";
import { verifyKeepsSections } from "./verify.ts";

/** Transports come into being or restart, and gather (RFC 9429 §5.9). */
export function applyLocalOffer(state: JsepState, offer: AppliedDescription): Plan {
  const before = latestAgreement(state);
  const draft = new AgreementDraft(before, state.nextTransport);
  const slots: Slot[] = [];
  for (const section of offer.sections) {
    const { kind, mid, rejected, index } = section;
    assert(mid !== undefined, "an offer of ours names its sections");
    if (rejected) {
      slots.push({ kind, mid, transport: undefined });
      continue;
    }
    const credentials = credentialsOf(transportSection(offer, section));
    assert(credentials !== undefined, "an offer of ours has ICE credentials");
    const known = liveTransport(before, index, mid);
    const transport = known ?? draft.createTransport(credentials, true);
    const inForce = liveTransport(state.agreed, index, mid);
    const cancels =
      inForce !== undefined &&
      !sameCredentials(draft.transport(transport).local, credentials) &&
      sameCredentials(state.agreed.transports.get(inForce)!.local, credentials);
    if (cancels) draft.restoreLocalCredentials(transport, credentials);
    else draft.useLocalCredentials(transport, credentials);
    slots.push({ kind, mid, transport });
  }
  draft.slots = slots;
  proposeSctp(draft, offer);
  draft.removeUnusedTransports(state.agreed.slots);
  return {
    state: {
      ...state,
      signalingState: "have-local-offer",
      // Candidates may have been gathered since it was created.
      pendingLocal: withCandidatesOf(offer, state.pendingLocal ?? state.currentLocal, withDefaultCandidate),
      proposed: draft.agreement(),
      nextTransport: draft.nextTransport,
    },
    effects: draft.effects,
    media: [],
    dissociated: [],
  };
}

/** Transports come into being; parameters wait for the answer, candidates for transports in use do not (RFC 9429 §5.10). */
export function applyRemoteOffer(
  state: JsepState,
  offer: AppliedDescription,
  local: LocalCapabilities,
): Plan | JsepError {
  const error = verifyKeepsSections(offer, state.agreed);
  if (error !== undefined) return error;
  const before = latestAgreement(state);
  const draft = new AgreementDraft(before, state.nextTransport);
  let { nextMid } = state;
  const known = new Set([
    ...state.agreed.slots.map((slot) => slot.mid),
    ...offer.sections.map(({ mid }) => mid),
  ]);
  const slots: Slot[] = [];
  for (const section of offer.sections) {
    const { kind, index } = section;
    const problem = transportProblem(before, offer, section);
    if (problem !== undefined) return new JsepError("InvalidAccessError", `m= section ${index}: ${problem}`);
    let mid = section.mid ?? state.agreed.slots[index]?.mid;
    if (mid === undefined) {
      while (known.has(String(nextMid))) nextMid++;
      mid = String(nextMid++);
    }
    const transport = isAcceptable(offer, section)
      ? offeredTransport(draft, before, offer, section, mid, local)
      : liveTransport(state.agreed, index, mid);
    slots.push({ kind, mid, transport });
  }
  draft.slots = slots;
  proposeSctp(draft, offer);
  draft.removeUnusedTransports(state.agreed.slots);
  return {
    state: {
      ...state,
      signalingState: "have-remote-offer",
      // Offered again: what was trickled for it so far has not been passed on yet.
      pendingRemote: withCandidatesOf(offer, state.pendingRemote),
      lastCreatedAnswer: "", // it answers another offer
      proposed: draft.agreement(),
      nextTransport: draft.nextTransport,
      nextMid,
    },
    effects: draft.effects,
    media: [],
    dissociated: [],
  };
}

function offeredTransport(
  draft: AgreementDraft,
  before: Agreement,
  offer: AppliedDescription,
  section: MediaSection,
  mid: string,
  local: LocalCapabilities,
): TransportId {
  const remote = transportSection(offer, section);
  const known = liveTransport(before, section.index, mid);
  // RFC 8445 §6.1.1: the offerer controls, unless it is lite and we are not.
  if (known === undefined) return draft.createTransport(newCredentials(local), remote.lite);
  const transport = draft.transport(known);
  if (transport.remote !== undefined && !restartsIce(transport, remote)) {
    draft.addRemoteCandidates(known, remote.candidates, remote.endOfCandidates);
  }
  return known;
}

/** RFC 9429 §5.8.3: on a transport in use, an offer has to fit the DTLS association. */
function transportProblem(
  before: Agreement,
  offer: AppliedDescription,
  section: MediaSection,
): string | undefined {
  const id = before.slots[section.index]?.transport;
  const transport = id === undefined ? undefined : before.transports.get(id);
  if (transport === undefined || section.rejected) return undefined;
  const remote = transportSection(offer, section);
  const role = remote.setup === "active" ? "server" : remote.setup === "passive" ? "client" : undefined;
  return dtlsProblem(transport, remote, role);
}

/** Back to the last stable state (RFC 9429 §5.7). What an offer has done to transports is undone. */
export function rollback(state: JsepState): Plan {
  const draft = new AgreementDraft(latestAgreement(state), state.nextTransport);
  draft.slots = state.agreed.slots;
  draft.removeUnusedTransports([]);
  const transports = new Map(state.agreed.transports);
  for (const [id, agreed] of state.agreed.transports) {
    const proposed = draft.transport(id);
    if (!sameCredentials(agreed.local, proposed.local)) draft.restoreLocalCredentials(id, agreed.local);
    // What the engine was told about the peer's candidates stays told.
    const { remoteCandidates, remoteEnded } = proposed;
    transports.set(id, { ...agreed, remoteCandidates, remoteEnded });
  }
  return {
    state: {
      ...state,
      signalingState: "stable",
      pendingLocal: undefined,
      pendingRemote: undefined,
      agreed: { ...state.agreed, transports },
      proposed: undefined,
    },
    effects: draft.effects,
    media: [],
    dissociated: [],
  };
}

/** The transport of a section that is in use under the same name. */
function liveTransport(agreement: Agreement, index: number, mid: string): TransportId | undefined {
  const slot = agreement.slots[index];
  return slot?.mid === mid ? slot.transport : undefined;
}

/** webrtc-pc §4.4.1.5: an offer that describes an association is enough for [[SctpTransport]]. */
function proposeSctp(draft: AgreementDraft, offer: AppliedDescription): void {
  const section = offer.sections.find((candidate) => isAcceptable(offer, candidate));
  if (section !== undefined) draft.sctpTransport ??= draft.slots[section.index]?.transport;
}
