/** The 48-bit index of an SRTP packet out of its 16-bit sequence number (RFC 3711 §3.3.1 and Appendix A). */

const SEQUENCE_MODULUS = 0x1_0000;
const HALF = 0x8000;

/** The last index of a master key (RFC 3711 §9.2). */
export const LAST_PACKET_INDEX = 2 ** 48 - 1;

/**
 * The index nearest to the highest one seen; `highest` -1: the stream is new, its rollover counter 0. Never negative:
 * before the first wrap a number far ahead is one far ahead.
 */
export function estimatePacketIndex(highest: number, sequenceNumber: number): number {
  if (highest < 0) return sequenceNumber;
  const low = highest % SEQUENCE_MODULUS;
  let delta = sequenceNumber - low;
  if (delta > HALF) delta -= SEQUENCE_MODULUS;
  else if (delta < -HALF) delta += SEQUENCE_MODULUS;
  const index = highest + delta;
  return index < 0 ? index + SEQUENCE_MODULUS : index;
}

/** The same sequence number one rollover later: what it was if more than half a cycle has been lost. */
export function nextRollover(index: number): number {
  return index + SEQUENCE_MODULUS;
}

/** ROC, the high 32 bits. */
export function rolloverCounter(index: number): number {
  return Math.floor(index / SEQUENCE_MODULUS);
}
