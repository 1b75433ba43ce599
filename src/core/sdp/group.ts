/** RFC 5888 §5 `group`: `<semantics> *(SP <identification-tag>)`, for us "BUNDLE" (RFC 9143) and "LS". */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isToken, words } from "./scan.ts";

export interface Group {
  readonly semantics: string;
  /** In order: for BUNDLE, the first one is the tagged description. May be empty. */
  readonly mids: readonly string[];
}

const MALFORMED = malformed("sdp: malformed group");

export function parseGroup(value: string): Group | Malformed {
  const [semantics, ...mids] = words(value);
  if (semantics === undefined || !isToken(semantics) || !mids.every(isToken)) return MALFORMED;
  return { semantics, mids };
}

export function formatGroup(group: Group): string {
  return [group.semantics, ...group.mids].join(" ");
}
