/** What of a remote offer is accepted, and how (RFC 9429 §5.3.1). */
import type { AppliedDescription, MediaSection } from "./description.ts";
import type { IceCredentials, JsepTransport } from "./state.ts";

/**
 * Whether we accept an offered section: the first one for data channels that wants an association (RFC 8841 §9.1 knows
 * one per transport). Everything else is answered with port 0.
 */
export function isAcceptable(offer: AppliedDescription, section: MediaSection): boolean {
  const first = offer.sections.find(
    ({ rejected, sctp }) => !rejected && sctp !== undefined && sctp.port !== 0,
  );
  return first !== undefined && first.index === section.index;
}

/**
 * The BUNDLE groups of the answer: the offered ones without rejected sections. The first accepted section of a group
 * carries its transport, even when the one that the offer tagged is rejected (RFC 8843 §7.3.1).
 */
export function answerBundles(offer: AppliedDescription): readonly (readonly string[])[] {
  const accepted = new Set<string>();
  for (const section of offer.sections) {
    if (section.mid !== undefined && isAcceptable(offer, section)) accepted.add(section.mid);
  }
  return offer.bundles
    .map((mids) => mids.filter((mid) => accepted.has(mid)))
    .filter((mids) => mids.length > 0);
}

/** Whether `remote`, a section with transport attributes, starts another generation than the one in use (RFC 8839 §4.4.1.1.1). */
export function restartsIce(transport: JsepTransport, remote: MediaSection): boolean {
  const inUse = transport.remote;
  return inUse !== undefined && !sameCredentials(inUse, credentialsOf(remote));
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
