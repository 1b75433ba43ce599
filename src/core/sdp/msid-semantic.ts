/** `msid-semantic` of draft-ietf-mmusic-msid-05 §3, dropped in RFC 8830 and still sent: `WMS *` or a list of streams. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { words } from "./scan.ts";

/** What the identifiers of `msid` mean, and which there are. */
export interface MsidSemantic {
  readonly semantic: string;
  readonly identifiers: readonly string[];
}

const MALFORMED = malformed("sdp: malformed msid-semantic");

/** Reads the value of `msid-semantic`. */
export function parseMsidSemantic(value: string): MsidSemantic | Malformed {
  const [semantic, ...identifiers] = words(value);
  return semantic === undefined ? MALFORMED : { semantic, identifiers };
}

/** With the space after the colon that everybody writes. */
export function formatMsidSemantic(value: MsidSemantic): string {
  return ["", value.semantic, ...value.identifiers].join(" ");
}
