/** createOffer (RFC 9429 §5.2) and createAnswer (RFC 9429 §5.3). Neither changes what is negotiated. */
import { assert } from "../base/assert.ts";
import { randomIceChars } from "../base/random.ts";
import { parseSdp, SdpError, type Setup } from "../sdp/index.ts";
import {
  type AppliedDescription,
  type MediaSection,
  readDescription,
  transportSection,
} from "./description.ts";
import {
  answerBundles,
  continuesDtls,
  credentialsOf,
  isAcceptable,
  restartsIce,
  sameCredentials,
} from "./offered.ts";
import { type SectionText, type TransportText, writeSession } from "./session-text.ts";
import { type IceCredentials, type JsepState, type JsepTransport, latestAgreement } from "./state.ts";
import { type Created, JsepError, type LocalCapabilities, type OfferOptions } from "./types.ts";

/** RFC 9429 §5.2.1: trickle ICE (RFC 8840), by the rules of RFC 8445. */
const ICE_OPTIONS: readonly string[] = ["trickle", "ice2"];

/** Characters of new credentials, six random bits each (RFC 8839 §5.4 wants 24 and 128 bits). */
export const UFRAG_LENGTH = 8;
export const PASSWORD_LENGTH = 24;

/** A description before it is written: everything but the version. */
interface Composition {
  readonly iceOptions: readonly string[];
  readonly bundles: readonly (readonly string[])[];
  readonly sections: readonly SectionText[];
  readonly nextMid: number;
}

/** Where credentials of a description to be created come from. */
interface CredentialSource {
  readonly local: LocalCapabilities;
  /** The last description of that type, whose new credentials are used again: asking twice changes nothing. */
  readonly last: AppliedDescription | undefined;
  /** Prefer `last` even over what is in use: it may have been created as an ICE restart. */
  readonly keepLast: boolean;
  readonly toReplace: ReadonlySet<string>;
}

/** createOffer. InvalidStateError unless "stable" or "have-local-offer". */
export function createOffer(
  state: JsepState,
  local: LocalCapabilities,
  options: OfferOptions,
): Created | JsepError {
  if (state.signalingState !== "stable" && state.signalingState !== "have-local-offer") {
    return new JsepError("InvalidStateError", `no offer can be created in "${state.signalingState}"`);
  }
  const last = options.iceRestart ? undefined : readOwn("offer", state.lastCreatedOffer);
  const source = { local, last, keepLast: false, toReplace: state.credentialsToReplace };
  const composition = composeOffer(state, source, options.iceRestart);
  const { sdp, sessionVersion } = write(state, composition);
  const { nextMid } = composition;
  return { state: { ...state, nextMid, sessionVersion, lastCreated: sdp, lastCreatedOffer: sdp }, sdp };
}

/** createAnswer. InvalidStateError unless a remote offer waits for an answer. */
export function createAnswer(state: JsepState, local: LocalCapabilities): Created | JsepError {
  const offer = state.pendingRemote;
  const waiting =
    state.signalingState === "have-remote-offer" || state.signalingState === "have-local-pranswer";
  if (!waiting || offer === undefined) {
    return new JsepError("InvalidStateError", `no answer can be created in "${state.signalingState}"`);
  }
  const last = readOwn("answer", state.lastCreatedAnswer);
  const source = { local, last, keepLast: false, toReplace: state.credentialsToReplace };
  const { sdp, sessionVersion } = write(state, composeAnswer(state, offer, source));
  return { state: { ...state, sessionVersion, lastCreated: sdp, lastCreatedAnswer: sdp }, sdp };
}

/** Whether the last created offer or answer still says what would be said now (webrtc-pc §4.4.2 setLocalDescription). */
export function isLastCreatedAccurate(
  state: JsepState,
  type: "offer" | "answer",
  local: LocalCapabilities,
): boolean {
  const text = type === "offer" ? state.lastCreatedOffer : state.lastCreatedAnswer;
  const last = readOwn(type, text);
  if (last === undefined) return false;
  const source = { local, last, keepLast: true, toReplace: state.credentialsToReplace };
  const now =
    type === "offer"
      ? composeOffer(state, source, false)
      : composeAnswer(state, state.pendingRemote!, source);
  const sessionVersion = Number(last.description.origin.sessionVersion);
  return writeSession({ ...now, sessionId: state.sessionId, sessionVersion }, now.sections) === text;
}

/** Reads a text that was created here. */
export function readOwn(type: AppliedDescription["type"], text: string): AppliedDescription | undefined {
  if (text === "") return undefined;
  const description = parseSdp(text);
  assert(!(description instanceof SdpError), "what was created here can be read here");
  return readDescription(type, text, description);
}

/** RFC 9429 §5.2.2: the version goes up by one when the text differs from the last one created. */
function write(state: JsepState, composition: Composition): { sdp: string; sessionVersion: number } {
  const { sessionId, sessionVersion } = state;
  const same = writeSession({ ...composition, sessionId, sessionVersion }, composition.sections);
  if (same === state.lastCreated) return { sdp: same, sessionVersion };
  const next = sessionVersion + 1;
  const sdp = writeSession({ ...composition, sessionId, sessionVersion: next }, composition.sections);
  return { sdp, sessionVersion: next };
}

