/** RFC 5576 §4.2 `ssrc-group`: `<semantics> *(SP <ssrc-id>)`; for us "FID" (retransmissions, RFC 4588) and "FEC-FR" (RFC 5956). */
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal, isToken, words } from "./scan.ts";

/** RTP sources that belong together. */
export interface SsrcGroup {
  readonly semantics: string;
  /** For "FID": the source, then its retransmissions. */
  readonly ssrcs: readonly number[];
}

const MALFORMED = malformed("sdp: malformed ssrc-group");

/** Reads the value of `ssrc-group`. */
export function parseSsrcGroup(value: string): SsrcGroup | Malformed {
  const [semantics, ...ids] = words(value);
  if (semantics === undefined || !isToken(semantics)) return MALFORMED;
  const ssrcs = ids.map((id) => decimal(id, 0xffff_ffff));
  return ssrcs.includes(-1) ? MALFORMED : { semantics, ssrcs };
}

/** Writes the value of `ssrc-group`. */
export function formatSsrcGroup(group: SsrcGroup): string {
  return [group.semantics, ...group.ssrcs].join(" ");
}
