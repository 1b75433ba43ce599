/**
 * PASSWORD-ALGORITHM and PASSWORD-ALGORITHMS (RFC 8489 §14.11, §14.12): a number, a length and parameters padded to four
 * bytes, once or repeated.
 *
 *     |          Algorithm            |  Algorithm Parameters Length  |
 *     |                    Algorithm Parameters (variable)           ..
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";

/** The registered algorithms (RFC 8489 §18.5). */
export const PASSWORD_ALGORITHM_MD5 = 0x0001;
export const PASSWORD_ALGORITHM_SHA256 = 0x0002;

/** One algorithm as a message names it. */
export interface PasswordAlgorithm {
  readonly algorithm: number;
  /** Empty for both registered algorithms. */
  readonly parameters: Uint8Array;
}

const BAD_ALGORITHMS = malformed("stun: password algorithms overrun their attribute");

/** Decodes the value of either attribute into the algorithms in the sender's order of preference. */
export function decodePasswordAlgorithms(value: Uint8Array): PasswordAlgorithm[] | Malformed {
  const reader = new ByteReader(value);
  const algorithms: PasswordAlgorithm[] = [];
  while (reader.remaining > 0) {
    const algorithm = reader.u16();
    const length = reader.u16();
    const parameters = reader.bytes(length);
    reader.skip(Math.min(-length & 3, reader.remaining));
    if (!reader.ok) return BAD_ALGORITHMS;
    algorithms.push({ algorithm, parameters });
  }
  return algorithms;
}

/** Writes the value of either attribute. */
export function encodePasswordAlgorithms(writer: ByteWriter, algorithms: readonly PasswordAlgorithm[]): void {
  for (const { algorithm, parameters } of algorithms) {
    writer.u16(algorithm);
    writer.u16(parameters.length);
    writer.bytes(parameters);
    writer.zeros(-parameters.length & 3);
  }
}
