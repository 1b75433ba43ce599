/**
 * abs-capture-time: when the frame was captured, as a 64-bit NTP timestamp of the capturer's clock, and optionally what
 * a mixer in between believes that its own clock lags behind, signed Q32.32 seconds (libwebrtc's description).
 */

export const ABS_CAPTURE_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
export const ABS_CAPTURE_TIME_LENGTH = 8;
export const ABS_CAPTURE_TIME_WITH_OFFSET_LENGTH = 16;

const FRACTION = 2 ** 32;

/** Milliseconds since 1900 on the capturer's clock; -1 for a wrong length. Exact to a microsecond. */
export function decodeAbsCaptureTime(packet: Uint8Array, at: number, length: number): number {
  if (length !== ABS_CAPTURE_TIME_LENGTH && length !== ABS_CAPTURE_TIME_WITH_OFFSET_LENGTH) return -1;
  return uint32(packet, at) * 1000 + (uint32(packet, at + 4) * 1000) / FRACTION;
}

/** Milliseconds, possibly negative; undefined when there is none. */
export function decodeCaptureClockOffset(packet: Uint8Array, at: number, length: number): number | undefined {
  if (length !== ABS_CAPTURE_TIME_WITH_OFFSET_LENGTH) return undefined;
  return (uint32(packet, at + 8) | 0) * 1000 + (uint32(packet, at + 12) * 1000) / FRACTION;
}

/** `milliseconds` since 1900. */
export function encodeAbsCaptureTime(milliseconds: number, out: Uint8Array, at: number): void {
  writeFixed(milliseconds, out, at);
}

/** Behind the capture time, in an element of 16 octets. */
export function encodeCaptureClockOffset(milliseconds: number, out: Uint8Array, at: number): void {
  writeFixed(milliseconds, out, at + 8);
}

function writeFixed(milliseconds: number, out: Uint8Array, at: number): void {
  const units = Math.round((milliseconds * FRACTION) / 1000);
  const seconds = Math.floor(units / FRACTION);
  writeUint32(out, at, seconds);
  writeUint32(out, at + 4, units - seconds * FRACTION);
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}
