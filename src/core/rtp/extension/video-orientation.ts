/** Coordination of video orientation (3GPP TS 26.114 §7.4.5): `0 0 0 0 C F R1 R0`. */

export const VIDEO_ORIENTATION_URI = "urn:3gpp:video-orientation";
export const VIDEO_ORIENTATION_LENGTH = 1;

/** Clockwise degrees to turn the picture by for display. */
export type Rotation = 0 | 90 | 180 | 270;

const ROTATIONS: readonly Rotation[] = [0, 90, 180, 270];

/** -1 for an empty element. */
export function decodeRotation(packet: Uint8Array, at: number, length: number): Rotation | -1 {
  return length >= VIDEO_ORIENTATION_LENGTH ? ROTATIONS[packet[at]! & 3]! : -1;
}

/** F: mirrored horizontally. */
export function decodeFlipped(packet: Uint8Array, at: number, length: number): boolean {
  return length >= VIDEO_ORIENTATION_LENGTH && (packet[at]! & 4) !== 0;
}

/** C: the back-facing camera. */
export function decodeBackFacing(packet: Uint8Array, at: number, length: number): boolean {
  return length >= VIDEO_ORIENTATION_LENGTH && (packet[at]! & 8) !== 0;
}

/** Writes one byte at `at`. */
export function encodeVideoOrientation(
  rotation: Rotation,
  flipped: boolean,
  backFacing: boolean,
  out: Uint8Array,
  at: number,
): void {
  out[at] = ROTATIONS.indexOf(rotation) | (flipped ? 4 : 0) | (backFacing ? 8 : 0);
}
