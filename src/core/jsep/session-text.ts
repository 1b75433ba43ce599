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
import type { IceCredentials } from "./state.ts";

/** The transport attributes of a section that is not bundled into another one. */
export interface TransportText {
  readonly credentials: IceCredentials;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: Setup;
  /** Gathered so far, for these credentials. */
  readonly candidates: readonly CandidateLine[];
  readonly endOfCandidates: boolean;
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
    };

/** What the session part needs. */
export interface SessionText {
  readonly sessionId: string;
  readonly sessionVersion: number;
  /** RFC 8839 §5.6; none in answers to offers without. */
  readonly iceOptions: readonly string[];
  /** The mids of each BUNDLE group. */
  readonly bundles: readonly (readonly string[])[];
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
  for (const mids of session.bundles) {
    lines.push(attributeLine("group", formatGroup({ semantics: "BUNDLE", mids })));
  }
  if (session.iceOptions.length > 0) {
    lines.push(attributeLine("ice-options", formatIceOptions(session.iceOptions)));
  }
  lines.push(attributeLine("msid-semantic", formatMsidSemantic({ semantic: "WMS", identifiers: [] })));
  const media = sections.map((section) =>
    section.type === "data" ? dataSection(section) : rejectedSection(section),
  );
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

function dataSection(section: Extract<SectionText, { type: "data" }>): MediaDescription {
  const { transport, mid } = section;
  const lines = [NO_ADDRESS];
  if (mid !== undefined) lines.push(attributeLine("mid", mid));
  lines.push(
    attributeLine("ice-ufrag", transport.credentials.usernameFragment),
    attributeLine("ice-pwd", transport.credentials.password),
  );
  for (const fingerprint of transport.fingerprints) {
    lines.push(attributeLine("fingerprint", formatFingerprint(fingerprint)));
  }
  lines.push(attributeLine("setup", transport.setup));
  if (section.legacy) {
    const map = { port: section.sctpPort, application: "webrtc-datachannel", streams: LEGACY_STREAMS };
    lines.push(attributeLine("sctpmap", formatSctpMap(map)));
  } else lines.push(attributeLine("sctp-port", String(section.sctpPort)));
  lines.push(attributeLine("max-message-size", String(section.maxMessageSize)));
  for (const { text } of transport.candidates) lines.push(sdpLine("a", text));
  if (transport.endOfCandidates) lines.push(attributeLine("end-of-candidates"));
  return withDefaultCandidate(
    writeMediaDescription("application", 9, section.protocol, section.formats, lines),
  );
}
