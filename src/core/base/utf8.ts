import { type Malformed, malformed } from "./malformed.ts";

/** UTF-8 bytes of `text`; lone surrogates become U+FFFD, as in the Encoding standard (core has no TextEncoder). */
export function encodeUtf8(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdfff) {
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (code <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
        code = 0x1_0000 + ((code - 0xd800) << 10) + (next - 0xdc00);
        i++;
      } else code = 0xfffd;
    }
    if (code < 0x80) out[at++] = code;
    else if (code < 0x800) {
      out[at++] = 0xc0 | (code >> 6);
      out[at++] = 0x80 | (code & 63);
    } else if (code < 0x1_0000) {
      out[at++] = 0xe0 | (code >> 12);
      out[at++] = 0x80 | ((code >> 6) & 63);
      out[at++] = 0x80 | (code & 63);
    } else {
      out[at++] = 0xf0 | (code >> 18);
      out[at++] = 0x80 | ((code >> 12) & 63);
      out[at++] = 0x80 | ((code >> 6) & 63);
      out[at++] = 0x80 | (code & 63);
    }
  }
  return out.slice(0, at);
}

/** UTF-16 code units that become text at once. */
const PIECE = 1024;

const NOT_UTF8 = malformed("utf-8: invalid sequence");

/** Strict UTF-8 (RFC 3629): overlong forms, surrogates and truncated sequences are refused. */
export function decodeUtf8(bytes: Uint8Array): string | Malformed {
  let text = "";
  // A string that grows by single characters costs the engine 32 bytes for each of them, as long as nobody looks inside.
  const units: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    if (units.length >= PIECE) {
      text += String.fromCharCode.apply(undefined, units);
      units.length = 0;
    }
    const first = bytes[i++]!;
    if (first < 0x80) {
      units.push(first);
      continue;
    }
    let more: number;
    let code: number;
    let least: number;
    if (first >= 0xc2 && first <= 0xdf) {
      more = 1;
      code = first & 31;
      least = 0x80;
    } else if (first >= 0xe0 && first <= 0xef) {
      more = 2;
      code = first & 15;
      least = 0x800;
    } else if (first >= 0xf0 && first <= 0xf4) {
      more = 3;
      code = first & 7;
      least = 0x1_0000;
    } else return NOT_UTF8;
    for (; more > 0; more--) {
      const next = i < bytes.length ? bytes[i++]! : 0;
      if ((next & 0xc0) !== 0x80) return NOT_UTF8;
      code = (code << 6) | (next & 63);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return NOT_UTF8;
    if (code < 0x1_0000) units.push(code);
    else units.push(0xd7c0 + (code >> 10), 0xdc00 | (code & 0x3ff));
  }
  return text + String.fromCharCode.apply(undefined, units);
}
