/** RFC 8866 §6.15 `fmtp`: `<format> <parameters>`, where parameters are mostly `name=value` with semicolons between. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { fields } from "./scan.ts";

/** Most parameters that are told apart; what follows is dropped. */
export const MAX_FMTP_PARAMETERS = 256;

/** The parameters of one format. */
export interface Fmtp {
  /** Mostly a payload type. */
  readonly format: string;
  /** In order; names as written, the last of two equal names wins. Parameters without "=" have the value "". */
  readonly parameters: ReadonlyMap<string, string>;
}

const MALFORMED = malformed("sdp: malformed fmtp");

/** Reads the value of `fmtp`. */
export function parseFmtp(value: string): Fmtp | Malformed {
  const [format, text] = fields(value, 2);
  if (format === "" || text === undefined) return MALFORMED;
  const parameters = new Map<string, string>();
  for (let from = 0; from < text.length && parameters.size < MAX_FMTP_PARAMETERS; ) {
    const semicolon = text.indexOf(";", from);
    const end = semicolon < 0 ? text.length : semicolon;
    const parameter = text.slice(from, end).trim();
    const equals = parameter.indexOf("=");
    if (parameter !== "") {
      const name = equals < 0 ? parameter : parameter.slice(0, equals);
      parameters.set(name, equals < 0 ? "" : parameter.slice(equals + 1));
    }
    from = end + 1;
  }
  return { format: format!, parameters };
}

/** Writes the value of `fmtp`. */
export function formatFmtp(fmtp: Fmtp): string {
  const parts: string[] = [];
  for (const [name, value] of fmtp.parameters) parts.push(value === "" ? name : `${name}=${value}`);
  return `${fmtp.format} ${parts.join(";")}`;
}
