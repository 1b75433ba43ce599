/** abs-send-time: when the packet left, seconds as a 6.18 fixed-point number that wraps every 64 s (libwebrtc's description). */

export const ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
export const ABS_SEND_TIME_LENGTH = 3;

const UNITS_PER_MILLISECOND = 2 ** 18 / 1000;
const MODULUS = 2 ** 24;

/** Milliseconds within the 64-second cycle; -1 for a wrong length. */
export function decodeAbsSendTime(packet: Uint8Array, at: number, length: number): number {
  if (length !== ABS_SEND_TIME_LENGTH) return -1;
  const units = (packet[at]! << 16) | (packet[at + 1]! << 8) | packet[at + 2]!;
  return units / UNITS_PER_MILLISECOND;
}

/** `milliseconds` on any clock that never jumps. */
export function encodeAbsSendTime(milliseconds: number, out: Uint8Array, at: number): void {
  const units = Math.floor(milliseconds * UNITS_PER_MILLISECOND) % MODULUS;
  out[at] = units >>> 16;
  out[at + 1] = units >>> 8;
  out[at + 2] = units;
}
