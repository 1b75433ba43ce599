/** webrtc-pc §5.1 addTransceiver and §5.2 setParameters: what encodings may say. */
import type { MediaKind } from "../core/jsep/index.ts";
import { matchesCodec } from "./codec-match.ts";
import type { Encoding, RTCRtpCodec, SendParameters } from "./rtp-parameters.ts";
import { scalabilityFault } from "./scalability-mode.ts";

/** webrtc-pc §5.1 "maxN": encodings of one video sender. */
export const MAX_VIDEO_ENCODINGS = 3;
/** webrtc-pc §5.1 "maxN": encodings of one audio sender. */
export const MAX_AUDIO_ENCODINGS = 1;

/** RFC 8852 §3 with RFC 8285 §4.2: what a one-byte header extension can carry. */
const MAX_RID_LENGTH = 16;

/** webrtc-pc §5.1 "addTransceiver sendEncodings validation steps"; returns the list to be used. */
export function validatedSendEncodings(
  kind: MediaKind,
  given: readonly Encoding[],
  codecs: readonly RTCRtpCodec[],
): Encoding[] {
  // Step 1
  requireRids(given);
  // Step 3
  for (const { codec } of given) {
    if (codec && !codecs.some((known) => matchesCodec(codec, known))) {
      throw new DOMException(`'${codec.mimeType}' cannot be sent.`, "OperationError");
    }
  }
  requireOnePtime(given);
  const fault = scalabilityFault(given, codecs) ?? restrictionFault(given);
  if (fault !== undefined) throw new DOMException(fault, "OperationError");
  // Steps 4 to 6
  let encodings = given.map((encoding) => withoutVideoMembers(kind, encoding));
  requireScale(encodings);
  // The text wants more than 0 here, and 0 or more in setParameters; browsers and tests take 0 in both.
  requireFramerate(encodings);
  // Steps 8 to 10
  const scaled = encodings.some((encoding) => encoding.scaleResolutionDownBy !== undefined);
  const limit = kind === "video" ? MAX_VIDEO_ENCODINGS : MAX_AUDIO_ENCODINGS;
  encodings = encodings.slice(0, limit);
  const { length } = encodings;
  if (kind === "video") {
    encodings = encodings.map((encoding, index) => ({
      ...encoding,
      scaleResolutionDownBy: encoding.scaleResolutionDownBy ?? (scaled ? 1 : 2 ** (length - index - 1)),
    }));
  }
  // Step 11
  if (length === 1) delete encodings[0]!.rid;
  return encodings;
}

/** The list that a sender starts with when nobody says otherwise (webrtc-pc §5.2 "create an RTCRtpSender"). */
export function defaultEncodings(kind: MediaKind): Encoding[] {
  const encoding: Encoding = { active: true, adaptivePtime: false, priority: "low" };
  return [kind === "video" ? { ...encoding, scaleResolutionDownBy: 1 } : encoding];
}

/** RFC 8851 §10 as corrected by its errata, and RFC 8852 §3: letters and digits. */
const RID = /^[A-Za-z0-9]+$/;

function requireRids(encodings: readonly Encoding[]): void {
  const rids = encodings.flatMap(({ rid }) => (rid === undefined ? [] : [rid]));
  for (const rid of rids) {
    if (rid.length > MAX_RID_LENGTH || !RID.test(rid)) throw new TypeError(`'${rid}' is not a valid rid.`);
  }
  if (rids.length > 0 && rids.length < encodings.length) throw new TypeError("an encoding has no rid.");
  if (new Set(rids).size < rids.length) throw new TypeError("two encodings have the same rid.");
}

function withoutVideoMembers(kind: MediaKind, encoding: Encoding): Encoding {
  const copy = { ...encoding };
  if (kind === "audio") {
    delete copy.scaleResolutionDownBy;
    delete copy.maxFramerate;
  }
  return copy;
}

/** webrtc-extensions §5.3.1: a packet's duration is chosen, or left open. */
function requireOnePtime(encodings: readonly Encoding[]): void {
  if (encodings.some(({ adaptivePtime, ptime }) => adaptivePtime && ptime !== undefined)) {
    throw invalidModification("adaptivePtime leaves no choice of a ptime.");
  }
}

