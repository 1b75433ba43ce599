/** RFC 8866 §6.6 `rtpmap`: `<payload type> <encoding name>/<clock rate>[/<encoding parameters>]`. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal, fields, isToken } from "./scan.ts";

/** The codec that a payload type stands for. */
export interface RtpMap {
  /** 0..127 */
  readonly payloadType: number;
  readonly encodingName: string;
  /** Hz */
  readonly clockRate: number;
  /** Channels of audio, as written. */
  readonly encodingParameters: string | undefined;
}

const MALFORMED = malformed("sdp: malformed rtpmap");

/** A payload type, 0..127 (RFC 3550 §5.1), or -1. */
export function parsePayloadType(text: string): number {
  return decimal(text, 127);
}

/** Reads the value of `rtpmap`. */
export function parseRtpMap(value: string): RtpMap | Malformed {
  const [payloadTypeText, encoding, more] = fields(value.trimEnd(), 3);
  const payloadType = parsePayloadType(payloadTypeText!);
  if (payloadType < 0 || encoding === undefined || more !== undefined) return MALFORMED;
  const slash = encoding.indexOf("/");
  if (slash < 0 || !isToken(encoding.slice(0, slash))) return MALFORMED;
  const second = encoding.indexOf("/", slash + 1);
  const clockRate = decimal(encoding.slice(slash + 1, second < 0 ? encoding.length : second), 0xffff_ffff);
  const encodingParameters = second < 0 ? undefined : encoding.slice(second + 1);
  if (clockRate < 0 || (encodingParameters !== undefined && !isToken(encodingParameters))) return MALFORMED;
  return { payloadType, encodingName: encoding.slice(0, slash), clockRate, encodingParameters };
}

/** Writes the value of `rtpmap`. */
export function formatRtpMap(map: RtpMap): string {
  const text = `${map.payloadType} ${map.encodingName}/${map.clockRate}`;
  return map.encodingParameters === undefined ? text : `${text}/${map.encodingParameters}`;
}
