/** Applying an answer, local or remote, provisional or final (RFC 9429 §5.9, §5.10, §5.11). */

import { AgreementDraft } from "./agreement-draft.ts";
import { noteChangedTags } from "./changed-tag.ts";
import { withDefaultCandidate } from "./default-candidate.ts";
import { type AppliedDescription, bundleOf, type MediaSection, transportSection } from "./description.ts";
import { mediaOutcomes } from "./media-outcome.ts";
import { continuesDtls, credentialsOf, dtlsProblem, restartsIce, sameCredentials } from "./offered.ts";
import { withExtensionIds } from "./rtp-numbers.ts";
import type { Agreement, JsepState, Slot } from "./state.ts";
import { carrierOf, withCandidatesOf, withoutCandidates } from "./trickled.ts";
import {
  JsepError,
  type LocalCapabilities,
  type MediaOutcome,
  type Plan,
  type TransportId,
} from "./types.ts";

/** Both descriptions of a negotiation, and which of them is the answer. */
interface Exchange {
  readonly local: AppliedDescription;
  readonly remote: AppliedDescription;
  readonly answer: AppliedDescription;
  readonly capabilities: LocalCapabilities;
}

export function applyLocalAnswer(
  state: JsepState,
  answer: AppliedDescription,
  capabilities: LocalCapabilities,
): Plan | JsepError {
  // Candidates may have been gathered since it was created.
  const { pendingLocal, currentLocal, agreed, proposed } = state;
  const before = pendingLocal === undefined ? agreed : proposed!;
  const carrier = carrierOf(answer, before.slots, proposed!.slots);
  const local = withCandidatesOf(answer, pendingLocal ?? currentLocal, carrier, withDefaultCandidate);
  return applyAnswer(state, { local, remote: state.pendingRemote!, answer: local, capabilities });
}

export function applyRemoteAnswer(
  state: JsepState,
  answer: AppliedDescription,
  capabilities: LocalCapabilities,
): Plan | JsepError {
  return applyAnswer(state, { local: state.pendingLocal!, remote: answer, answer, capabilities });
}

/** The state has both descriptions: the offer is pending, the answer is checked to fit it. */
function applyAnswer(state: JsepState, exchange: Exchange): Plan | JsepError {
  const proposed = state.proposed!;
  const draft = new AgreementDraft(proposed, state.nextTransport);
  const slots = settledSlots(proposed.slots, exchange.answer);
  if (slots instanceof JsepError) return slots;
  const source = exchange.answer === exchange.local ? "local" : "remote";
  const media = mediaOutcomes({ ...exchange, source }, proposed, slots, new Set());
  // A provisional answer ends nothing (RFC 9429 §4.1.10.1).
  if (exchange.answer.type === "answer") configureRtcp(draft, media);
  const configured = new Set<TransportId>();
  for (const [index, { transport }] of slots.entries()) {
    if (transport === undefined || configured.has(transport)) continue;
    configured.add(transport);
    const tagged = taggedSection(exchange.answer, exchange.answer.sections[index]!).index;
    const error = configureTransport(draft, transport, tagged, exchange, state.agreed);
    if (error !== undefined) return error;
  }
  noteChangedTags(draft, state, exchange.answer);
  configureSctp(draft, slots, exchange);
  return exchange.answer.type === "answer"
    ? finish(state, draft, slots, exchange, media)
    : provide(state, draft, exchange, media);
}

/** A final answer: what it leaves unused is released (RFC 9429 §5.11). */
function finish(
  state: JsepState,
  draft: AgreementDraft,
  slots: readonly Slot[],
  exchange: Exchange,
  media: readonly MediaOutcome[],
): Plan {
  // A rejected section's transceiver is stopped: its place is free.
  draft.slots = slots.map((slot) =>
    slot.transport === undefined ? { ...slot, transceiver: undefined } : slot,
  );
  draft.removeUnusedTransports([]);
  const moved = slots.flatMap(({ transport }, index) =>
    transport === state.proposed!.slots[index]?.transport ? [] : [index],
  );
  // What was gathered for the transports of sections that have joined a bundle is of no use any more.
  const local = withoutCandidates(exchange.local, new Set(moved));
  const { remote } = exchange;
  return {
    state: {
      ...state,
      signalingState: "stable",
      currentLocal: local,
      currentRemote: remote,
      pendingLocal: undefined,
      pendingRemote: undefined,
      agreed: draft.agreement(),
      proposed: undefined,
      lastCreatedOffer: "",
      lastCreatedAnswer: "",
      credentialsToReplace: stillToReplace(state.credentialsToReplace, local),
      extensionIds: withExtensionIds(state.extensionIds, [local, remote]),
    },
    effects: draft.effects,
    media,
    dissociated: [],
  };
}

/** A provisional answer: the slots stay as they were offered, for the answer that follows. */
function provide(
  state: JsepState,
  draft: AgreementDraft,
  { local, remote, answer }: Exchange,
  media: readonly MediaOutcome[],
): Plan {
  return {
    state: {
      ...state,
      signalingState: answer === local ? "have-local-pranswer" : "have-remote-pranswer",
      pendingLocal: local,
      pendingRemote: remote,
      proposed: draft.agreement(),
    },
    effects: draft.effects,
    media,
    dissociated: [],
  };
}

