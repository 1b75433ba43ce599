/** RFC 8839 §5.4 `ice-ufrag` (4 to 256 `ice-char`) and `ice-pwd` (22 to 256 `ice-char`). */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isIceChars } from "./scan.ts";

const UFRAG = malformed("sdp: malformed ice-ufrag");
const PWD = malformed("sdp: malformed ice-pwd");

/** Reads the value of `ice-ufrag`. */
export function parseIceUfrag(value: string): string | Malformed {
  return isIceChars(value, 4, 256) ? value : UFRAG;
}

/** Reads the value of `ice-pwd`. */
export function parseIcePwd(value: string): string | Malformed {
  return isIceChars(value, 22, 256) ? value : PWD;
}
