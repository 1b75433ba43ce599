/** RFC 8842 §4 `tls-id`: 20 to 255 letters, digits and `+ / - _`, which name one end's DTLS association. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isIceChars } from "./scan.ts";

const MALFORMED = malformed("sdp: malformed tls-id");

/** Reads the value of `tls-id`. */
export function parseTlsId(value: string): string | Malformed {
  // `tls-id-char` is `ice-char` and two more.
  const chars = value.replaceAll("-", "+").replaceAll("_", "+");
  return isIceChars(chars, 20, 255) ? value : MALFORMED;
}