/** webrtc-extensions §5.3.1: all active encodings or none say how large they may be, and they may be something. */
function restrictionFault(encodings: readonly Encoding[]): string | undefined {
  const restricted = encodings.filter(({ scaleResolutionDownTo }) => scaleResolutionDownTo !== undefined);
  if (restricted.length === 0) return undefined;
  if (encodings.some(({ active, scaleResolutionDownTo }) => active && scaleResolutionDownTo === undefined)) {
    return "scaleResolutionDownTo is missing from an active encoding.";
  }
  for (const { scaleResolutionDownTo } of restricted) {
    if (!scaleResolutionDownTo?.maxWidth || !scaleResolutionDownTo.maxHeight) {
      return "scaleResolutionDownTo has no width or no height.";
    }
  }
  return undefined;
}

function requireScale(encodings: readonly Encoding[]): void {
  if (encodings.some(({ scaleResolutionDownBy }) => (scaleResolutionDownBy ?? 1) < 1)) {
    throw new RangeError("scaleResolutionDownBy is less than 1.");
  }
}

function requireFramerate(encodings: readonly Encoding[]): void {
  if (encodings.some(({ maxFramerate }) => (maxFramerate ?? 0) < 0)) {
    throw new RangeError("maxFramerate is negative.");
  }
}

/** webrtc-pc §5.2 "setParameters validation steps"; returns the encodings to be used. `last`: [[LastReturnedParameters]]. */
export function validatedSetParameters(
  kind: MediaKind,
  parameters: SendParameters,
  last: SendParameters,
  implemented: readonly RTCRtpCodec[],
): Encoding[] {
  // Steps 1 to 5
  requireUnchanged(parameters, last);
  const choosable = parameters.codecs.length > 0 ? parameters.codecs : implemented;
  for (const { codec } of parameters.encodings) {
    if (codec && !choosable.some((known) => matchesCodec(codec, known, true))) {
      throw invalidModification(`'${codec.mimeType}' was not negotiated.`);
    }
  }
  requireOnePtime(parameters.encodings);
  const fault = scalabilityFault(parameters.encodings, choosable) ?? restrictionFault(parameters.encodings);
  if (fault !== undefined) throw invalidModification(fault);
  // Steps 6 to 9
  const encodings = parameters.encodings.map((encoding) => withoutVideoMembers(kind, encoding));
  requireScale(encodings);
  requireFramerate(encodings);
  if (kind === "audio") return encodings;
  return encodings.map((encoding) => ({
    ...encoding,
    scaleResolutionDownBy: encoding.scaleResolutionDownBy ?? 1,
  }));
}

/** Step 5: what is read-only, `transactionId` among it, and the number and order of the encodings. */
function requireUnchanged(parameters: SendParameters, last: SendParameters): void {
  if (parameters.encodings.length !== last.encodings.length) {
    throw invalidModification("the number of encodings cannot be changed.");
  }
  const rids = (list: readonly Encoding[]) => list.map(({ rid }) => rid ?? null);
  const readOnly = ({ transactionId, codecs, headerExtensions, rtcp, encodings }: SendParameters) => [
    ["transactionId", transactionId],
    ["codecs", codecs.map((c) => [c.payloadType, c.mimeType, c.clockRate, c.channels, c.sdpFmtpLine])],
    ["headerExtensions", headerExtensions.map(({ uri, id, encrypted }) => [uri, id, encrypted])],
    ["rtcp", [rtcp.cname, rtcp.reducedSize]],
    ["rid", rids(encodings)],
  ];
  const before = readOnly(last);
  for (const [index, [name, value]] of readOnly(parameters).entries()) {
    if (JSON.stringify(value) !== JSON.stringify(before[index]![1])) {
      throw invalidModification(`${String(name)} cannot be changed.`);
    }
  }
}

function invalidModification(message: string): DOMException {
  return new DOMException(message, "InvalidModificationError");
}
