/**
 * Comfort noise (RFC 3389 §3): a noise level and quantised reflection coefficients.
 *
 *    |0|   level     |   coefficient 1   |  …   |   coefficient M   |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";

export interface ComfortNoise {
  /** -dBov, 0..127. */
  readonly level: number;
  /** -1..1 each. */
  readonly reflectionCoefficients: readonly number[];
}

/** Coefficients that are read. */
export const MAX_REFLECTION_COEFFICIENTS = 12;

const EMPTY = malformed("comfort noise: empty payload");

export function decodeComfortNoise(payload: Uint8Array): ComfortNoise | Malformed {
  if (payload.length === 0) return EMPTY;
  const coefficients: number[] = [];
  const count = Math.min(MAX_REFLECTION_COEFFICIENTS, payload.length - 1);
  // RFC 3389 §3.2: k = (N - 127) / 128 with N of 8 bits.
  for (let i = 1; i <= count; i++) coefficients.push(Math.min(1, (payload[i]! - 127) / 128));
  return { level: payload[0]! & 0x7f, reflectionCoefficients: coefficients };
}

export function encodeComfortNoise(noise: ComfortNoise): Uint8Array {
  const coefficients = noise.reflectionCoefficients.slice(0, MAX_REFLECTION_COEFFICIENTS);
  const out = new Uint8Array(1 + coefficients.length);
  out[0] = Math.min(127, Math.max(0, Math.round(noise.level)));
  coefficients.forEach((value, i) => {
    out[i + 1] = Math.min(254, Math.max(0, Math.round(value * 128 + 127)));
  });
  return out;
}
