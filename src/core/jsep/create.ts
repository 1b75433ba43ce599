/** createOffer (RFC 9429 §5.2) and createAnswer (RFC 9429 §5.3). Neither changes what is negotiated. */
import { assert } from "../base/assert.ts";
import { parseSdp, SdpError } from "../sdp/index.ts";
import { composeAnswer } from "./compose-answer.ts";
import { composeOffer } from "./compose-offer.ts";
import { type Composition, sharedCredentials } from "./credentials.ts";
import { type AppliedDescription, readDescription } from "./description.ts";
import { writeSession } from "./session-text.ts";
import { type JsepState, latestAgreement } from "./state.ts";
import { type Created, JsepError, type LocalCapabilities, type OfferOptions } from "./types.ts";

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
  const source = { local, last, keepLast: false, ...credentialsOf(state, local) };
  const composition = composeOffer(state, source, options.iceRestart);
  const { sdp, sessionVersion } = write(state, composition);
  const { nextMid, transceivers: offeredTransceivers } = composition;
  const created = { nextMid, sessionVersion, offeredTransceivers };
  return { state: { ...state, ...created, lastCreated: sdp, lastCreatedOffer: sdp }, sdp };
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
  const source = { local, last, keepLast: false, ...credentialsOf(state, local) };
  const { sdp, sessionVersion } = write(state, composeAnswer(state, offer, source));
  const created = { lastCreated: sdp, lastCreatedAnswer: sdp, answeredOffer: state.remoteOffer };
  return { state: { ...state, sessionVersion, ...created }, sdp };
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
  const source = { local, last, keepLast: true, ...credentialsOf(state, local) };
  const now =
    type === "offer"
      ? composeOffer(state, source, false)
      : composeAnswer(state, state.pendingRemote!, source);
  if (type === "offer" && !sameTransceivers(now.transceivers, state.offeredTransceivers)) return false;
  const sessionVersion = Number(last.description.origin.sessionVersion);
  return writeSession({ ...now, sessionId: state.sessionId, sessionVersion }, now.sections) === text;
}

function credentialsOf(state: JsepState, local: LocalCapabilities) {
  const toReplace = state.credentialsToReplace;
  return { toReplace, fresh: sharedCredentials(latestAgreement(state), toReplace, local) };
}

function sameTransceivers(a: Composition["transceivers"], b: Composition["transceivers"]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
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
