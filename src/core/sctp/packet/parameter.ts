/**
 * Type-length-value parameters of INIT, INIT ACK, HEARTBEAT and RE-CONFIG, and error causes, which have the same form
 * (RFC 9260 §3.2.1, §3.3.10).
 *
 *      0                   1                   2                   3
 *     |        Parameter Type         |       Parameter Length        |
 *     /                        Parameter Value                        /
 */

import { type Malformed, malformed } from "../../base/malformed.ts";
import { padded, readU16, writeU16 } from "./wire.ts";

/** Parameter types (RFC 9260 §3.3.2, §3.3.3, §3.3.5; RFC 6525 §4; RFC 9653 §4; RFC 5061 §4.2.7; RFC 3758 §3.1). */
export const PARAMETER = {
  HEARTBEAT_INFO: 1,
  IPV4_ADDRESS: 5,
  IPV6_ADDRESS: 6,
  STATE_COOKIE: 7,
  UNRECOGNIZED_PARAMETER: 8,
  COOKIE_PRESERVATIVE: 9,
  HOST_NAME_ADDRESS: 11,
  SUPPORTED_ADDRESS_TYPES: 12,
  OUTGOING_SSN_RESET_REQUEST: 13,
  INCOMING_SSN_RESET_REQUEST: 14,
  SSN_TSN_RESET_REQUEST: 15,
  RECONFIGURATION_RESPONSE: 16,
  ADD_OUTGOING_STREAMS_REQUEST: 17,
  ADD_INCOMING_STREAMS_REQUEST: 18,
  ECN_CAPABLE: 0x8000,
  ZERO_CHECKSUM_ACCEPTABLE: 0x8001,
  SUPPORTED_EXTENSIONS: 0x8008,
  FORWARD_TSN_SUPPORTED: 0xc000,
} as const;

/** Bytes before a parameter's value. */
export const PARAMETER_HEADER_LENGTH = 4;

/** One parameter or cause as it lies in the packet (views). */
export interface Parameter {
  readonly type: number;
  readonly value: Uint8Array;
  /** With header, without padding: for reporting it back. */
  readonly whole: Uint8Array;
}

const BAD_PARAMETER = malformed("sctp: parameter length outside its chunk");

/**
 * Splits a chunk's tail into parameters. Each must lie wholly inside (the last one's padding may be missing): a parameter
 * partly outside its chunk refuses the whole list.
 */
export function decodeParameters(bytes: Uint8Array): Parameter[] | Malformed {
  const parameters: Parameter[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + PARAMETER_HEADER_LENGTH > bytes.length) return BAD_PARAMETER;
    const length = readU16(bytes, at + 2);
    if (length < PARAMETER_HEADER_LENGTH || at + length > bytes.length) return BAD_PARAMETER;
    parameters.push({
      type: readU16(bytes, at),
      value: bytes.subarray(at + PARAMETER_HEADER_LENGTH, at + length),
      whole: bytes.subarray(at, at + length),
    });
    at += padded(length);
  }
  return parameters;
}

/** One parameter or cause, padding included. */
export function encodeParameter(type: number, value: Uint8Array): Uint8Array {
  const length = PARAMETER_HEADER_LENGTH + value.length;
  const out = new Uint8Array(padded(length));
  writeU16(out, 0, type);
  writeU16(out, 2, length);
  out.set(value, PARAMETER_HEADER_LENGTH);
  return out;
}

/** Parameters one after another. Each is padded already. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
