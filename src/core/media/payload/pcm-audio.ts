/** G.711 (RFC 3551 §4.5.14) and G.722 (§4.5.2): an octet of the payload is a tick of the RTP clock, for G.722 too. */

/** RFC 3551 §4.5.2: 8,000 for G.722 by an old mistake, although it samples at 16,000. */
export const PCM_CLOCK_RATE = 8000;

/** Static payload types (RFC 3551 §6). */
export const STATIC_PAYLOAD_TYPE = { PCMU: 0, PCMA: 8, G722: 9, CN: 13 } as const;

/** Ticks that a payload of one channel lasts. */
export function pcmDuration(payload: Uint8Array): number {
  return payload.length;
}

/** A-law and µ-law octets of digital silence. */
export const SILENCE = { PCMU: 0xff, PCMA: 0xd5 } as const;

const BIAS = 0x84;
const CLIP = 32_635;

/** One 16-bit sample as µ-law (ITU-T G.711). */
export function encodeMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  return ~(sign | (exponent << 4) | ((magnitude >>> (exponent + 3)) & 15)) & 0xff;
}

/** The 16-bit sample of a µ-law octet. */
export function decodeMuLaw(octet: number): number {
  const inverted = ~octet & 0xff;
  const magnitude = ((((inverted & 15) << 3) + BIAS) << ((inverted >>> 4) & 7)) - BIAS;
  return inverted >= 0x80 ? -magnitude : magnitude;
}

/** One 16-bit sample as A-law (ITU-T G.711). */
export function encodeALaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  // Thirteen bits of magnitude; negative values are the complement, so that -1 and 0 differ in sign alone.
  const magnitude = Math.min(0xfff, (sample < 0 ? ~sample : sample) >>> 3);
  const exponent = Math.max(0, 27 - Math.clz32(magnitude));
  const mantissa = exponent === 0 ? (magnitude >>> 1) & 15 : (magnitude >>> exponent) & 15;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

/** The 16-bit sample of an A-law octet. */
export function decodeALaw(octet: number): number {
  const value = octet ^ 0x55;
  const exponent = (value >>> 4) & 7;
  let magnitude = ((value & 15) << 4) + 8;
  if (exponent > 0) magnitude = (magnitude + 0x100) << (exponent - 1);
  return value >= 0x80 ? magnitude : -magnitude;
}
