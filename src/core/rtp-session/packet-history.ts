/** The packets of one RTP stream that were sent last, to be sent again when the peer asks (RFC 4588 §3, RFC 8834 §6.1). */
import type { Duration, Instant } from "../base/instant.ts";

/** Packets that are kept, a power of two: at 2 Mbit/s about four seconds. */
export const HISTORY_PACKETS = 1024;
/** Nothing older is sent again. Milliseconds. */
export const HISTORY_AGE: Duration = 3000;
/**
 * The same packet is not sent again within half a round trip, nor this time: requests that cross its answer are not answered
 * twice, and an honest one that follows a loss always is. Milliseconds.
 */
const MAX_HOLD: Duration = 50;

interface Kept {
  sequenceNumber: number;
  packet: Uint8Array;
  sentAt: Instant;
  /** When it was last sent again. */
  repeatedAt: Instant;
}

/** Sequence numbers as they are in packets: 16 bits. */
export class PacketHistory {
  readonly #ring: (Kept | undefined)[] = new Array(HISTORY_PACKETS);

  /** Keeps a packet, before any protection. Its bytes must not change any more. */
  keep(now: Instant, sequenceNumber: number, packet: Uint8Array): void {
    const slot = sequenceNumber % HISTORY_PACKETS;
    const kept = this.#ring[slot];
    if (kept === undefined) {
      this.#ring[slot] = { sequenceNumber, packet, sentAt: now, repeatedAt: Number.NEGATIVE_INFINITY };
      return;
    }
    kept.sequenceNumber = sequenceNumber;
    kept.packet = packet;
    kept.sentAt = now;
    kept.repeatedAt = Number.NEGATIVE_INFINITY;
  }

  /** The packet, to be sent again now; undefined if it is gone, or has just been sent again. */
  repeat(now: Instant, sequenceNumber: number, roundTrip: Duration | undefined): Uint8Array | undefined {
    const kept = this.#ring[sequenceNumber % HISTORY_PACKETS];
    if (kept === undefined || kept.sequenceNumber !== sequenceNumber) return undefined;
    if (now - kept.sentAt > HISTORY_AGE) return undefined;
    const hold = Math.min(MAX_HOLD, (roundTrip ?? MAX_HOLD) / 2);
    if (now - kept.repeatedAt < hold) return undefined;
    kept.repeatedAt = now;
    return kept.packet;
  }
}
