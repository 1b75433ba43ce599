/** RFC 8841 §5 `sctp-port`: 0..65535, where 0 means that there shall be no association. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal } from "./scan.ts";

const MALFORMED = malformed("sdp: malformed sctp-port");

/** Reads the value of `sctp-port`. */
export function parseSctpPort(value: string): number | Malformed {
  const port = decimal(value, 65535);
  return port < 0 ? MALFORMED : port;
}
