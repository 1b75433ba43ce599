/** RFC 9429 §5.8.3: whether a remote description makes sense, alone and against what it answers or changes. */
import { Malformed } from "../base/malformed.ts";
import { isRtpProtocol, parseIcePwd, parseIceUfrag } from "../sdp/index.ts";
import { type AppliedDescription, bundleOf, type MediaSection, transportSection } from "./description.ts";
import type { Agreement } from "./state.ts";
import { JsepError, type LocalCapabilities } from "./types.ts";
import { mediaAnswerProblem, mediaReofferProblem, repeatedTrack } from "./verify-media.ts";

/** The hashes of RFC 8122 §5 that are trusted to prove a certificate. */
const TRUSTED_HASHES: ReadonlySet<string> = new Set(["sha-1", "sha-224", "sha-256", "sha-384", "sha-512"]);

/** The checks on the description itself. */
export function verifyRemote(applied: AppliedDescription, local: LocalCapabilities): JsepError | undefined {
  const mids = new Set<string>();
  for (const section of applied.sections) {
    if (section.mid === undefined) continue;
    if (mids.has(section.mid)) return invalid(section, "two sections have the same mid");
    mids.add(section.mid);
  }
  const problem = verifyBundles(applied, mids);
  if (problem !== undefined) return new JsepError("InvalidAccessError", problem);
  for (const section of applied.sections) {
    if (section.rejected) continue;
    const reason = sectionProblem(applied, section, local);
    if (reason !== undefined) return invalid(section, reason);
  }
  const repeated = repeatedTrack(applied);
  if (repeated === undefined) return undefined;
  // Web Platform Tests and Chromium have this exception for it.
  return new JsepError(
    "OperationError",
    `m= section ${repeated.index}: its track is in another section, too`,
  );
}

function invalid(section: MediaSection, reason: string): JsepError {
  return new JsepError("InvalidAccessError", `m= section ${section.index}: ${reason}`);
}

/** RFC 9143 §7.1: groups name sections, and each section at most once. */
function verifyBundles(applied: AppliedDescription, mids: ReadonlySet<string>): string | undefined {
  const bundled = new Set<string>();
  for (const mid of applied.bundles.flat()) {
    if (!mids.has(mid)) return "a BUNDLE group names a section that does not exist";
    if (bundled.has(mid)) return "a section is in two BUNDLE groups";
    bundled.add(mid);
  }
  return undefined;
}

function sectionProblem(
  applied: AppliedDescription,
  section: MediaSection,
  { rtcpMuxPolicy = "require", headerEncryptionPolicy = "negotiate" }: LocalCapabilities,
): string | undefined {
  const transport = transportSection(applied, section);
  const { usernameFragment, password, fingerprints, setup } = transport;
  if (usernameFragment === undefined || password === undefined) return "ICE credentials are missing";
  if (parseIceUfrag(usernameFragment) instanceof Malformed) return "malformed ice-ufrag";
  if (parseIcePwd(password) instanceof Malformed) return "malformed ice-pwd";
  if (!fingerprints.some(({ algorithm }) => TRUSTED_HASHES.has(algorithm))) {
    return "there is no fingerprint with a trusted hash";
  }
  if (setup === undefined || setup === "holdconn") return "setup is missing or holdconn";
  if (applied.type !== "offer" && setup === "actpass") return "an answer has to choose a setup";
  if (
    rtcpMuxPolicy === "require" &&
    isRtpProtocol(section.protocol) &&
    !(section.rtcpMux || transport.rtcpMux)
  ) {
    return "rtcp-mux is required";
  }
  if (section.rtp?.rtcpMuxOnly && !section.rtcpMux) return "rtcp-mux-only without rtcp-mux";
  if (section.rtp !== undefined && hasRtcpPayloadType(section)) {
    return "a payload type that rtcp-mux takes for RTCP";
  }
  if (headerEncryptionPolicy === "require" && section.rtp?.headerEncryption === false) {
    return "cryptex is required";
  }
  if (section.sctp !== undefined && section.sctp.port === undefined) return "sctp-port is missing";
  return undefined;
}

/** RFC 5761 §4: with RTCP on the same port, 64 to 95 cannot be told from RTCP packets. */
function hasRtcpPayloadType({ rtcpMux, formats }: MediaSection): boolean {
  return rtcpMux && formats.some((format) => Number(format) >= 64 && Number(format) <= 95);
}

/** RFC 3264 §6, RFC 9429 §5.8.3: an answer has the offer's sections, in its order. */
export function verifyAnswersOffer(
  answer: AppliedDescription,
  offer: AppliedDescription,
): JsepError | undefined {
  if (answer.sections.length !== offer.sections.length) {
    return new JsepError("InvalidAccessError", "the answer has not as many m= sections as the offer");
  }
  for (const [index, section] of answer.sections.entries()) {
    const offered = offer.sections[index]!;
    if (section.kind !== offered.kind) return invalid(section, "another kind than in the offer");
    if (section.protocol !== offered.protocol) return invalid(section, "another protocol than in the offer");
    if (section.mid !== undefined && offered.mid !== undefined && section.mid !== offered.mid) {
      return invalid(section, "another mid than in the offer");
    }
    if (offered.bundleOnly && !section.rejected && bundleOf(answer, section) === undefined) {
      // RFC 9143 §7.4
      return invalid(section, "bundle-only in the offer, accepted outside of the bundle");
    }
    if (offered.rejected && !section.rejected) return invalid(section, "accepted, but it was not offered");
    if (!section.rejected && (section.sctp === undefined) !== (offered.sctp === undefined)) {
      return invalid(section, "other formats than in the offer");
    }
    const problem = section.rejected ? undefined : mediaAnswerProblem(section, offered);
    if (problem !== undefined) return invalid(section, problem);
  }
  return verifyAnswerBundles(answer, offer);
}

/** RFC 9143 §7.3: an answer's group is part of an offered one. */
function verifyAnswerBundles(answer: AppliedDescription, offer: AppliedDescription): JsepError | undefined {
  for (const mids of answer.bundles) {
    const offered = offer.bundles.find((group) => group.includes(mids[0] ?? ""));
    if (mids.length > 0 && (offered === undefined || !mids.every((mid) => offered.includes(mid)))) {
      return new JsepError("InvalidAccessError", "a BUNDLE group of the answer was not offered");
    }
  }
  return undefined;
}

/**
 * RFC 3264 §8: later offers keep the sections that are in use where they are. `before`, `ours`: the peer's description in
 * force, and ours.
 */
export function verifyKeepsSections(
  offer: AppliedDescription,
  agreed: Agreement,
  before: AppliedDescription | undefined,
  ours: AppliedDescription | undefined,
): JsepError | undefined {
  if (offer.sections.length < agreed.slots.length) {
    return new JsepError("InvalidAccessError", "the offer has fewer m= sections than the session");
  }
  for (const [index, slot] of agreed.slots.entries()) {
    const section = offer.sections[index]!;
    if (slot.transport === undefined) continue;
    if (section.kind !== slot.kind) return invalid(section, "another kind than in the session");
    if (section.mid !== undefined && section.mid !== slot.mid) {
      return invalid(section, "another mid than in the session");
    }
    const problem = section.rejected
      ? undefined
      : mediaReofferProblem(section, before?.sections[index], ours?.sections[index]);
    if (problem !== undefined) return invalid(section, problem);
  }
  return undefined;
}
