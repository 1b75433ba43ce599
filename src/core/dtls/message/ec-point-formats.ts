/**
 * ec_point_formats (RFC 8422 §5.1.2). Only `uncompressed` (0) is left in use.
 *
 * ```text
 *   ECPointFormat ec_point_format_list<1..2^8-1>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { readOpaque8 } from "./vector.ts";

const UNCOMPRESSED = 0;

const MALFORMED = malformed("dtls: malformed ec_point_formats");
const NO_UNCOMPRESSED = malformed("dtls: ec_point_formats without uncompressed");

/** Undefined when all is well: the list must hold `uncompressed`. */
export function checkEcPointFormats(data: Uint8Array): Malformed | undefined {
  const reader = new ByteReader(data);
  const formats = readOpaque8(reader);
  if (!reader.ok || reader.remaining > 0 || formats.length === 0) return MALFORMED;
  return formats.includes(UNCOMPRESSED) ? undefined : NO_UNCOMPRESSED;
}

/** The list with `uncompressed` alone. */
export const EC_POINT_FORMATS: Uint8Array = new Uint8Array([1, UNCOMPRESSED]);
