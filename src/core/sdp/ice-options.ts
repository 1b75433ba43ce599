/** RFC 8839 §5.6 `ice-options`: words of `ice-char`, e.g. "trickle" (RFC 8840), "ice2" (RFC 8445 §10), "renomination". */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isToken, words } from "./scan.ts";

const MALFORMED = malformed("sdp: malformed ice-options");

/** The options in order. Hyphens, and commas instead of spaces, are tolerated: both are sent by real stacks. */
export function parseIceOptions(value: string): readonly string[] | Malformed {
  const options = words(value.replaceAll(",", " "));
  return options.length > 0 && options.every(isToken) ? options : MALFORMED;
}

/** Writes the value of `ice-options`. */
export function formatIceOptions(options: readonly string[]): string {
  return options.join(" ");
}
