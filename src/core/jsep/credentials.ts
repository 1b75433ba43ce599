/** Which ICE credentials a description to be created has, and what stands beside them. */
import { randomIceChars } from "../base/random.ts";
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import type { Setup } from "../sdp/index.ts";
import type { AppliedDescription } from "./description.ts";
import { credentialsOf, sameCredentials } from "./offered.ts";
import type { SectionText, TransportText } from "./session-text.ts";
import type { Agreement, IceCredentials } from "./state.ts";
import type { LocalCapabilities, TransceiverId } from "./types.ts";

/** RFC 9429 §5.2.1: trickle ICE (RFC 8840), by the rules of RFC 8445. */
export const ICE_OPTIONS: readonly string[] = ["trickle", "ice2"];

/** Characters of new credentials, six random bits each (RFC 8839 §5.4 wants 24 and 128 bits). */
export const UFRAG_LENGTH = 8;
export const PASSWORD_LENGTH = 24;

/** A description before it is written: everything but the version. */
export interface Composition {
  readonly iceLite: boolean;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly bundles: readonly (readonly string[])[];
  readonly lipSync: readonly (readonly string[])[];
  readonly extmapAllowMixed: boolean;
  readonly sections: readonly SectionText[];
  /** Of an offer: which transceiver each section is for. */
  readonly transceivers: readonly (TransceiverId | undefined)[];
  readonly nextMid: number;
}

/** Where credentials of a description to be created come from. */
export interface CredentialSource {
  readonly local: LocalCapabilities;
  /** The last description of that type, whose new credentials are used again: asking twice changes nothing. */
  readonly last: AppliedDescription | undefined;
  /** Prefer `last` even over what is in use: it may have been created as an ICE restart. */
  readonly keepLast: boolean;
  readonly toReplace: ReadonlySet<string>;
  /** For transports without credentials, and for those that restart: one pair for the whole description. */
  readonly fresh: (replace: boolean) => IceCredentials;
}

/**
 * What all transports of a connection share until one of them restarts. RFC 8839 leaves it open; browsers have one pair, and
 * Firefox takes a section whose pair changes because it joins a bundle for a partial ICE restart, which it refuses.
 */
export function sharedCredentials(
  agreement: Agreement,
  toReplace: ReadonlySet<string>,
  local: LocalCapabilities,
): CredentialSource["fresh"] {
  const inUse = [...agreement.transports.values()].find(
    (transport) => !toReplace.has(transport.local.usernameFragment),
  )?.local;
  let made: IceCredentials | undefined;
  return (replace) => {
    if (inUse !== undefined && !replace) return inUse;
    made ??= newCredentials(local);
    return made;
  };
}

/** The credentials in use, or others when these must be replaced or there are none. */
export function chooseCredentials(
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
  return inUse === undefined || replace ? source.fresh(replace) : inUse;
}

/** Characters of a new tls-id, six random bits each (RFC 8842 §4 wants 120 bits). */
export const TLS_ID_LENGTH = 24;

/** The tls-id of an association that goes on; else the one of the last description, so that asking twice changes nothing. */
export function chooseTlsId(
  inUse: string | undefined,
  index: number,
  { local, last }: CredentialSource,
  anew = false,
): string {
  if (inUse !== undefined && !anew) return inUse;
  const before = last?.sections[index]?.tlsId;
  return before !== undefined && before !== inUse ? before : newTlsId(local);
}

/** A fresh random tls-id. */
export function newTlsId(local: LocalCapabilities): string {
  return randomIceChars(local.random, TLS_ID_LENGTH);
}

function newCredentials(local: LocalCapabilities): IceCredentials {
  return {
    usernameFragment: randomIceChars(local.random, UFRAG_LENGTH),
    password: randomIceChars(local.random, PASSWORD_LENGTH),
  };
}

/**
 * The candidates gathered for these credentials stand in the sections of the local description that have the transport.
 * `rtcp`: whether there is a second component, whose candidates are still of use.
 */
export function transportText(
  { credentials, tlsId, rtcp }: Pick<TransportText, "credentials" | "tlsId"> & { readonly rtcp: boolean },
  base: AppliedDescription | undefined,
  isCarried: (index: number) => boolean,
  setup: Setup,
): TransportText {
  const gathered = base?.sections.find(
    (section) =>
      isCarried(section.index) &&
      sameCredentials(credentials, credentialsOf(section)) &&
      (section.candidates.length > 0 || section.endOfCandidates),
  );
  return {
    credentials,
    setup,
    tlsId,
    candidates: (gathered?.candidates ?? []).filter(({ candidate }) => rtcp || candidate?.component === 1),
    endOfCandidates: gathered?.endOfCandidates ?? false,
    bundleOnly: false,
  };
}