/** webrtc-pc §4.4.1.5: satisfied as soon as none of the credentials is left in the description. */
function stillToReplace(toReplace: ReadonlySet<string>, local: AppliedDescription): ReadonlySet<string> {
  const left = local.sections.some(
    ({ rejected, usernameFragment }) => !rejected && toReplace.has(usernameFragment ?? ""),
  );
  return left ? toReplace : new Set();
}

/** Which transport each section ends on: its own, or that of its bundle's tagged section (RFC 9143 §7.4). */
function settledSlots(offered: readonly Slot[], answer: AppliedDescription): readonly Slot[] | JsepError {
  const slots: Slot[] = [];
  for (const [index, slot] of offered.entries()) {
    const section = answer.sections[index]!;
    if (section.rejected) {
      slots.push({ ...slot, transport: undefined });
      continue;
    }
    const tagged = taggedSection(answer, section);
    const transport = offered[tagged.index]?.transport;
    if (tagged.rejected || transport === undefined) {
      return new JsepError("InvalidAccessError", `m= section ${index}: its bundle has no transport`);
    }
    slots.push({ ...slot, transport });
  }
  return slots;
}

/** The section that has the transport of its bundle: itself, if there is none. */
function taggedSection(answer: AppliedDescription, section: MediaSection): MediaSection {
  const tag = bundleOf(answer, section)?.[0];
  return tag === undefined ? section : answer.sections.find(({ mid }) => mid === tag)!;
}

function configureTransport(
  draft: AgreementDraft,
  id: TransportId,
  index: number,
  exchange: Exchange,
  agreed: Agreement,
): JsepError | undefined {
  const local = transportSection(exchange.local, exchange.local.sections[index]!);
  const remote = transportSection(exchange.remote, exchange.remote.sections[index]!);
  const fail = (reason: string) => new JsepError("InvalidAccessError", `m= section ${index}: ${reason}`);
  const remoteAnswers = exchange.answer === exchange.remote;
  const inForce = agreed.transports.get(id);
  if (remoteAnswers && inForce?.remote !== undefined) {
    // RFC 9429 §5.10. The other way round, new credentials of the peer alone, is how a session is handed over to another
    // peer: RFC 9429 would refuse it, browsers do not.
    const restarts = !sameCredentials(inForce.local, credentialsOf(local));
    if (restarts && !restartsIce(inForce, remote)) {
      return fail("the ICE restart was not answered with new credentials");
    }
  }
  const answerSetup = remoteAnswers ? remote.setup : local.setup;
  const chosen = (answerSetup === "active") === remoteAnswers ? "server" : "client";
  // RFC 8842 §4 starts a new association for another role. Firefox 153 chooses anew with each ICE restart, and goes on with
  // the association that it has.
  const goesOn = inForce !== undefined && continuesDtls(inForce, remote) && restartsIce(inForce, remote);
  const role = goesOn ? inForce.dtls!.role : chosen;
  const problem = dtlsProblem(draft.transport(id), remote, role);
  if (problem !== undefined) return fail(problem);
  draft.useLocalCredentials(id, credentialsOf(local)!);
  // RFC 8445 §6.1.1: the full one controls; of two lite ones who offers first.
  if (remote.lite !== local.lite) draft.useIceRole(id, remote.lite);
  else if (remote.lite && inForce === undefined) draft.useIceRole(id, remoteAnswers);
  draft.useRemoteParameters(id, remote);
  draft.useDtls(id, role, local, remote);
  return undefined;
}

/** RFC 9429 §5.11: the second component goes when nobody on the transport needs it. Before the peer's candidates are told. */
function configureRtcp(draft: AgreementDraft, media: readonly MediaOutcome[]): void {
  const separate = new Set(media.map(({ rtcpMux, transport }) => (rtcpMux ? undefined : transport)));
  for (const { transport } of media) {
    if (transport !== undefined && !separate.has(transport)) draft.useRtcpMux(transport);
  }
}

/** RFC 8841 §10.3, §10.4; RFC 9429 §5.11. */
function configureSctp(
  draft: AgreementDraft,
  slots: readonly Slot[],
  { local, remote, answer }: Exchange,
): void {
  const section = answer.sections.find(({ rejected, sctp }) => !rejected && sctp !== undefined);
  const slot = section === undefined ? undefined : slots[section.index];
  const ours: MediaSection | undefined = local.sections[section?.index ?? -1];
  const theirs: MediaSection | undefined = remote.sections[section?.index ?? -1];
  const transport = slot?.transport;
  if (transport === undefined || !ours?.sctp?.port || !theirs?.sctp?.port) {
    if (answer.type === "answer") draft.endSctp();
    return;
  }
  draft.useSctp({
    mid: slot!.mid,
    transport,
    localPort: ours.sctp.port,
    remotePort: theirs.sctp.port,
    localMaxMessageSize: ours.sctp.maxMessageSize,
    remoteMaxMessageSize: theirs.sctp.maxMessageSize,
  });
}
