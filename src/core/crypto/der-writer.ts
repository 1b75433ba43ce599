/** DER encoding (ITU-T X.690 §10) by composition: each function returns one whole value. For keys and certificates we make. */
import { encodeUtf8 } from "../base/utf8.ts";
import {
  DER_BIT_STRING,
  DER_GENERALIZED_TIME,
  DER_INTEGER,
  DER_OBJECT_IDENTIFIER,
  DER_UTC_TIME,
  DER_UTF8_STRING,
} from "./der-reader.ts";

/** One value: identifier octet, shortest length, and the concatenation of `contents` (at most 65,535 octets). */
export function derValue(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of contents) length += part.length;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  const out = new Uint8Array(header.length + length);
  out.set(header);
  let at = header.length;
  for (const part of contents) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A non-negative INTEGER from big-endian octets. */
export function derUnsignedInteger(octets: Uint8Array): Uint8Array {
  let first = 0;
  while (first < octets.length - 1 && octets[first] === 0) first++;
  const significant = octets.subarray(first);
  const sign =
    (significant[0] ?? 0) >= 0x80 || significant.length === 0 ? new Uint8Array(1) : new Uint8Array(0);
  return derValue(DER_INTEGER, sign, significant);
}

/** An OBJECT IDENTIFIER from the encoded octets. */
export function derObjectIdentifier(octets: Uint8Array): Uint8Array {
  return derValue(DER_OBJECT_IDENTIFIER, octets);
}

export function derUtf8String(text: string): Uint8Array {
  return derValue(DER_UTF8_STRING, encodeUtf8(text));
}

/** A BIT STRING of whole octets. */
export function derBitString(octets: Uint8Array): Uint8Array {
  return derValue(DER_BIT_STRING, new Uint8Array(1), octets);
}

/** Time (RFC 5280 §4.1.2.5): UTCTime until 2049, GeneralizedTime after. `text` is `YYYYMMDDHHMMSSZ`. */
export function derTime(text: string): Uint8Array {
  const year = Number(text.slice(0, 4));
  return year >= 1950 && year < 2050
    ? derValue(DER_UTC_TIME, encodeUtf8(text.slice(2)))
    : derValue(DER_GENERALIZED_TIME, encodeUtf8(text));
}
