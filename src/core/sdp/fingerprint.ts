/** RFC 8122 §5 `fingerprint`: `<hash-func> <2UHEX *(":" 2UHEX)>`, read without regard to case, written in upper case. */
import { type Malformed, malformed } from "../base/malformed.ts";
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import { fields, isToken } from "./scan.ts";

const MALFORMED = malformed("sdp: malformed fingerprint");
const WRONG_LENGTH = malformed("sdp: fingerprint length does not fit its hash");

/** Bytes of the digests that RFC 8122 names. "md5" and "md2" are there to be measured, not to be trusted. */
const DIGEST_LENGTH: ReadonlyMap<string, number> = new Map([
  ["sha-1", 20],
  ["sha-224", 28],
  ["sha-256", 32],
  ["sha-384", 48],
  ["sha-512", 64],
  ["md5", 16],
  ["md2", 16],
]);

/** Reads the value of `fingerprint`; a digest of another length than its hash has is refused. */
export function parseFingerprint(value: string): Fingerprint | Malformed {
  const [name, hex, more] = fields(value.trimEnd(), 3);
  if (name === undefined || hex === undefined || more !== undefined || !isToken(name)) return MALFORMED;
  const algorithm = name.toLowerCase();
  if (hex.length % 3 !== 2 || hex.length > 3 * 64) return MALFORMED;
  const out = new Uint8Array((hex.length + 1) / 3);
  for (let i = 0; i < out.length; i++) {
    const high = hexDigit(hex.charCodeAt(3 * i));
    const low = hexDigit(hex.charCodeAt(3 * i + 1));
    const separated = i === out.length - 1 || hex.charCodeAt(3 * i + 2) === 58;
    if (high < 0 || low < 0 || !separated) return MALFORMED;
    out[i] = high * 16 + low;
  }
  const length = DIGEST_LENGTH.get(algorithm);
  return length === undefined || length === out.length ? { algorithm, value: out } : WRONG_LENGTH;
}

/** Writes the value of `fingerprint`. */
export function formatFingerprint(fingerprint: Fingerprint): string {
  let hex = "";
  for (const byte of fingerprint.value) {
    hex += (hex === "" ? "" : ":") + byte.toString(16).toUpperCase().padStart(2, "0");
  }
  return `${fingerprint.algorithm} ${hex}`;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
