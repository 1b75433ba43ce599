/** RFC 5888 §4 `mid`: a token that names a media description. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isToken } from "./scan.ts";

const MALFORMED = malformed("sdp: malformed mid");

/** Reads the value of `mid`. */
export function parseMid(value: string): string | Malformed {
  return isToken(value) ? value : MALFORMED;
}
