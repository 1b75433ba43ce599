/** Applying an offer (RFC 9429 §5.9, §5.10) and taking it back (RFC 9429 §5.7). */
import { assert } from "../base/assert.ts";
import { AgreementDraft } from "./agreement-draft.ts";
import { associate } from "./associate.ts";
import { noteChangedTags } from "./changed-tag.ts";
import { newTlsId, sharedCredentials } from "./credentials.ts";
import { withDefaultCandidate } from "./default-candidate.ts";
import { type AppliedDescription, bundleOf, type MediaSection, transportSection } from "./description.ts";
import { mediaOutcomes } from "./media-outcome.ts";
import { credentialsOf, dtlsProblem, isEligible, restartsIce, sameCredentials } from "./offered.ts";
import { type Agreement, type IceCredentials, type JsepState, latestAgreement, type Slot } from "./state.ts";
import { carrierOf, withCandidatesOf } from "./trickled.ts";
import {
  JsepError,
  type LocalCapabilities,
  type Plan,
  type TransceiverId,
  type TransportId,
} from "./types.ts";
import { verifyKeepsSections } from "./verify.ts";

/** Transports come into being or restart, and gather (RFC 9429 §5.9). */
export function applyLocalOffer(state: JsepState, offer: AppliedDescription): Plan {
  const before = latestAgreement(state);
  const draft = new AgreementDraft(before, state.nextTransport);
  const slots: Slot[] = [];
  const created = new Map<number, TransportId>();
  const transportOf = (section: MediaSection): TransportId => {
    const known = liveTransport(before, section.index, section.mid ?? "") ?? created.get(section.index);
    if (known !== undefined) return known;
    // Sections that rely on their bundle share the transport of the tagged one.
    const tagged = transportSection(offer, section);
    if (tagged !== section) return transportOf(tagged);
    const id = draft.createTransport(credentialsOf(section)!, section.tlsId!, true, wantsRtcp(section));
    created.set(section.index, id);
    return id;
  };
  for (const section of offer.sections) {
    const { kind, mid, rejected, index } = section;
    assert(mid !== undefined, "an offer of ours names its sections");
    const transceiver = state.offeredTransceivers[index];
    if (rejected) {
      slots.push({ kind, mid, transport: undefined, transceiver });
      continue;
    }
    const credentials = credentialsOf(transportSection(offer, section));
    assert(credentials !== undefined, "an offer of ours has ICE credentials");
    const transport = transportOf(section);
    const inForce = liveTransport(state.agreed, index, mid);
    const cancels =
      inForce !== undefined &&
      !sameCredentials(draft.transport(transport).local, credentials) &&
      sameCredentials(state.agreed.transports.get(inForce)!.local, credentials);
    if (cancels) draft.restoreLocalCredentials(transport, credentials);
    else draft.useLocalCredentials(transport, credentials);
    slots.push({ kind, mid, transport, transceiver });
  }
  draft.slots = slots;
  noteChangedTags(draft, state, offer);
  proposeSctp(draft, offer);
  draft.removeUnusedTransports(state.agreed.slots);
  // Candidates may have been gathered since it was created.
  const earlier = state.pendingLocal ?? state.currentLocal;
  const carrier = carrierOf(offer, before.slots, slots);
  const local = withCandidatesOf(offer, earlier, carrier, withDefaultCandidate);
  const remote = state.currentRemote;
  const exchanged = { source: "local", local, remote, answer: undefined } as const;
  return {
    state: {
      ...state,
      signalingState: "have-local-offer",
      pendingLocal: local,
      proposed: draft.agreement(),
      nextTransport: draft.nextTransport,
    },
    effects: draft.effects,
    media: mediaOutcomes(exchanged, before, slots, new Set()),
    dissociated: dissociatedFrom(before, slots),
  };
}

/** RFC 5761 §5.1.1: without `a=rtcp-mux-only` the peer may want a second component. */
function wantsRtcp({ rtp }: MediaSection): boolean {
  return rtp !== undefined && !rtp.rtcpMuxOnly;
}

