/** playout-delay: least and greatest delay from capture to rendering, 12 bits each in units of 10 ms (libwebrtc's description). */

export const PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
export const PLAYOUT_DELAY_LENGTH = 3;
/** Milliseconds. */
export const MAX_PLAYOUT_DELAY = 40_950;

const UNIT = 10;
const MAX_UNITS = 0xfff;

/** Milliseconds; -1 for a wrong length. */
export function decodeMinimumPlayoutDelay(packet: Uint8Array, at: number, length: number): number {
  return length === PLAYOUT_DELAY_LENGTH ? ((packet[at]! << 4) | (packet[at + 1]! >>> 4)) * UNIT : -1;
}

/** Milliseconds, -1 for a wrong length or when it is below the minimum. */
export function decodeMaximumPlayoutDelay(packet: Uint8Array, at: number, length: number): number {
  if (length !== PLAYOUT_DELAY_LENGTH) return -1;
  const maximum = (((packet[at + 1]! & 15) << 8) | packet[at + 2]!) * UNIT;
  return maximum < decodeMinimumPlayoutDelay(packet, at, length) ? -1 : maximum;
}

/** Writes three bytes at `at`. Milliseconds. */
export function encodePlayoutDelay(minimum: number, maximum: number, out: Uint8Array, at: number): void {
  const least = Math.min(MAX_UNITS, Math.round(minimum / UNIT));
  const greatest = Math.min(MAX_UNITS, Math.round(maximum / UNIT));
  out[at] = least >>> 4;
  out[at + 1] = ((least & 15) << 4) | (greatest >>> 8);
  out[at + 2] = greatest;
}
