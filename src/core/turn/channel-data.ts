/**
 * ChannelData (RFC 8656 §12.4).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |         Channel Number        |            Length             |
 *     |                 Application Data, unpadded over UDP,         ..
 *     |                 padded to four bytes over streams             |
 */
import { type Malformed, malformed } from "../base/malformed.ts";

/** Bytes of the header. */
export const CHANNEL_HEADER_LENGTH = 4;

const NOT_CHANNEL = malformed("turn: no channel number");
const TOO_SHORT = malformed("turn: channel data overruns the datagram");

/** True when the first byte is that of a channel number (0x40 to 0x4F, RFC 8656 §12). */
export function isChannelData(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0]! >= 0x40 && bytes[0]! <= 0x4f;
}

/** The number of the channel; `bytes` holds a whole message, perhaps with padding behind it. */
export function channelNumberOf(bytes: Uint8Array): number | Malformed {
  if (!isChannelData(bytes)) return NOT_CHANNEL;
  if (bytes.length < CHANNEL_HEADER_LENGTH) return TOO_SHORT;
  const length = (bytes[2]! << 8) | bytes[3]!;
  if (CHANNEL_HEADER_LENGTH + length > bytes.length) return TOO_SHORT;
  return (bytes[0]! << 8) | bytes[1]!;
}

/** The application data of a message that {@link channelNumberOf} has accepted, as a view. */
export function channelPayload(bytes: Uint8Array): Uint8Array {
  const length = (bytes[2]! << 8) | bytes[3]!;
  return bytes.subarray(CHANNEL_HEADER_LENGTH, CHANNEL_HEADER_LENGTH + length);
}

/**
 * Completes a message whose `length` bytes of data lie behind {@link CHANNEL_HEADER_LENGTH} in `out`; returns the whole
 * length. `padded`: for streams.
 */
export function writeChannelData(out: Uint8Array, channel: number, length: number, padded: boolean): number {
  out[0] = channel >> 8;
  out[1] = channel & 0xff;
  out[2] = length >> 8;
  out[3] = length & 0xff;
  const end = CHANNEL_HEADER_LENGTH + length;
  if (!padded) return end;
  const padding = -length & 3;
  for (let i = 0; i < padding; i++) out[end + i] = 0;
  return end + padding;
}
