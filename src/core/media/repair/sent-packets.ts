/**
 * What a sender can send again when it is asked to (RFC 4585 §6.2.1, RFC 4588 §3, RFC 8834 §6.1): the last packets of one
 * stream, within bounds of number, age and rate, so that requests cannot be used to amplify.
 */
import { Fifo } from "../../base/fifo.ts";
import type { Duration, Instant } from "../../base/instant.ts";

/** Packets that are kept. A power of two. */
export const MAX_SENT_PACKETS = 2048;
/** Nothing older is sent again. Milliseconds. */
export const SENT_PACKET_LIFETIME: Duration = 2000;
/** Octets that may be sent again at once: what media has earned. */
export const MAX_RESEND_CREDIT = 512 * 1024;
/**
 * The same packet is not sent again within half a round trip, nor this time: requests that cross its answer are not answered
 * twice, and an honest one that follows a loss always is. Milliseconds.
 */
export const MAX_RESEND_HOLD: Duration = 50;

const MASK = MAX_SENT_PACKETS - 1;

/** What is known of a packet that was sent. */
export interface SentPacket {
  /** As it was in the packet: 16 bits. */
  readonly sequenceNumber: number;
  readonly octets: number;
  readonly sentAt: Instant;
  /** When it was sent again last; set by {@link SentPackets}. */
  resentAt: Instant;
}

export class SentPackets<Packet extends SentPacket> {
  readonly #ring: (Packet | undefined)[] = [];
  /** All that are kept, the oldest first. */
  readonly #kept = new Fifo<Packet>();
  #credit = 0;

  /** Keeps a packet that has just been sent. Afterwards {@link release} is to be called until it has no more. */
  keep(packet: Packet): void {
    const slot = packet.sequenceNumber & MASK;
    while (this.#ring.length < slot) this.#ring.push(undefined);
    packet.resentAt = Number.NEGATIVE_INFINITY;
    this.#ring[slot] = packet;
    this.#kept.push(packet);
    this.#credit = Math.min(MAX_RESEND_CREDIT, this.#credit + packet.octets);
  }

  /**
   * A packet that is not needed here any more, for it is too old or there are too many; undefined: no more of them. What is
   * kept costs memory, and time of the garbage collector, for each receiver of a stream that is passed on.
   */
  release(now: Instant): Packet | undefined {
    const oldest = this.#kept.peek();
    if (oldest === undefined) return undefined;
    if (this.#kept.length <= MAX_SENT_PACKETS && now - oldest.sentAt <= SENT_PACKET_LIFETIME)
      return undefined;
    this.#kept.shift();
    const slot = oldest.sequenceNumber & MASK;
    if (this.#ring[slot] === oldest) this.#ring[slot] = undefined;
    return oldest;
  }

  /**
   * The packet with that number, to be sent again now; undefined if it is gone or too old, has just been sent again, or media
   * has not earned the rate. `roundTrip`: milliseconds, undefined before it is known.
   */
  take(now: Instant, sequenceNumber: number, roundTrip: Duration | undefined): Packet | undefined {
    const packet = this.#ring[sequenceNumber & MASK];
    if (packet === undefined || packet.sequenceNumber !== sequenceNumber) return undefined;
    if (now - packet.sentAt > SENT_PACKET_LIFETIME) return undefined;
    const hold = Math.min(MAX_RESEND_HOLD, (roundTrip ?? MAX_RESEND_HOLD) / 2);
    if (now - packet.resentAt < hold || this.#credit < packet.octets) return undefined;
    this.#credit -= packet.octets;
    packet.resentAt = now;
    return packet;
  }

  /** Forgets all: the numbers go on, the packets cannot be sent again. */
  clear(): void {
    this.#ring.length = 0;
    this.#kept.clear();
  }
}
