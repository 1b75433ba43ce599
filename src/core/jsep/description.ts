/** A description as offer/answer reads it: per m= section what matters to us, session-level values inherited. */
import { Malformed } from "../base/malformed.ts";
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import {
  attributeOf,
  attributeValue,
  type CandidateAttribute,
  DEFAULT_MAX_MESSAGE_SIZE,
  type Direction,
  findAttribute,
  findAttributes,
  hasAttribute,
  isSctpProtocol,
  type MediaDescription,
  parseCandidate,
  parseFingerprint,
  parseGroup,
  parseIceOptions,
  parseMaxMessageSize,
  parseSctpMap,
  parseSctpPort,
  parseSetup,
  readDirection,
  type SdpSection,
  type SessionDescription,
  type Setup,
  serialiseSdp,
} from "../sdp/index.ts";
import { type RtpDescription, readRtp } from "./rtp-description.ts";
import type { DescriptionText } from "./types.ts";

/** One `a=candidate`; `candidate` is undefined where we cannot read it. */
export interface CandidateLine {
  /** `candidate:…` */
  readonly text: string;
  readonly candidate: CandidateAttribute | undefined;
}

/** What a data section says about SCTP (RFC 8841, or the drafts before it). */
export interface SctpParameters {
  /** Undefined: missing although it must be there. 0: no association. */
  readonly port: number | undefined;
  /** Bytes; 0 means any size. */
  readonly maxMessageSize: number;
  /** `m=application 9 DTLS/SCTP 5000` with `a=sctpmap` */
  readonly legacy: boolean;
}

/** One m= section. */
export interface MediaSection {
  readonly index: number;
  /** Of the m= line, for messages. */
  readonly lineNumber: number;
  readonly kind: string;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly mid: string | undefined;
  /** Port 0 without `a=bundle-only` (RFC 3264 §6, RFC 9143 §6). */
  readonly rejected: boolean;
  readonly bundleOnly: boolean;
  readonly direction: Direction;
  /** As written; their form is verified separately. */
  readonly usernameFragment: string | undefined;
  readonly password: string | undefined;
  readonly lite: boolean;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: Setup | undefined;
  /** RFC 8842 §4; most stacks have none. */
  readonly tlsId: string | undefined;
  readonly rtcpMux: boolean;
  readonly candidates: readonly CandidateLine[];
  readonly endOfCandidates: boolean;
  /** Set for `m=application` over SCTP with data channels. */
  readonly sctp: SctpParameters | undefined;
  /** Set for audio and video over RTP. */
  readonly rtp: RtpDescription | undefined;
}

/** A description that was set. The text shows trickled candidates. */
export interface AppliedDescription extends DescriptionText {
  readonly description: SessionDescription;
  readonly sections: readonly MediaSection[];
  /** The mids of each BUNDLE group, the tagged one first. */
  readonly bundles: readonly (readonly string[])[];
  /** The mids of each LS group (RFC 5888 §7). */
  readonly lipSync: readonly (readonly string[])[];
  /** `a=ice-options:trickle`, anywhere. */
  readonly trickle: boolean;
  /** `a=ice-options:renomination`, anywhere: its agent may nominate several times, and counts. */
  readonly renomination: boolean;
  /** `a=extmap-allow-mixed` for the whole session (RFC 8285 §6). */
  readonly extmapAllowMixed: boolean;
}

/** LS groups that are looked at. */
const MAX_LIP_SYNC_GROUPS = 256;

/** Reads a description whose attributes have been checked. `sdp` is kept as it is. */
export function readDescription(
  type: AppliedDescription["type"],
  sdp: string,
  description: SessionDescription,
): AppliedDescription {
  const bundles: (readonly string[])[] = [];
  const lipSync: (readonly string[])[] = [];
  for (const line of findAttributes(description, "group")) {
    const group = parseGroup(attributeOf(line, "group")!);
    if (group instanceof Malformed) continue;
    if (group.semantics === "BUNDLE") bundles.push(group.mids);
    else if (group.semantics === "LS" && lipSync.length < MAX_LIP_SYNC_GROUPS) lipSync.push(group.mids);
  }
  const bundled = new Set(bundles.flat());
  const sections = description.media.map((media, index) => {
    const section = readSection(media, index, description);
    // RFC 9143 §6: in answers, and outside of a bundle, it means nothing.
    const bundleOnly = type === "offer" && section.bundleOnly && bundled.has(section.mid ?? "");
    // RFC 4145 §4.1: what an offer means that says nothing.
    const setup = section.setup ?? (type === "offer" ? "active" : undefined);
    return { ...section, setup, bundleOnly, rejected: media.port === 0 && !bundleOnly };
  });
  const levels = [description, ...description.media];
  const trickle = levels.some((section) => hasIceOption(section, "trickle"));
  const renomination = levels.some((section) => hasIceOption(section, "renomination"));
  const extmapAllowMixed = hasAttribute(description, "extmap-allow-mixed");
  return { type, sdp, description, sections, bundles, lipSync, trickle, renomination, extmapAllowMixed };
}