/** Transceivers whose section is another one's now, or nobody's. */
function dissociatedFrom(before: Agreement, slots: readonly Slot[]): TransceiverId[] {
  const associated = new Set(slots.map(({ transceiver }) => transceiver));
  return before.slots.flatMap(({ transceiver }) =>
    transceiver === undefined || associated.has(transceiver) ? [] : [transceiver],
  );
}

/** Transports come into being; parameters wait for the answer, candidates for transports in use do not (RFC 9429 §5.10). */
export function applyRemoteOffer(
  state: JsepState,
  offer: AppliedDescription,
  local: LocalCapabilities,
): Plan | JsepError {
  const error = verifyKeepsSections(offer, state.agreed, state.currentRemote, state.currentLocal);
  if (error !== undefined) return error;
  const before = latestAgreement(state);
  const draft = new AgreementDraft(before, state.nextTransport);
  let { nextMid } = state;
  const known = new Set([
    ...state.agreed.slots.map((slot) => slot.mid),
    ...offer.sections.map(({ mid }) => mid),
  ]);
  const mids: string[] = [];
  for (const section of offer.sections) {
    const { index } = section;
    const problem = transportProblem(before, offer, section);
    if (problem !== undefined) return new JsepError("InvalidAccessError", `m= section ${index}: ${problem}`);
    let mid = section.mid ?? state.agreed.slots[index]?.mid;
    if (mid === undefined) {
      while (known.has(String(nextMid))) nextMid++;
      mid = String(nextMid++);
    }
    mids.push(mid);
  }
  const associations = associate(state, offer, mids, local);
  const transports = offeredTransports(draft, before, state.agreed, offer, mids, local);
  const slots = offer.sections.map(
    ({ kind, index }): Slot => ({
      kind,
      mid: mids[index]!,
      transport: transports[index],
      transceiver: associations[index]!.transceiver,
    }),
  );
  const created = new Set(associations.flatMap(({ create }, index) => (create ? [index] : [])));
  const exchanged = {
    source: "remote",
    local: state.currentLocal,
    remote: offer,
    answer: undefined,
  } as const;
  draft.slots = slots;
  noteChangedTags(draft, state, offer);
  proposeSctp(draft, offer);
  draft.removeUnusedTransports(state.agreed.slots);
  return {
    state: {
      ...state,
      signalingState: "have-remote-offer",
      // Offered again: what was trickled for it so far has not been passed on yet.
      pendingRemote: withCandidatesOf(offer, state.pendingRemote),
      remoteOffer: offer.sdp,
      // One that was created for this offer still answers it, even after a rollback.
      lastCreatedAnswer: state.answeredOffer === offer.sdp ? state.lastCreatedAnswer : "",
      proposed: draft.agreement(),
      nextTransport: draft.nextTransport,
      nextMid,
    },
    effects: draft.effects,
    media: mediaOutcomes(exchanged, before, slots, created),
    dissociated: dissociatedFrom(before, slots),
  };
}

/** The transport of each section: one for a bundle, which its first eligible section stands for (RFC 9143 §7.3). */
function offeredTransports(
  draft: AgreementDraft,
  before: Agreement,
  agreed: Agreement,
  offer: AppliedDescription,
  mids: readonly string[],
  local: LocalCapabilities,
): (TransportId | undefined)[] {
  const ofBundle = new Map<readonly string[], TransportId>();
  const taken = new Set<TransportId>();
  const credentials = sharedCredentials(before, new Set(), local);
  const fresh = () => ({ credentials: credentials(false), tlsId: newTlsId(local) });
  const eligible = offer.sections.map((section) => isEligible(offer, section, local));
  return offer.sections.map((section, index) => {
    if (!eligible[index]) return liveTransport(agreed, index, mids[index]!);
    const bundle = bundleOf(offer, section);
    const shared = bundle && ofBundle.get(bundle);
    if (shared !== undefined) return shared;
    const tag = offer.sections.find((other) => eligible[other.index] && bundle?.[0] === other.mid && bundle);
    const leader = tag ?? section;
    const inUse =
      liveTransport(before, leader.index, mids[leader.index]!) ??
      continuedTransport(before, offer, leader, mids);
    // A section that leaves its bundle leaves the transport with the others (RFC 9143 §7.5.3).
    const known = inUse !== undefined && taken.has(inUse) ? undefined : inUse;
    const transport = offeredTransport(draft, known, offer, leader, fresh);
    taken.add(transport);
    if (bundle !== undefined) ofBundle.set(bundle, transport);
    return transport;
  });
}

