/**
 * record_size_limit (RFC 8449 §4): how much plaintext the sender of the extension takes in one record.
 *
 * ```text
 *   uint16 RecordSizeLimit;
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { encodeBody } from "./encode.ts";

/** What we take: all that DTLS 1.2 allows (RFC 6347 §4.1.1). */
export const RECORD_SIZE_LIMIT = 16_384;
/** Smaller limits are an error (RFC 8449 §4). */
export const SMALLEST_RECORD_SIZE_LIMIT = 64;

const MALFORMED = malformed("dtls: malformed record_size_limit");

export function decodeRecordSizeLimit(data: Uint8Array): number | Malformed {
  const reader = new ByteReader(data);
  const limit = reader.u16();
  return reader.ok && reader.remaining === 0 && limit >= SMALLEST_RECORD_SIZE_LIMIT ? limit : MALFORMED;
}

export function encodeRecordSizeLimit(limit: number): Uint8Array {
  return encodeBody((writer) => writer.u16(limit));
}
