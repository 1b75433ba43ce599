/**
 * Error causes, carried by ERROR and ABORT chunks (RFC 9260 §3.3.7, §3.3.10). They have the form of parameters.
 */

import { Malformed, malformed } from "../../base/malformed.ts";
import { decodeUtf8, encodeUtf8 } from "../../base/utf8.ts";
import { concatenate, decodeParameters, encodeParameter, type Parameter } from "./parameter.ts";
import { readU16, readU32, writeU16, writeU32 } from "./wire.ts";

/** Cause codes (RFC 9260 §3.3.10). */
export const CAUSE = {
  INVALID_STREAM_IDENTIFIER: 1,
  MISSING_MANDATORY_PARAMETER: 2,
  STALE_COOKIE: 3,
  OUT_OF_RESOURCE: 4,
  UNRESOLVABLE_ADDRESS: 5,
  UNRECOGNIZED_CHUNK_TYPE: 6,
  INVALID_MANDATORY_PARAMETER: 7,
  UNRECOGNIZED_PARAMETERS: 8,
  NO_USER_DATA: 9,
  COOKIE_RECEIVED_WHILE_SHUTTING_DOWN: 10,
  RESTART_WITH_NEW_ADDRESSES: 11,
  USER_INITIATED_ABORT: 12,
  PROTOCOL_VIOLATION: 13,
} as const;

/** Longest piece of an offending chunk or text that we send back: errors never amplify. */
export const MAX_REPORTED_LENGTH = 512;

/** What an ABORT says: the first cause. */
export interface AbortReason {
  readonly causeCode: number | undefined;
  /** The text of user-initiated aborts and protocol violations; undefined for others and for what is not UTF-8. */
  readonly message: string | undefined;
}

/** Reads the causes of an ABORT or ERROR chunk's value. */
export function decodeErrorCauses(value: Uint8Array): Parameter[] | Malformed {
  return decodeParameters(value);
}

/** The first cause of an ABORT's value. An ABORT with broken causes is still an ABORT (RFC 9260 §3.3.7). */
export function decodeAbortReason(value: Uint8Array): AbortReason {
  const causes = decodeParameters(value);
  const first = causes instanceof Malformed ? undefined : causes[0];
  if (first === undefined) return { causeCode: undefined, message: undefined };
  const hasText = first.type === CAUSE.USER_INITIATED_ABORT || first.type === CAUSE.PROTOCOL_VIOLATION;
  const text = hasText && first.value.length > 0 ? decodeUtf8(first.value) : undefined;
  return { causeCode: first.type, message: typeof text === "string" ? text : undefined };
}

/** §3.3.10.1 */
export function invalidStreamIdentifierCause(streamId: number): Uint8Array {
  const value = new Uint8Array(4);
  writeU16(value, 0, streamId);
  return encodeParameter(CAUSE.INVALID_STREAM_IDENTIFIER, value);
}

/** §3.3.10.2 */
export function missingMandatoryParameterCause(types: readonly number[]): Uint8Array {
  const value = new Uint8Array(4 + types.length * 2);
  writeU32(value, 0, types.length);
  types.forEach((type, index) => {
    writeU16(value, 4 + index * 2, type);
  });
  return encodeParameter(CAUSE.MISSING_MANDATORY_PARAMETER, value);
}

const BAD_MISSING_PARAMETER = malformed("sctp: missing-mandatory-parameter cause lies about its length");

/** The parameter types that a §3.3.10.2 cause names. */
export function decodeMissingMandatoryParameterCause(value: Uint8Array): number[] | Malformed {
  if (value.length < 4) return BAD_MISSING_PARAMETER;
  const count = readU32(value, 0);
  if (count * 2 !== value.length - 4) return BAD_MISSING_PARAMETER;
  const types: number[] = [];
  for (let i = 0; i < count; i++) types.push(readU16(value, 4 + i * 2));
  return types;
}

/** §3.3.10.3; `staleness` in microseconds. */
export function staleCookieCause(staleness: number): Uint8Array {
  const value = new Uint8Array(4);
  writeU32(value, 0, Math.min(staleness, 0xffff_ffff));
  return encodeParameter(CAUSE.STALE_COOKIE, value);
}

/** §3.3.10.5: the address parameter that cannot be resolved. */
export function unresolvableAddressCause(parameter: Uint8Array): Uint8Array {
  return encodeParameter(CAUSE.UNRESOLVABLE_ADDRESS, parameter.subarray(0, MAX_REPORTED_LENGTH));
}

/** §3.3.10.6: the chunk that was not understood, cut to {@link MAX_REPORTED_LENGTH}. */
export function unrecognizedChunkTypeCause(chunk: Uint8Array): Uint8Array {
  return encodeParameter(CAUSE.UNRECOGNIZED_CHUNK_TYPE, chunk.subarray(0, MAX_REPORTED_LENGTH));
}

/** §3.3.10.7 */
export function invalidMandatoryParameterCause(): Uint8Array {
  return encodeParameter(CAUSE.INVALID_MANDATORY_PARAMETER, new Uint8Array(0));
}

/** §3.3.10.8: the parameters that were not understood, whole ones only, together at most {@link MAX_REPORTED_LENGTH}. */
export function unrecognizedParametersCause(parameters: readonly Uint8Array[]): Uint8Array {
  return encodeParameter(CAUSE.UNRECOGNIZED_PARAMETERS, concatenate(parameters));
}

/** §3.3.10.9; `tsn` of the DATA chunk without data, as on the wire. */
export function noUserDataCause(tsn: number): Uint8Array {
  const value = new Uint8Array(4);
  writeU32(value, 0, tsn);
  return encodeParameter(CAUSE.NO_USER_DATA, value);
}

/** §3.3.10.10 */
export function cookieReceivedWhileShuttingDownCause(): Uint8Array {
  return encodeParameter(CAUSE.COOKIE_RECEIVED_WHILE_SHUTTING_DOWN, new Uint8Array(0));
}

/** Any cause whose value is a text: user-initiated abort (§3.3.10.12), protocol violation (§3.3.10.13). */
export function textCause(code: number, text: string): Uint8Array {
  return encodeParameter(code, encodeUtf8(text).subarray(0, MAX_REPORTED_LENGTH));
}
