/**
 * What a sender can send again when it is asked to (RFC 4585 §6.2.1, RFC 4588): copies of the last packets, within bounds of
 * number, age and rate, so that requests cannot be used to amplify.
 */
import type { Duration, Instant } from "../../base/instant.ts";

/** Packets that are kept. */
export const MAX_SENT_PACKETS = 2048;
/** Milliseconds that a packet is kept, in addition to two round trips. */
export const SENT_PACKET_LIFETIME = 1000;
/** Octets that are kept for a stream. */
export const MAX_SENT_OCTETS = 4 * 1024 * 1024;
/** Octets that may be sent again at once: what media has earned. */
export const MAX_RESEND_CREDIT = 512 * 1024;
/** Milliseconds between two answers for a packet, at least: a round trip, if that is longer. */
export const MIN_RESEND_INTERVAL = 10;

const MASK = MAX_SENT_PACKETS - 1;
const NO_BYTES = new Uint8Array(0);

export class SentPackets {
  readonly #numbers = new Float64Array(MAX_SENT_PACKETS).fill(-1);
  readonly #times = new Float64Array(MAX_SENT_PACKETS);
  readonly #answered = new Float64Array(MAX_SENT_PACKETS);
  readonly #lengths = new Uint16Array(MAX_SENT_PACKETS);
  readonly #buffers: Uint8Array[] = [];
  #held = 0;
  #credit = 0;

  /** Octets of buffers that are held. */
  get heldOctets(): number {
    return this.#held;
  }

  /** Keeps a copy of `packet[0, length)`, whose unwrapped sequence number is given. */
  store(now: Instant, sequenceNumber: number, packet: Uint8Array, length: number): void {
    const slot = sequenceNumber & MASK;
    let buffer = this.#buffers[slot] ?? NO_BYTES;
    if (buffer.length < length) {
      // Too much is held already: the packet can be sent, but not again.
      if (this.#held + length - buffer.length > MAX_SENT_OCTETS) {
        this.#numbers[slot] = -1;
        return;
      }
      this.#held += length - buffer.length;
      buffer = new Uint8Array(length);
      while (this.#buffers.length < slot) this.#buffers.push(NO_BYTES);
      this.#buffers[slot] = buffer;
    }
    buffer.set(length === packet.length ? packet : packet.subarray(0, length));
    this.#numbers[slot] = sequenceNumber;
    this.#times[slot] = now;
    this.#answered[slot] = Number.NEGATIVE_INFINITY;
    this.#lengths[slot] = length;
    this.#credit = Math.min(MAX_RESEND_CREDIT, this.#credit + length);
  }

  /**
   * The packet, borrowed, if it is there, young enough, was not sent again within a round trip and media has earned the
   * rate; undefined otherwise. Counts as sent again.
   */
  take(now: Instant, sequenceNumber: number, roundTrip: Duration): Uint8Array | undefined {
    const slot = sequenceNumber & MASK;
    if (this.#numbers[slot] !== sequenceNumber) return undefined;
    if (now - this.#times[slot]! > SENT_PACKET_LIFETIME + 2 * roundTrip) return undefined;
    if (now - this.#answered[slot]! < Math.max(MIN_RESEND_INTERVAL, roundTrip)) return undefined;
    const length = this.#lengths[slot]!;
    if (this.#credit < length) return undefined;
    this.#credit -= length;
    this.#answered[slot] = now;
    return this.#buffers[slot]!.subarray(0, length);
  }
}
