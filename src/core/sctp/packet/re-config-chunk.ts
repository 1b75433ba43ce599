/**
 * RE-CONFIG and its parameters (RFC 6525 §3, §4). A chunk holds one or two of them.
 *
 *     Outgoing SSN Reset Request (§4.1)            Incoming SSN Reset Request (§4.2)
 *     |  Type = 13  |  Length = 16 + 2 * N  |      |  Type = 14  |  Length = 8 + 2 * N   |
 *     |   Re-configuration Request Seq Nr   |      |   Re-configuration Request Seq Nr   |
 *     |   Re-configuration Response Seq Nr  |      | Stream Nr 1       | Stream Nr 2     |
 *     |   Sender's Last Assigned TSN        |
 *     | Stream Nr 1       | Stream Nr 2     |      Re-configuration Response (§4.4)
 *                                                  |  Type = 16  |  Length = 12 or 20    |
 *                                                  |   Re-configuration Response Seq Nr  |
 *                                                  |   Result                            |
 */

import { Malformed, malformed } from "../../base/malformed.ts";
import { CHUNK, encodeChunk } from "./chunk.ts";
import { concatenate, decodeParameters, encodeParameter, PARAMETER, type Parameter } from "./parameter.ts";
import { readU16, readU32, writeU16, writeU32 } from "./wire.ts";

/** Results of a Re-configuration Response (§4.4). */
export const RECONFIG_RESULT = {
  NOTHING_TO_DO: 0,
  PERFORMED: 1,
  DENIED: 2,
  WRONG_SSN: 3,
  REQUEST_ALREADY_IN_PROGRESS: 4,
  BAD_SEQUENCE_NUMBER: 5,
  IN_PROGRESS: 6,
} as const;

/** One parameter of a RE-CONFIG chunk. Numbers as on the wire. No streams means all streams. */
export type ReconfigParameter =
  | {
      readonly type: "outgoing-reset";
      readonly requestNumber: number;
      readonly responseNumber: number;
      readonly lastAssignedTsn: number;
      readonly streamIds: readonly number[];
    }
  | { readonly type: "incoming-reset"; readonly requestNumber: number; readonly streamIds: readonly number[] }
  /** SSN/TSN reset and the two add-streams requests (§4.3, §4.5, §4.6): we answer them with "denied". */
  | { readonly type: "other-request"; readonly requestNumber: number }
  | { readonly type: "response"; readonly responseNumber: number; readonly result: number };

const BAD_PARAMETER = malformed("sctp: RE-CONFIG parameter has a length it cannot have");
const BAD_COUNT = malformed("sctp: RE-CONFIG without, or with more than two parameters");
const UNKNOWN = malformed("sctp: RE-CONFIG with an unknown parameter");

/** Decodes the value of a RE-CONFIG chunk. */
export function decodeReconfig(value: Uint8Array): ReconfigParameter[] | Malformed {
  const parameters = decodeParameters(value);
  if (parameters instanceof Malformed) return parameters;
  if (parameters.length < 1 || parameters.length > 2) return BAD_COUNT;
  const decoded: ReconfigParameter[] = [];
  for (const parameter of parameters) {
    const one = decodeReconfigParameter(parameter);
    if (one instanceof Malformed) return one;
    decoded.push(one);
  }
  return decoded;
}

function decodeReconfigParameter({ type, value }: Parameter): ReconfigParameter | Malformed {
  switch (type) {
    case PARAMETER.OUTGOING_SSN_RESET_REQUEST:
      if (value.length < 12 || value.length % 2 !== 0) return BAD_PARAMETER;
      return {
        type: "outgoing-reset",
        requestNumber: readU32(value, 0),
        responseNumber: readU32(value, 4),
        lastAssignedTsn: readU32(value, 8),
        streamIds: readStreamIds(value, 12),
      };
    case PARAMETER.INCOMING_SSN_RESET_REQUEST:
      if (value.length < 4 || value.length % 2 !== 0) return BAD_PARAMETER;
      return {
        type: "incoming-reset",
        requestNumber: readU32(value, 0),
        streamIds: readStreamIds(value, 4),
      };
    case PARAMETER.RECONFIGURATION_RESPONSE:
      if (value.length !== 8 && value.length !== 16) return BAD_PARAMETER;
      return { type: "response", responseNumber: readU32(value, 0), result: readU32(value, 4) };
    case PARAMETER.SSN_TSN_RESET_REQUEST:
    case PARAMETER.ADD_OUTGOING_STREAMS_REQUEST:
    case PARAMETER.ADD_INCOMING_STREAMS_REQUEST:
      return value.length < 4 ? BAD_PARAMETER : { type: "other-request", requestNumber: readU32(value, 0) };
    default:
      return UNKNOWN;
  }
}

function readStreamIds(value: Uint8Array, from: number): number[] {
  const ids: number[] = [];
  for (let at = from; at < value.length; at += 2) ids.push(readU16(value, at));
  return ids;
}

/** Most stream ids that one outgoing reset request can name in a chunk of `length` bytes. */
export function outgoingResetCapacity(length: number): number {
  return Math.max(1, Math.floor((length - 4 - 16) / 2));
}

/** A RE-CONFIG chunk with the given parameters (no "other-request": we never make those). */
export function encodeReconfig(parameters: readonly ReconfigParameter[]): Uint8Array {
  return encodeChunk(CHUNK.RE_CONFIG, 0, concatenate(parameters.map(encodeReconfigParameter)));
}

function encodeReconfigParameter(parameter: ReconfigParameter): Uint8Array {
  switch (parameter.type) {
    case "outgoing-reset": {
      const value = new Uint8Array(12 + parameter.streamIds.length * 2);
      writeU32(value, 0, parameter.requestNumber);
      writeU32(value, 4, parameter.responseNumber);
      writeU32(value, 8, parameter.lastAssignedTsn);
      writeStreamIds(value, 12, parameter.streamIds);
      return encodeParameter(PARAMETER.OUTGOING_SSN_RESET_REQUEST, value);
    }
    case "incoming-reset": {
      const value = new Uint8Array(4 + parameter.streamIds.length * 2);
      writeU32(value, 0, parameter.requestNumber);
      writeStreamIds(value, 4, parameter.streamIds);
      return encodeParameter(PARAMETER.INCOMING_SSN_RESET_REQUEST, value);
    }
    case "response": {
      const value = new Uint8Array(8);
      writeU32(value, 0, parameter.responseNumber);
      writeU32(value, 4, parameter.result);
      return encodeParameter(PARAMETER.RECONFIGURATION_RESPONSE, value);
    }
    case "other-request":
      return new Uint8Array(0);
  }
}

function writeStreamIds(value: Uint8Array, from: number, streamIds: readonly number[]): void {
  streamIds.forEach((streamId, index) => {
    writeU16(value, from + index * 2, streamId);
  });
}
