/** SDES items as header extensions (RFC 7941 §4.1): the item's text and nothing else. Identifiers are short ASCII tokens. */

/** RFC 9143 §15: the media section that the stream belongs to. */
export const MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid";
/** RFC 8852 §3.1: the encoding (simulcast layer). */
export const RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
/** RFC 8852 §3.2: on a repair stream, the encoding that it repairs. */
export const REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

/** Octets of an identifier that is looked at; mids and rids of browsers have one to eight. */
export const MAX_IDENTIFIER_LENGTH = 255;

/** The identifier's text; undefined when it is empty or not visible ASCII. */
export function decodeIdentifier(data: Uint8Array): string | undefined {
  if (data.length === 0 || data.length > MAX_IDENTIFIER_LENGTH) return undefined;
  let text = "";
  for (let i = 0; i < data.length; i++) {
    const code = data[i]!;
    if (code < 0x21 || code > 0x7e) return undefined;
    text += String.fromCharCode(code);
  }
  return text;
}

/** Writes the text; its length is what must have been reserved. */
export function encodeIdentifier(text: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
}

/** Whether `packet[at, at + length)` is this text: without making a string. */
export function identifierEquals(text: string, packet: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (packet[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
