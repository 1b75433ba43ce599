/**
 * ERROR-CODE (RFC 8489 §14.8).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |           Reserved, should be 0         |Class|     Number    |
 *     |      Reason Phrase (variable)                                ..
 */
import type { ByteWriter } from "../base/byte-writer.ts";
import { Malformed, malformed } from "../base/malformed.ts";
import { decodeUtf8 } from "../base/utf8.ts";

/** The codes of RFC 8489 §14.8. */
export const TRY_ALTERNATE = 300;
export const BAD_REQUEST = 400;
export const UNAUTHENTICATED = 401;
export const UNKNOWN_ATTRIBUTE = 420;
export const STALE_NONCE = 438;
/** RFC 8445 §20.2 */
export const ROLE_CONFLICT = 487;
/** RFC 8489 §14.8 */
export const SERVER_ERROR = 500;

/** A decoded ERROR-CODE. */
export interface ErrorCode {
  /** 300..699 */
  readonly code: number;
  /** For people. A phrase that is not UTF-8 is replaced by the empty text. */
  readonly reason: string;
}

const BAD_ERROR_CODE = malformed("stun: error code outside 300..699");

/** Decodes the value of ERROR-CODE. */
export function decodeErrorCode(value: Uint8Array): ErrorCode | Malformed {
  const hundreds = (value[2] ?? 0) & 7;
  const number = value[3] ?? 0;
  if (value.length < 4 || hundreds < 3 || hundreds > 6 || number > 99) return BAD_ERROR_CODE;
  const reason = decodeUtf8(value.subarray(4));
  return { code: hundreds * 100 + number, reason: reason instanceof Malformed ? "" : reason };
}

/** Writes the value of ERROR-CODE; `reason` is UTF-8. */
export function encodeErrorCode(writer: ByteWriter, code: number, reason: Uint8Array): void {
  writer.u16(0);
  writer.u8(Math.floor(code / 100));
  writer.u8(code % 100);
  writer.bytes(reason);
}