/** The same description with other media descriptions: the text follows them. */
export function withMedia(
  applied: AppliedDescription,
  media: readonly MediaDescription[],
): AppliedDescription {
  const description = { ...applied.description, media };
  return readDescription(applied.type, serialiseSdp(description), description);
}

function readSection(
  media: MediaDescription,
  index: number,
  session: SessionDescription,
): Omit<MediaSection, "rejected"> {
  const inherited = (name: string) => attributeValue(media, name) ?? attributeValue(session, name);
  const setup = inherited("setup");
  return {
    index,
    lineNumber: media.head.number,
    kind: media.kind,
    protocol: media.protocol,
    formats: media.formats,
    mid: attributeValue(media, "mid"),
    bundleOnly: hasAttribute(media, "bundle-only"),
    direction: readDirection(media, session),
    usernameFragment: inherited("ice-ufrag"),
    password: inherited("ice-pwd"),
    lite: hasAttribute(session, "ice-lite"),
    fingerprints: readFingerprints(findAttribute(media, "fingerprint") ? media : session),
    setup: setup === undefined ? undefined : accepted(parseSetup(setup)),
    tlsId: inherited("tls-id"),
    rtcpMux: hasAttribute(media, "rtcp-mux") || hasAttribute(session, "rtcp-mux"),
    candidates: readCandidates(media),
    endOfCandidates: hasAttribute(media, "end-of-candidates") || hasAttribute(session, "end-of-candidates"),
    sctp: readSctp(media),
    rtp: readRtp(media, session),
  };
}

function accepted<T>(result: T | Malformed): T | undefined {
  return result instanceof Malformed ? undefined : result;
}

function hasIceOption(section: SdpSection, option: string): boolean {
  const value = attributeValue(section, "ice-options");
  return value !== undefined && (accepted(parseIceOptions(value))?.includes(option) ?? false);
}

function readFingerprints(section: SdpSection): Fingerprint[] {
  const fingerprints: Fingerprint[] = [];
  for (const line of findAttributes(section, "fingerprint")) {
    const fingerprint = parseFingerprint(attributeOf(line, "fingerprint")!);
    if (!(fingerprint instanceof Malformed)) fingerprints.push(fingerprint);
  }
  return fingerprints;
}

function readCandidates(media: MediaDescription): CandidateLine[] {
  return findAttributes(media, "candidate").map((line) => ({
    text: line.value,
    candidate: accepted(parseCandidate(line.value)),
  }));
}

function readSctp(media: MediaDescription): SctpParameters | undefined {
  if (media.kind !== "application" || !isSctpProtocol(media.protocol)) return undefined;
  const format = media.formats[0] ?? "";
  const size = attributeValue(media, "max-message-size");
  const maxMessageSize = size === undefined ? undefined : accepted(parseMaxMessageSize(size));
  const legacyPort = accepted(parseSctpPort(format));
  if (legacyPort === undefined && format !== "webrtc-datachannel") return undefined;
  if (legacyPort !== undefined && !mapsToDataChannels(media, legacyPort)) return undefined;
  const port = attributeValue(media, "sctp-port");
  return {
    port: legacyPort ?? (port === undefined ? undefined : accepted(parseSctpPort(port))),
    maxMessageSize: maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
    legacy: legacyPort !== undefined,
  };
}

/** draft-ietf-mmusic-sctp-sdp-05: the map of the port names the application; stacks left the map out, too. */
function mapsToDataChannels(media: MediaDescription, port: number): boolean {
  for (const line of findAttributes(media, "sctpmap")) {
    const map = accepted(parseSctpMap(attributeOf(line, "sctpmap")!));
    if (map?.port === port) return map.application === "webrtc-datachannel";
  }
  return true;
}

/** The BUNDLE group of a section, if any. */
export function bundleOf(applied: AppliedDescription, section: MediaSection): readonly string[] | undefined {
  return section.mid === undefined ? undefined : applied.bundles.find((mids) => mids.includes(section.mid!));
}

/**
 * The section whose transport attributes hold for `section`: itself, or, when it has none of its own because it is
 * bundled, the tagged one of its group (RFC 9143 §7.1.3). What a bundle-only section repeats means nothing.
 */
export function transportSection(applied: AppliedDescription, section: MediaSection): MediaSection {
  if (section.usernameFragment !== undefined && !section.bundleOnly) return section;
  const tag = bundleOf(applied, section)?.[0];
  return applied.sections.find((other) => other.mid === tag && tag !== undefined) ?? section;
}
