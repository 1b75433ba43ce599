/** RFC 5888 §5 `group`: `<semantics> *(SP <identification-tag>)`, for us "BUNDLE" (RFC 9143) and "LS". */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isToken, words } from "./scan.ts";

/** Media descriptions that belong together. */
export interface Group {
  readonly semantics: string;
  /** In order: for BUNDLE, the first one is the tagged description. May be empty. */
  readonly mids: readonly string[];
}

const MALFORMED = malformed("sdp: malformed group");

/** Reads the value of `group`. */
export function parseGroup(value: string): Group | Malformed {
  const [semantics, ...mids] = words(value);
  if (semantics === undefined || !isToken(semantics) || !mids.every(isToken)) return MALFORMED;
  return { semantics, mids };
}

/** Writes the value of `group`. */
export function formatGroup(group: Group): string {
  return [group.semantics, ...group.mids].join(" ");
}
