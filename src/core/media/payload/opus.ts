/** Opus (RFC 7587): a packet is a payload. What it lasts is read off its first octets (RFC 6716 §3.1). */

/** RFC 7587 §4.1: whatever is coded inside. */
export const OPUS_CLOCK_RATE = 48_000;

/** Frame sizes in ticks of 48 kHz, for each of the 32 configurations. */
const SILK = [480, 960, 1920, 2880];
const HYBRID = [480, 960];
const CELT = [120, 240, 480, 960];
/** RFC 6716 §3.2.5: 120 ms. */
const MAX_DURATION = 5760;

/** Ticks of 48 kHz that a packet lasts; 0 for one that is none. */
export function opusDuration(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const configuration = toc >>> 3;
  let frame: number;
  if (configuration < 12) frame = SILK[configuration & 3]!;
  else if (configuration < 16) frame = HYBRID[configuration & 1]!;
  else frame = CELT[configuration & 3]!;
  const code = toc & 3;
  let frames = code === 0 ? 1 : 2;
  if (code === 3) frames = (packet[1] ?? 0) & 63;
  const duration = frame * frames;
  return duration > MAX_DURATION ? 0 : duration;
}

/** Whether a packet says nothing but "silence goes on" (discontinuous transmission, RFC 7587 §3.1.3). */
export function isOpusSilence(packet: Uint8Array): boolean {
  return packet.length <= 2;
}
