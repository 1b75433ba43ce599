/** Writing descriptions (RFC 9429 §5.2.1, §5.3.1): session part, live data sections, rejected sections. */
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import {
  attributeLine,
  formatFingerprint,
  formatGroup,
  formatIceOptions,
  formatMsidSemantic,
  formatSctpMap,
  type MediaDescription,
  type SdpLine,
  type Setup,
  sdpLine,
  serialiseSdp,
  writeMediaDescription,
} from "../sdp/index.ts";
import { withDefaultCandidate } from "./default-candidate.ts";
import type { CandidateLine } from "./description.ts";
import { type RtpText, rtpLines } from "./rtp-text.ts";
import type { IceCredentials } from "./state.ts";

/** The transport attributes of a section. */
export interface TransportText {
  readonly credentials: IceCredentials;
  readonly setup: Setup;
  /** Undefined in answers to offers without (RFC 8842 §5.3). */
  readonly tlsId: string | undefined;
  /** Gathered so far, for these credentials; none in a section that is bundled into another one. */
  readonly candidates: readonly CandidateLine[];
  readonly endOfCandidates: boolean;
  /** Of no use without its bundle (RFC 9143 §6). */
  readonly bundleOnly: boolean;
}

/** A section to write. */
export type SectionText =
  | {
      readonly type: "rejected";
      readonly kind: string;
      readonly protocol: string;
      readonly formats: readonly string[];
      readonly mid: string | undefined;
    }
  | {
      readonly type: "data";
      readonly protocol: string;
      readonly formats: readonly string[];
      /** Undefined where the peer's offer has none (RFC 9429 §5.3.1). */
      readonly mid: string | undefined;
      readonly transport: TransportText;
      /** With `a=sctpmap` instead of `a=sctp-port`. */
      readonly legacy: boolean;
      readonly sctpPort: number;
      readonly maxMessageSize: number;
    }
  | {
      readonly type: "media";
      readonly kind: string;
      readonly protocol: string;
      readonly mid: string | undefined;
      readonly transport: TransportText;
      readonly rtp: RtpText;
      /** RTCP may have a port of its own: `a=rtcp` (RFC 3605). */
      readonly rtcp: boolean;
    };

/**
 * A section whose bundle is named after another one. RFC 9143 §7.1.3 and §7.2.1 would write none of the attributes. All
 * browsers repeat them, and Firefox 153 needs them: it refuses later offers without credentials, and takes a section that
 * gets some only later for an ICE restart.
 */
export function bundledInto(tagged: TransportText, bundleOnly: boolean): TransportText {
  return { ...tagged, bundleOnly, candidates: [], endOfCandidates: false };
}

/** What the session part needs. */
export interface SessionText {
  readonly sessionId: string;
  readonly sessionVersion: number;
  /** RFC 8839 §5.3 */
  readonly iceLite: boolean;
  /** RFC 8839 §5.6; none in answers to offers without. */
  readonly iceOptions: readonly string[];
  /**
   * Of the certificates. RFC 9429 §5.2.1 has them in the sections that are not bundled into others; here they stand once for
   * all (RFC 8122 §5). Firefox 153 crashes over a bundled section of an answer that has none, and Chromium 156 answers a
   * section without one, bundle-only as it may be, as if there were no DTLS.
   */
  readonly fingerprints: readonly Fingerprint[];
  /** The mids of each BUNDLE group. */
  readonly bundles: readonly (readonly string[])[];
  /** The mids of each LS group. */
  readonly lipSync: readonly (readonly string[])[];
  /** RFC 8285 §6 */
  readonly extmapAllowMixed: boolean;
}

/** Streams that `a=sctpmap` announces. */
const LEGACY_STREAMS = 1024;

