/** RFC 5576 §4.1 `ssrc`: `<ssrc-id> <attribute>[:<value>]`. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal, fields, isToken } from "./scan.ts";

/** One attribute of one RTP source. */
export interface SsrcAttribute {
  /** 0..2^32-1 */
  readonly ssrc: number;
  /** "cname", "msid", …; undefined for a bare `a=ssrc:<id>`, which is sent though not allowed. */
  readonly attribute: string | undefined;
  readonly value: string | undefined;
}

const MALFORMED = malformed("sdp: malformed ssrc");

/** Reads the value of `ssrc`. */
export function parseSsrc(value: string): SsrcAttribute | Malformed {
  const [idText, rest] = fields(value, 2);
  const ssrc = decimal(idText!, 0xffff_ffff);
  if (ssrc < 0) return MALFORMED;
  if (rest === undefined || rest === "") return { ssrc, attribute: undefined, value: undefined };
  const colon = rest.indexOf(":");
  const attribute = colon < 0 ? rest : rest.slice(0, colon);
  if (!isToken(attribute.trimEnd())) return MALFORMED;
  return { ssrc, attribute: attribute.trimEnd(), value: colon < 0 ? undefined : rest.slice(colon + 1) };
}

/** Writes the value of `ssrc`. */
export function formatSsrc({ ssrc, attribute, value }: SsrcAttribute): string {
  if (attribute === undefined) return String(ssrc);
  return value === undefined ? `${ssrc} ${attribute}` : `${ssrc} ${attribute}:${value}`;
}
