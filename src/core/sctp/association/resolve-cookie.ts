/** The tags of an association that exists, in whatever state. `peerTag` 0: not known yet (COOKIE-WAIT). */
export interface AssociationTags {
  readonly localTag: number;
  readonly peerTag: number;
}

/** The tags in an authentic cookie. */
export interface CookieTags extends AssociationTags {
  readonly localTieTag: number;
  readonly peerTieTag: number;
}

/**
 * What a COOKIE ECHO with an authentic cookie means (RFC 9260 §5.1.5, §5.2.4 table 12):
 * - "new": there is no association; make one.
 * - "restart" (A): the peer has lost its state and begins anew.
 * - "collision" (B): both ends sent INIT at the same time.
 * - "discard" (C, and whatever the table does not name): a late cookie.
 * - "existing" (D): a COOKIE ECHO sent again, or the normal one at the end that also sent INIT.
 * - "bad-tag": the packet's verification tag is not the cookie's (§8.5.1 rule E).
 */
export type CookieResolution = "new" | "restart" | "collision" | "discard" | "existing" | "bad-tag";

/** Pure. `headerTag`: the packet's verification tag; `existing`: the association there is, if any. */
export function resolveCookie(
  headerTag: number,
  existing: AssociationTags | undefined,
  cookie: CookieTags,
): CookieResolution {
  if (headerTag !== cookie.localTag) return "bad-tag";
  if (existing === undefined) return "new";
  const localMatches = cookie.localTag === existing.localTag;
  const peerMatches = cookie.peerTag === existing.peerTag;
  if (localMatches) return peerMatches ? "existing" : "collision";
  if (peerMatches) return "discard";
  const tiesMatch = cookie.localTieTag === existing.localTag && cookie.peerTieTag === existing.peerTag;
  return tiesMatch && existing.peerTag !== 0 ? "restart" : "discard";
}
