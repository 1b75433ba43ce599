/**
 * Encryption of header extensions and CSRCs (RFC 9335). The two octets "defined by profile" tell that a packet has it;
 * what is encrypted are the CSRCs, the extension's contents and the payload, but not the four octets of the extension's
 * own header between them. They change places with the CSRCs while the cipher works (§6.2), so that it sees one piece.
 */
import { EXTENSION_HEADER_LENGTH, FIXED_HEADER_LENGTH } from "./rtp-extent.ts";

const ONE_BYTE = 0xbede;
const TWO_BYTE = 0x1000;
const CRYPTEX_ONE_BYTE = 0xc0de;
const CRYPTEX_TWO_BYTE = 0xc2de;

/** "Defined by profile" of an encrypted packet for that of a plain one; -1 when the extension is of neither form (§5.1). */
export function cryptexProfile(profile: number): number {
  if (profile === ONE_BYTE) return CRYPTEX_ONE_BYTE;
  return (profile & 0xfff0) === TWO_BYTE ? CRYPTEX_TWO_BYTE : -1;
}

/** The reverse; -1 when the packet has no encrypted header. */
export function plainProfile(profile: number): number {
  if (profile === CRYPTEX_ONE_BYTE) return ONE_BYTE;
  return profile === CRYPTEX_TWO_BYTE ? TWO_BYTE : -1;
}

/** Moves the extension's header in front of the CSRCs: the clear part is then the first 16 octets. */
export function liftExtensionHeader(packet: Uint8Array, csrcs: number): void {
  if (csrcs === 0) return;
  const at = FIXED_HEADER_LENGTH + csrcs;
  const a = packet[at]!;
  const b = packet[at + 1]!;
  const c = packet[at + 2]!;
  const d = packet[at + 3]!;
  packet.copyWithin(FIXED_HEADER_LENGTH + EXTENSION_HEADER_LENGTH, FIXED_HEADER_LENGTH, at);
  packet[FIXED_HEADER_LENGTH] = a;
  packet[FIXED_HEADER_LENGTH + 1] = b;
  packet[FIXED_HEADER_LENGTH + 2] = c;
  packet[FIXED_HEADER_LENGTH + 3] = d;
}

/** Undoes {@link liftExtensionHeader}. */
export function lowerExtensionHeader(packet: Uint8Array, csrcs: number): void {
  if (csrcs === 0) return;
  const a = packet[FIXED_HEADER_LENGTH]!;
  const b = packet[FIXED_HEADER_LENGTH + 1]!;
  const c = packet[FIXED_HEADER_LENGTH + 2]!;
  const d = packet[FIXED_HEADER_LENGTH + 3]!;
  const from = FIXED_HEADER_LENGTH + EXTENSION_HEADER_LENGTH;
  packet.copyWithin(FIXED_HEADER_LENGTH, from, from + csrcs);
  const at = FIXED_HEADER_LENGTH + csrcs;
  packet[at] = a;
  packet[at + 1] = b;
  packet[at + 2] = c;
  packet[at + 3] = d;
}

/**
 * Gives a packet that has CSRCs but no extension an empty one, so that they can be encrypted (§5.1). Returns the new length;
 * the buffer must hold four octets more.
 */
export function insertEmptyExtension(packet: Uint8Array, length: number, csrcs: number): number {
  const at = FIXED_HEADER_LENGTH + csrcs;
  packet.copyWithin(at + EXTENSION_HEADER_LENGTH, at, length);
  packet[0]! |= 0x10;
  packet[at] = ONE_BYTE >>> 8;
  packet[at + 1] = ONE_BYTE & 0xff;
  packet[at + 2] = 0;
  packet[at + 3] = 0;
  return length + EXTENSION_HEADER_LENGTH;
}
