/** Small scanners that the line and attribute readers share. All of them are linear and allocate at most their result. */

/** RFC 8866 §9 `token-char`: which of the first 128 code points may stand in a token. */
const TOKEN_CHAR = new Uint8Array(128);
for (const char of "!#$%&'*+-.^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  TOKEN_CHAR[char.charCodeAt(0)] = 1;

/** RFC 8866 §9 `token`: not empty, only token characters. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN_CHAR[text.charCodeAt(i)] !== 1) return false;
  return text.length > 0;
}

/** RFC 8839 §5.4 `ice-char`s only (ALPHA / DIGIT / "+" / "/"), `least` to `most` of them. */
export function isIceChars(text: string, least: number, most: number): boolean {
  if (text.length < least || text.length > most) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 32;
    if ((letter >= 97 && letter <= 122) || (code >= 47 && code <= 57) || code === 43) continue;
    return false;
  }
  return true;
}

/** One or more decimal digits and nothing else. */
export function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return text.length > 0;
}

/** A decimal integer in 0..`most` (`most` at most 2^53 - 1), or -1. Leading zeros are allowed, signs are not. */
export function decimal(text: string, most: number): number {
  if (!isDigits(text)) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    value = value * 10 + (text.charCodeAt(i) - 48);
    if (value > most) return -1;
  }
  return value;
}

/** The largest integer that a number holds exactly: the limit for integers that a description announces. */
export const MAX_SDP_INTEGER = Number.MAX_SAFE_INTEGER;

/** The fields between single spaces; a run of spaces makes empty fields. Stops after `most` fields: the rest stays in the last one. */
export function fields(text: string, most: number = Number.POSITIVE_INFINITY): string[] {
  const out: string[] = [];
  let from = 0;
  while (out.length + 1 < most) {
    const space = text.indexOf(" ", from);
    if (space < 0) break;
    out.push(text.slice(from, space));
    from = space + 1;
  }
  out.push(text.slice(from));
  return out;
}

/** The words of a text, with runs of spaces and spaces at either end tolerated. */
export function words(text: string): string[] {
  return fields(text).filter((field) => field !== "");
}