export function writeSession(session: SessionText, sections: readonly SectionText[]): string {
  const lines: SdpLine[] = [
    sdpLine("v", "0"),
    sdpLine("o", `- ${session.sessionId} ${session.sessionVersion} IN IP4 0.0.0.0`),
    sdpLine("s", "-"),
    sdpLine("t", "0 0"),
  ];
  for (const fingerprint of session.fingerprints) {
    lines.push(attributeLine("fingerprint", formatFingerprint(fingerprint)));
  }
  for (const mids of session.bundles) {
    lines.push(attributeLine("group", formatGroup({ semantics: "BUNDLE", mids })));
  }
  for (const mids of session.lipSync) {
    lines.push(attributeLine("group", formatGroup({ semantics: "LS", mids })));
  }
  if (session.iceLite) lines.push(attributeLine("ice-lite"));
  if (session.iceOptions.length > 0) {
    lines.push(attributeLine("ice-options", formatIceOptions(session.iceOptions)));
  }
  if (session.extmapAllowMixed) lines.push(attributeLine("extmap-allow-mixed"));
  lines.push(attributeLine("msid-semantic", formatMsidSemantic({ semantic: "WMS", identifiers: [] })));
  const media = sections.map(sectionText);
  // The origin is in the lines; nothing reads it from here.
  return serialiseSdp({ lines, media, origin: NO_ORIGIN });
}

const NO_ORIGIN = {
  username: "-",
  sessionId: "0",
  sessionVersion: "0",
  networkType: "IN",
  addressType: "IP4",
  address: "0.0.0.0",
};

const NO_ADDRESS = sdpLine("c", "IN IP4 0.0.0.0");

function rejectedSection(section: Extract<SectionText, { type: "rejected" }>): MediaDescription {
  const lines = [NO_ADDRESS, attributeLine("inactive")];
  if (section.mid !== undefined) lines.push(attributeLine("mid", section.mid));
  return writeMediaDescription(section.kind, 0, section.protocol, section.formats, lines);
}

function sectionText(section: SectionText): MediaDescription {
  switch (section.type) {
    case "rejected":
      return rejectedSection(section);
    case "data":
      return liveSection("application", section, section.formats, dataLines(section));
    case "media": {
      const { kind, rtp, transport } = section;
      const formats = rtp.codecs.map(({ payloadType }) => String(payloadType));
      const lines = rtpLines(rtp);
      if (section.rtcp && !transport.bundleOnly) lines.unshift(NO_RTCP_ADDRESS);
      return liveSection(kind, section, formats, lines);
    }
  }
}

/** RFC 3605 §2.1 */
const NO_RTCP_ADDRESS = attributeLine("rtcp", "9 IN IP4 0.0.0.0");

/** An `m=` line, what all live sections have, and `own` lines. */
function liveSection(
  kind: string,
  { protocol, mid, transport }: Exclude<SectionText, { type: "rejected" }>,
  formats: readonly string[],
  own: readonly SdpLine[],
): MediaDescription {
  const lines = [NO_ADDRESS];
  if (mid !== undefined) lines.push(attributeLine("mid", mid));
  if (transport.bundleOnly) lines.push(attributeLine("bundle-only"));
  lines.push(...transportLines(transport), ...own);
  // RFC 9143 §7.2.1
  if (transport.bundleOnly) return writeMediaDescription(kind, 0, protocol, formats, lines);
  for (const { text } of transport.candidates) lines.push(sdpLine("a", text));
  if (transport.endOfCandidates) lines.push(attributeLine("end-of-candidates"));
  return withDefaultCandidate(writeMediaDescription(kind, 9, protocol, formats, lines));
}

function transportLines({ credentials, setup, tlsId }: TransportText): SdpLine[] {
  const lines = [
    attributeLine("ice-ufrag", credentials.usernameFragment),
    attributeLine("ice-pwd", credentials.password),
    attributeLine("setup", setup),
  ];
  if (tlsId !== undefined) lines.push(attributeLine("tls-id", tlsId));
  return lines;
}

function dataLines(section: Extract<SectionText, { type: "data" }>): SdpLine[] {
  const lines: SdpLine[] = [];
  if (section.legacy) {
    const map = { port: section.sctpPort, application: "webrtc-datachannel", streams: LEGACY_STREAMS };
    lines.push(attributeLine("sctpmap", formatSctpMap(map)));
  } else lines.push(attributeLine("sctp-port", String(section.sctpPort)));
  lines.push(attributeLine("max-message-size", String(section.maxMessageSize)));
  return lines;
}
