/**
 * Audio levels: of the client (RFC 6464 §3), one octet `V | level`, and of a mixer's contributing sources (RFC 6465 §3), one
 * octet `0 | level` for each CSRC in their order. Level: 0 (loudest) to 127 (silence), in -dBov.
 */

/** RFC 6464 */
export const CLIENT_AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/** RFC 6465 */
export const MIXER_AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:csrc-audio-level";
export const CLIENT_AUDIO_LEVEL_LENGTH = 1;

/** The level, 0..127; -1 for an empty element. */
export function decodeAudioLevel(packet: Uint8Array, at: number, length: number): number {
  // The two-byte form may have an octet of padding behind it (RFC 6464 §3).
  return length >= CLIENT_AUDIO_LEVEL_LENGTH ? packet[at]! & 0x7f : -1;
}

/** V: the encoder believes that there is speech. */
export function decodeVoiceActivity(packet: Uint8Array, at: number, length: number): boolean {
  return length >= CLIENT_AUDIO_LEVEL_LENGTH && packet[at]! >= 0x80;
}

/** Writes one byte at `at`. `level`: 0 (loudest) to 127. */
export function encodeAudioLevel(level: number, voice: boolean, out: Uint8Array, at: number): void {
  out[at] = (voice ? 0x80 : 0) | Math.min(127, Math.max(0, level));
}

/** The level of the contributing source at `index`; -1 when the mixer has not said it. */
export function decodeMixerAudioLevel(packet: Uint8Array, at: number, length: number, index: number): number {
  return index >= 0 && index < length ? packet[at + index]! & 0x7f : -1;
}

/** Writes the level, 0 (loudest) to 127, of the contributing source at `index`. */
export function encodeMixerAudioLevel(level: number, out: Uint8Array, at: number, index: number): void {
  out[at + index] = Math.min(127, Math.max(0, level));
}
