/**
 * Generic NACK (RFC 4585 §6.2.1): each word is a packet id and a bitmask of the sixteen that follow it.
 *
 *    |            PID                |             BLP               |
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PT, TRANSPORT_FMT } from "./header.ts";

/** Packets of a stream that were not received (RFC 4585 §6.2.1). */
export interface Nack {
  readonly type: "nack";
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** Sequence numbers as they were asked for, at most {@link MAX_NACK_NUMBERS}. */
  readonly sequenceNumbers: readonly number[];
}

/** Numbers taken out of one packet: as many as any receiver keeps a list of. */
export const MAX_NACK_NUMBERS = 1000;

const BITMASK_LENGTH = 16;
const TOO_SHORT = malformed("rtcp: feedback without its two sources");

export function decodeNack(body: Uint8Array): Nack | Malformed {
  const reader = new ByteReader(body);
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  if (!reader.ok) return TOO_SHORT;
  const sequenceNumbers: number[] = [];
  while (reader.remaining >= 4 && sequenceNumbers.length < MAX_NACK_NUMBERS) {
    const first = reader.u16();
    const mask = reader.u16();
    sequenceNumbers.push(first);
    for (let bit = 0; bit < BITMASK_LENGTH && sequenceNumbers.length < MAX_NACK_NUMBERS; bit++)
      if ((mask & (1 << bit)) !== 0) sequenceNumbers.push((first + bit + 1) & 0xffff);
  }
  return { type: "nack", senderSsrc, mediaSsrc, sequenceNumbers };
}

/** `sequenceNumbers`: 16 bits each, in ascending order modulo 2^16. */
export function writeNack(
  out: ByteWriter,
  senderSsrc: number,
  mediaSsrc: number,
  sequenceNumbers: readonly number[],
): void {
  const start = beginPacket(out, TRANSPORT_FMT.NACK, PT.TRANSPORT_FEEDBACK);
  out.u32(senderSsrc);
  out.u32(mediaSsrc);
  for (let i = 0; i < sequenceNumbers.length; ) {
    const first = sequenceNumbers[i++]!;
    let mask = 0;
    for (; i < sequenceNumbers.length; i++) {
      const distance = (sequenceNumbers[i]! - first) & 0xffff;
      if (distance < 1 || distance > BITMASK_LENGTH) break;
      mask |= 1 << (distance - 1);
    }
    out.u16(first);
    out.u16(mask);
  }
  endPacket(out, start);
}
