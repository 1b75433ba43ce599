/** RFC 4145 §4 `setup`: who opens the connection. For DTLS, "active" is the client (RFC 5763 §5, RFC 8842 §5). */
import { type Malformed, malformed } from "../base/malformed.ts";

/** The roles that `setup` can name. */
export type Setup = "active" | "passive" | "actpass" | "holdconn";

const MALFORMED = malformed("sdp: malformed setup");

/** Reads the value of `setup`. */
export function parseSetup(value: string): Setup | Malformed {
  switch (value) {
    case "active":
    case "passive":
    case "actpass":
    case "holdconn":
      return value;
    default:
      return MALFORMED;
  }
}
