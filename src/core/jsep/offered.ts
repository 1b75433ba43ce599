/** What of a remote offer is accepted, and how (RFC 9429 §5.3.1). */
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import { type AppliedDescription, bundleOf, type MediaSection } from "./description.ts";
import type { IceCredentials, JsepTransport } from "./state.ts";
import type { BundlePolicy, LocalCapabilities } from "./types.ts";

/**
 * Whether an offered section is of a sort that we can accept, whatever the transceiver says: audio and video where the
 * caller does media, the first section for data channels that wants an association (RFC 8841 §9.1 knows one per
 * transport); and within the bundle policy. Everything else is answered with port 0.
 */
export function isEligible(
  offer: AppliedDescription,
  section: MediaSection,
  local: LocalCapabilities,
): boolean {
  if (section.rejected || !policyAllows(offer, section, local.bundlePolicy)) return false;
  if (section.rtp !== undefined) return local.transceivers !== undefined;
  if (section.sctp === undefined || section.sctp.port === 0) return false;
  const first = offer.sections.find(
    (other) =>
      !other.rejected &&
      other.sctp !== undefined &&
      other.sctp.port !== 0 &&
      policyAllows(offer, other, local.bundlePolicy),
  );
  return first?.index === section.index;
}

/**
 * RFC 9429 §5.3.1: what the bundle policy rejects. Sections that are rejected or unknown to us are not counted. "balanced"
 * would reject the second section of a kind outside of the bundle of the first one; browsers accept it, and so do we: the
 * offerer can do no better.
 */
function policyAllows(offer: AppliedDescription, section: MediaSection, policy: BundlePolicy): boolean {
  if (policy !== "max-bundle") return true;
  const first = offer.sections.find(
    ({ rejected, rtp, sctp }) => !rejected && (rtp !== undefined || sctp !== undefined),
  );
  if (first === undefined || first.index === section.index) return true;
  const bundle = bundleOf(offer, section);
  return bundle !== undefined && bundle === bundleOf(offer, first);
}

/**
 * The BUNDLE groups of the answer: the offered ones without rejected sections. The first accepted section of a group
 * carries its transport, even when the one that the offer tagged is rejected (RFC 8843 §7.3.1).
 */
export function answerBundles(
  offer: AppliedDescription,
  accepted: ReadonlySet<string>,
): readonly (readonly string[])[] {
  return offer.bundles
    .map((mids) => mids.filter((mid) => accepted.has(mid)))
    .filter((mids) => mids.length > 0);
}

/** Whether `remote`, a section with transport attributes, starts another generation than the one in use (RFC 8839 §4.4.1.1.1). */
export function restartsIce(transport: JsepTransport, remote: MediaSection): boolean {
  const inUse = transport.remote;
  return inUse !== undefined && !sameCredentials(inUse, credentialsOf(remote));
}

/** Whether the DTLS association of a transport goes on under `remote`: another certificate or tls-id ends it (RFC 8842 §4). */
export function continuesDtls({ dtls }: JsepTransport, remote: MediaSection): boolean {
  if (dtls === undefined || !sameFingerprints(dtls.fingerprints, remote.fingerprints)) return false;
  return dtls.tlsId === undefined || remote.tlsId === undefined || dtls.tlsId === remote.tlsId;
}

/**
 * What is wrong with the peer's DTLS parameters on a transport in use (RFC 9429 §5.8.3, §5.11): an association that goes on
 * keeps its roles, and a new one needs a new ICE generation. `role`: what would be ours; undefined when we may choose.
 */
export function dtlsProblem(
  transport: JsepTransport,
  remote: MediaSection,
  role: "client" | "server" | undefined,
): string | undefined {
  if (transport.dtls === undefined) return undefined;
  // RFC 8842 §4: another certificate and another role both mean another association, which comes with an ICE restart.
  if (restartsIce(transport, remote)) return undefined;
  if (!continuesDtls(transport, remote)) return "another fingerprint or tls-id without new ICE credentials";
  return role === undefined || role === transport.dtls.role
    ? undefined
    : "setup contradicts the DTLS role in use";
}

/** Equal in order, too: nobody reorders them without a reason. */
export function sameFingerprints(a: readonly Fingerprint[], b: readonly Fingerprint[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ algorithm, value }, i) => {
      const other = b[i]!;
      const same = algorithm === other.algorithm && value.length === other.value.length;
      return same && value.every((byte, k) => byte === other.value[k]);
    })
  );
}

export function sameCredentials(a: IceCredentials, b: IceCredentials | undefined): boolean {
  return a.usernameFragment === b?.usernameFragment && a.password === b.password;
}

/** The credentials of a section that has them. */
export function credentialsOf(section: MediaSection | undefined): IceCredentials | undefined {
  const { usernameFragment, password } = section ?? {};
  return usernameFragment === undefined || password === undefined
    ? undefined
    : { usernameFragment, password };
}
