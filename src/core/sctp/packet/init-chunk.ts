/**
 * INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3), whose fixed parts are alike.
 *
 *      0                   1                   2                   3
 *     |   Type = 1, 2 |  Chunk Flags  |      Chunk Length             |
 *     |                         Initiate Tag                          |
 *     |           Advertised Receiver Window Credit (a_rwnd)          |
 *     |  Number of Outbound Streams   |   Number of Inbound Streams   |
 *     |                          Initial TSN                          |
 *     /              Optional/Variable-Length Parameters              /
 */

import { Malformed, malformed } from "../../base/malformed.ts";
import { CHUNK, encodeChunk, unknownTypeAction } from "./chunk.ts";
import { MAX_REPORTED_LENGTH } from "./error-cause.ts";
import { concatenate, decodeParameters, encodeParameter, PARAMETER } from "./parameter.ts";
import { padded, readU16, readU32, writeU16, writeU32 } from "./wire.ts";

/** RFC 9653 §4: "SCTP over DTLS" as the alternate error detection method. */
export const ERROR_DETECTION_DTLS = 1;

/** INIT or INIT ACK. Numbers as on the wire. */
export interface InitChunk {
  /** Never 0 in a valid chunk; the decoder leaves that to the caller, who answers it. */
  readonly initiateTag: number;
  /** Bytes the sender can receive. */
  readonly receiverWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
  /** Chunk types beyond RFC 9260 that the sender understands (RFC 5061 §4.2.7, RFC 3758 §3.1). */
  readonly extensions: readonly number[];
  /** RFC 9653 §4; undefined where the sender wants true checksums. */
  readonly zeroChecksumMethod: number | undefined;
  /** Only in INIT ACK (RFC 9260 §3.3.3.1). */
  readonly cookie: Uint8Array | undefined;
}

/** What a decoded chunk has on top: the parameters to report back (whole, views), at most 512 bytes of them together. */
export interface DecodedInit extends InitChunk {
  readonly unrecognized: readonly Uint8Array[];
  /** A Host Name Address parameter (whole, a view), which must be refused (RFC 9260 §3.3.2.1.4). */
  readonly hostName: Uint8Array | undefined;
}

const FIXED_LENGTH = 16;
const TOO_SHORT = malformed("sctp: INIT shorter than its fixed fields");

/** Decodes the value of an INIT or INIT ACK chunk; views point into it. */
export function decodeInit(value: Uint8Array): DecodedInit | Malformed {
  if (value.length < FIXED_LENGTH) return TOO_SHORT;
  const parameters = decodeParameters(value.subarray(FIXED_LENGTH));
  if (parameters instanceof Malformed) return parameters;
  const extensions: number[] = [];
  const unrecognized: Uint8Array[] = [];
  let reported = 0;
  let zeroChecksumMethod: number | undefined;
  let cookie: Uint8Array | undefined;
  let hostName: Uint8Array | undefined;
  for (const { type, value: content, whole } of parameters) {
    if (type === PARAMETER.STATE_COOKIE) cookie = content;
    else if (type === PARAMETER.HOST_NAME_ADDRESS) hostName = whole;
    else if (type === PARAMETER.FORWARD_TSN_SUPPORTED) extensions.push(CHUNK.FORWARD_TSN);
    else if (type === PARAMETER.SUPPORTED_EXTENSIONS) extensions.push(...content.subarray(0, 256));
    else if (type === PARAMETER.ZERO_CHECKSUM_ACCEPTABLE) {
      if (content.length === 4) zeroChecksumMethod = readU32(content, 0);
    } else if (!IGNORED.has(type)) {
      const action = unknownTypeAction(type >>> 14);
      const size = padded(whole.length);
      if (action.report && reported + size <= MAX_REPORTED_LENGTH) {
        reported += size;
        unrecognized.push(whole);
      }
      if (!action.skip) break;
    }
  }
  return {
    initiateTag: readU32(value, 0),
    receiverWindow: readU32(value, 4),
    outboundStreams: readU16(value, 8),
    inboundStreams: readU16(value, 10),
    initialTsn: readU32(value, 12),
    extensions,
    zeroChecksumMethod,
    cookie,
    unrecognized,
    hostName,
  };
}

/** Known, and without a meaning on a single path over DTLS (RFC 8261 §6.1). */
const IGNORED: ReadonlySet<number> = new Set([
  PARAMETER.IPV4_ADDRESS,
  PARAMETER.IPV6_ADDRESS,
  PARAMETER.UNRECOGNIZED_PARAMETER,
  PARAMETER.COOKIE_PRESERVATIVE,
  PARAMETER.SUPPORTED_ADDRESS_TYPES,
  PARAMETER.ECN_CAPABLE,
]);

/** Encodes INIT, or INIT ACK when there is a cookie. `unrecognized`: whole parameters to report (RFC 9260 §3.3.3.1). */
export function encodeInit(init: InitChunk, unrecognized: readonly Uint8Array[] = []): Uint8Array {
  const fixed = new Uint8Array(FIXED_LENGTH);
  writeU32(fixed, 0, init.initiateTag);
  writeU32(fixed, 4, init.receiverWindow);
  writeU16(fixed, 8, init.outboundStreams);
  writeU16(fixed, 10, init.inboundStreams);
  writeU32(fixed, 12, init.initialTsn);
  const parts: Uint8Array[] = [fixed];
  if (init.cookie !== undefined) parts.push(encodeParameter(PARAMETER.STATE_COOKIE, init.cookie));
  if (init.extensions.includes(CHUNK.FORWARD_TSN)) {
    parts.push(encodeParameter(PARAMETER.FORWARD_TSN_SUPPORTED, new Uint8Array(0)));
  }
  parts.push(encodeParameter(PARAMETER.SUPPORTED_EXTENSIONS, Uint8Array.from(init.extensions)));
  if (init.zeroChecksumMethod !== undefined) {
    const method = new Uint8Array(4);
    writeU32(method, 0, init.zeroChecksumMethod);
    parts.push(encodeParameter(PARAMETER.ZERO_CHECKSUM_ACCEPTABLE, method));
  }
  for (const whole of unrecognized) parts.push(encodeParameter(PARAMETER.UNRECOGNIZED_PARAMETER, whole));
  const type = init.cookie === undefined ? CHUNK.INIT : CHUNK.INIT_ACK;
  return encodeChunk(type, 0, concatenate(parts));
}
