/**
 * Alerts (RFC 5246 §7.2).
 *
 * ```text
 *   level (8): 1 warning, 2 fatal | description (8)
 * ```
 */
import { type Malformed, malformed } from "../../base/malformed.ts";

export const ALERT_WARNING = 1;
export const ALERT_FATAL = 2;

export const CLOSE_NOTIFY = 0;
export const UNEXPECTED_MESSAGE = 10;
export const HANDSHAKE_FAILURE = 40;
export const BAD_CERTIFICATE = 42;
export const ILLEGAL_PARAMETER = 47;
export const DECODE_ERROR = 50;
export const DECRYPT_ERROR = 51;
export const PROTOCOL_VERSION = 70;
export const UNSUPPORTED_EXTENSION = 110;

const NAMES: ReadonlyMap<number, string> = new Map([
  [CLOSE_NOTIFY, "close_notify"],
  [UNEXPECTED_MESSAGE, "unexpected_message"],
  [20, "bad_record_mac"],
  [22, "record_overflow"],
  [HANDSHAKE_FAILURE, "handshake_failure"],
  [BAD_CERTIFICATE, "bad_certificate"],
  [43, "unsupported_certificate"],
  [44, "certificate_revoked"],
  [45, "certificate_expired"],
  [46, "certificate_unknown"],
  [ILLEGAL_PARAMETER, "illegal_parameter"],
  [48, "unknown_ca"],
  [49, "access_denied"],
  [DECODE_ERROR, "decode_error"],
  [DECRYPT_ERROR, "decrypt_error"],
  [PROTOCOL_VERSION, "protocol_version"],
  [71, "insufficient_security"],
  [80, "internal_error"],
  [90, "user_canceled"],
  [100, "no_renegotiation"],
  [UNSUPPORTED_EXTENSION, "unsupported_extension"],
]);

/** The standard's name of a description, for people; its number where we have none. */
export function alertName(description: number): string {
  return NAMES.get(description) ?? `alert ${description}`;
}

export interface Alert {
  readonly level: number;
  readonly description: number;
}

const NOT_AN_ALERT = malformed("dtls: alert has not two octets");
const BAD_LEVEL = malformed("dtls: unknown alert level");

export function decodeAlert(bytes: Uint8Array): Alert | Malformed {
  if (bytes.length !== 2) return NOT_AN_ALERT;
  const [level, description] = [bytes[0]!, bytes[1]!];
  if (level !== ALERT_WARNING && level !== ALERT_FATAL) return BAD_LEVEL;
  return { level, description };
}

export function encodeAlert(alert: Alert): Uint8Array {
  return new Uint8Array([alert.level, alert.description]);
}
