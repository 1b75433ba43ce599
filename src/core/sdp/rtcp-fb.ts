/** RFC 4585 §4.2 `rtcp-fb`: `<payload type | *> <value>`, e.g. "nack pli". */
import { type Malformed, malformed } from "../base/malformed.ts";
import { parsePayloadType } from "./rtpmap.ts";
import { fields } from "./scan.ts";

/** One kind of feedback that may be sent for a payload type. */
export interface RtcpFeedback {
  /** Undefined for "*": all of the section. */
  readonly payloadType: number | undefined;
  /** Type and parameters with single spaces between, as written. */
  readonly feedback: string;
}

const MALFORMED = malformed("sdp: malformed rtcp-fb");

/** Reads the value of `rtcp-fb`. */
export function parseRtcpFeedback(value: string): RtcpFeedback | Malformed {
  const [payloadTypeText, feedback] = fields(value.trimEnd(), 2);
  if (feedback === undefined || feedback === "") return MALFORMED;
  if (payloadTypeText === "*") return { payloadType: undefined, feedback };
  const payloadType = parsePayloadType(payloadTypeText!);
  return payloadType < 0 ? MALFORMED : { payloadType, feedback };
}

/** Writes the value of `rtcp-fb`. */
export function formatRtcpFeedback(value: RtcpFeedback): string {
  return `${value.payloadType ?? "*"} ${value.feedback}`;
}