/** RFC 9429 §5.2.1, §5.2.2: sections keep their places; a data section is added once, or put where a rejected one was. */
function composeOffer(state: JsepState, source: CredentialSource, restart: boolean): Composition {
  const agreement = latestAgreement(state);
  const base = state.pendingLocal ?? state.currentLocal;
  const sections: SectionText[] = [];
  let { nextMid } = state;
  let wanted =
    source.local.dataChannels &&
    !agreement.slots.some((slot) => slot.kind === "application" && slot.transport !== undefined);
  const newDataSection = (): SectionText => {
    wanted = false;
    const last = source.last?.sections[sections.length];
    let mid = last?.rejected === false ? last.mid : undefined;
    if (mid === undefined) {
      while (isMidKnown(state, String(nextMid))) nextMid++;
      mid = String(nextMid++);
    }
    return offeredData(mid, undefined, base, sections.length, source, false);
  };
  for (const [index, slot] of agreement.slots.entries()) {
    const transport = slot.transport === undefined ? undefined : agreement.transports.get(slot.transport);
    if (transport !== undefined)
      sections.push(offeredData(slot.mid, transport, base, index, source, restart));
    else if (wanted && slot.kind === "application") sections.push(newDataSection());
    else sections.push(stillRejected(base?.sections[index], slot.mid));
  }
  if (wanted) sections.push(newDataSection());
  const bundle = sections.flatMap((section) => (section.type === "data" ? [section.mid!] : []));
  return { iceOptions: ICE_OPTIONS, bundles: bundle.length > 0 ? [bundle] : [], sections, nextMid };
}

function offeredData(
  mid: string,
  inUse: JsepTransport | undefined,
  base: AppliedDescription | undefined,
  index: number,
  source: CredentialSource,
  restart: boolean,
): SectionText {
  const replace = restart || (inUse !== undefined && source.toReplace.has(inUse.local.usernameFragment));
  const credentials = chooseCredentials(inUse?.local, replace, index, source);
  return {
    type: "data",
    protocol: "UDP/DTLS/SCTP",
    formats: ["webrtc-datachannel"],
    mid,
    // RFC 8842 §5.2: every offer leaves the choice to the answerer.
    transport: transportText(credentials, base?.sections[index], "actpass", source.local),
    legacy: false,
    sctpPort: source.local.sctpPort,
    maxMessageSize: source.local.maxMessageSize,
  };
}

function stillRejected(section: MediaSection | undefined, mid: string): SectionText {
  const { kind, protocol, formats } = section ?? {
    kind: "application",
    protocol: "UDP/DTLS/SCTP",
    formats: [],
  };
  return { type: "rejected", kind, protocol, formats, mid };
}

function isMidKnown(state: JsepState, mid: string): boolean {
  for (const agreement of [state.agreed, state.proposed]) {
    if (agreement?.slots.some((slot) => slot.mid === mid)) return true;
  }
  return false;
}

/** RFC 9429 §5.3.1, §5.3.2: a section for each one offered, accepted or rejected. */
function composeAnswer(state: JsepState, offer: AppliedDescription, source: CredentialSource): Composition {
  const agreement = latestAgreement(state);
  const sections = offer.sections.map((section): SectionText => {
    const { kind, protocol, formats, mid, index } = section;
    const id = agreement.slots[index]?.transport;
    const transport = id === undefined ? undefined : agreement.transports.get(id);
    if (transport === undefined || !isAcceptable(offer, section)) {
      return { type: "rejected", kind, protocol, formats, mid };
    }
    const remote = transportSection(offer, section);
    const credentials = chooseCredentials(transport.local, restartsIce(transport, remote), index, source);
    const base = (state.pendingLocal ?? state.currentLocal)?.sections[index];
    const legacy = section.sctp?.legacy ?? false;
    return {
      type: "data",
      protocol,
      formats,
      mid,
      transport: transportText(credentials, base, answerSetup(transport, remote), source.local),
      legacy,
      // Legacy: the format is the port, and it has to be the offer's (RFC 9429 §5.3.1).
      sctpPort: legacy ? (section.sctp?.port ?? source.local.sctpPort) : source.local.sctpPort,
      maxMessageSize: source.local.maxMessageSize,
    };
  });
  const iceOptions = offer.trickle ? ICE_OPTIONS : [];
  return { iceOptions, bundles: answerBundles(offer), sections, nextMid: state.nextMid };
}

/**
 * RFC 8842 §5.3, RFC 9429 §5.3.1: active when we may choose; the role of the association that goes on, when there is one.
 */
function answerSetup(transport: JsepTransport, remote: MediaSection): Setup {
  if (remote.setup === "active") return "passive";
  if (remote.setup === "passive") return "active";
  return transport.dtls?.role === "server" && continuesDtls(transport, remote) ? "passive" : "active";
}

/** The credentials in use, or others when these must be replaced or there are none. */
function chooseCredentials(
  inUse: IceCredentials | undefined,
  replace: boolean,
  index: number,
  source: CredentialSource,
): IceCredentials {
  const last = credentialsOf(source.last?.sections[index]);
  const usable =
    last !== undefined &&
    !source.toReplace.has(last.usernameFragment) &&
    !(replace && inUse !== undefined && sameCredentials(inUse, last));
  if (usable && (source.keepLast || replace || inUse === undefined)) return last;
  return inUse === undefined || replace ? newCredentials(source.local) : inUse;
}

/** Fresh random credentials. */
export function newCredentials(local: LocalCapabilities): IceCredentials {
  return {
    usernameFragment: randomIceChars(local.random, UFRAG_LENGTH),
    password: randomIceChars(local.random, PASSWORD_LENGTH),
  };
}

/** The candidates gathered for these credentials stand in the local description that has them. */
function transportText(
  credentials: IceCredentials,
  base: MediaSection | undefined,
  setup: Setup,
  local: LocalCapabilities,
): TransportText {
  const gathered = base !== undefined && sameCredentials(credentials, credentialsOf(base));
  return {
    credentials,
    fingerprints: local.fingerprints,
    setup,
    candidates: gathered ? base.candidates : [],
    endOfCandidates: gathered && base.endOfCandidates,
  };
}