/**
 * A new section may become the tag of a bundle that has a transport (RFC 9143 §7.5.1 lets the offerer suggest another one in every
 * offer): the credentials tell that it is the transport of before.
 */
function continuedTransport(
  before: Agreement,
  offer: AppliedDescription,
  leader: MediaSection,
  mids: readonly string[],
): TransportId | undefined {
  const credentials = credentialsOf(transportSection(offer, leader));
  const bundle = bundleOf(offer, leader);
  if (credentials === undefined || bundle === undefined) return undefined;
  for (const { index, mid } of offer.sections) {
    const id = bundle.includes(mid ?? "") ? liveTransport(before, index, mids[index]!) : undefined;
    if (id !== undefined && sameCredentials(credentials, before.transports.get(id)?.remote)) return id;
  }
  return undefined;
}

function offeredTransport(
  draft: AgreementDraft,
  known: TransportId | undefined,
  offer: AppliedDescription,
  section: MediaSection,
  fresh: () => { readonly credentials: IceCredentials; readonly tlsId: string },
): TransportId {
  const remote = transportSection(offer, section);
  if (known === undefined) {
    const rtcp = section.rtp !== undefined && !section.rtcpMux && !remote.rtcpMux;
    // RFC 8445 §6.1.1: the offerer controls, unless it is lite and we are not.
    const { credentials, tlsId } = fresh();
    return draft.createTransport(credentials, tlsId, remote.lite, rtcp);
  }
  const transport = draft.transport(known);
  if (transport.remote !== undefined && !restartsIce(transport, remote)) {
    draft.addRemoteCandidates(known, remote.candidates, remote.endOfCandidates);
  }
  return known;
}

/** RFC 9429 §5.8.3: on a transport in use, an offer has to fit its components and the DTLS association. */
function transportProblem(
  before: Agreement,
  offer: AppliedDescription,
  section: MediaSection,
): string | undefined {
  const id = before.slots[section.index]?.transport;
  const transport = id === undefined ? undefined : before.transports.get(id);
  if (transport === undefined || section.rejected) return undefined;
  const remote = transportSection(offer, section);
  const muxed = section.rtp === undefined || section.rtcpMux || remote.rtcpMux;
  // RFC 9429 §5.11: the component that RTCP would need has been discarded.
  if (!muxed && !transport.rtcp) return "rtcp-mux has been agreed on";
  const role = remote.setup === "active" ? "server" : remote.setup === "passive" ? "client" : undefined;
  return dtlsProblem(transport, remote, role);
}

/** Back to the last stable state (RFC 9429 §5.7). What an offer has done to transports is undone. */
export function rollback(state: JsepState): Plan {
  const before = latestAgreement(state);
  const draft = new AgreementDraft(before, state.nextTransport);
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
    dissociated: dissociatedFrom(before, state.agreed.slots),
  };
}

/** The transport of a section that is in use under the same name. */
function liveTransport(agreement: Agreement, index: number, mid: string): TransportId | undefined {
  const slot = agreement.slots[index];
  return slot?.mid === mid ? slot.transport : undefined;
}

/** webrtc-pc §4.4.1.5: an offer that describes an association is enough for [[SctpTransport]]. */
function proposeSctp(draft: AgreementDraft, offer: AppliedDescription): void {
  const section = offer.sections.find(
    ({ rejected, sctp, index }) =>
      !rejected && sctp !== undefined && sctp.port !== 0 && draft.slots[index]?.transport !== undefined,
  );
  if (section !== undefined) draft.sctpTransport ??= draft.slots[section.index]?.transport;
}
