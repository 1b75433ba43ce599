/** Puts the packets of one audio stream in order, and waits for late ones as long as jitter asks for. */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";
import { SerialUnwrapper } from "../../base/serial.ts";
import { JitterEstimate } from "./jitter-estimate.ts";

/** Packets that are held: five seconds of 10 ms each. */
export const MAX_BUFFERED_AUDIO_PACKETS = 512;
/** Milliseconds that a gap is waited for, at least and at most, whatever jitter says. */
export const MIN_AUDIO_GAP_WAIT = 20;
export const MAX_AUDIO_GAP_WAIT = 500;

const MASK = MAX_BUFFERED_AUDIO_PACKETS - 1;
const EMPTY = new Uint8Array(0);

/** A packet that leaves the buffer. */
export interface BufferedPacket {
  readonly payload: Uint8Array;
  readonly payloadType: number;
  readonly marker: boolean;
  /** Unwrapped. */
  readonly sequenceNumber: number;
  /** Unwrapped. */
  readonly timestamp: number;
  readonly receiveTime: Instant;
  /** Packets before it that never came. */
  readonly lostBefore: number;
}

export class PacketBuffer {
  /** Milliseconds that packets are held at least, in addition to the fastest way (webrtc-pc jitterBufferTarget). */
  minimumDelay: Duration = 0;
  /** Whether packets wait for the delay that jitter asks for; otherwise they leave as soon as their turn comes. */
  smooth = false;
  /** Packets that came too late, twice, or too far ahead. */
  packetsDiscarded = 0;
  readonly #jitter: JitterEstimate;
  readonly #timestamps = new SerialUnwrapper(32);
  readonly #slots: (BufferedPacket | undefined)[] = Array(MAX_BUFFERED_AUDIO_PACKETS).fill(undefined);
  #next = -1;
  #highest = -1;
  #lost = 0;
  #blockedSince: Instant = NEVER;

  constructor(clockRate: number) {
    this.#jitter = new JitterEstimate(clockRate);
  }

  /** Milliseconds that jitter asks for. */
  get jitterDelay(): Duration {
    return this.#jitter.target;
  }

  /** What is older than this is not needed any more. */
  get oldestWanted(): number {
    return Math.max(0, this.#next);
  }

  /** `sequenceNumber`: unwrapped; `payload`: copied. */
  insert(
    now: Instant,
    sequenceNumber: number,
    timestamp: number,
    payloadType: number,
    marker: boolean,
    payload: Uint8Array,
  ): void {
    if (this.#next < 0) this.#next = sequenceNumber;
    if (
      sequenceNumber < this.#next ||
      this.#slots[sequenceNumber & MASK]?.sequenceNumber === sequenceNumber
    ) {
      this.packetsDiscarded++;
      return;
    }
    // So far ahead that the rest cannot be held: what is missing before is lost, what is held leaves first.
    if (sequenceNumber - this.#next > MASK) {
      const end = sequenceNumber - MASK;
      for (let number = Math.max(this.#next, end - MAX_BUFFERED_AUDIO_PACKETS); number < end; number++) {
        if (this.#slots[number & MASK] !== undefined) this.packetsDiscarded++;
        this.#slots[number & MASK] = undefined;
      }
      this.#lost += end - this.#next;
      this.#next = end;
    }
    const unwrapped = this.#timestamps.unwrap(timestamp);
    if (sequenceNumber > this.#highest) {
      this.#highest = sequenceNumber;
      this.#jitter.update(now, unwrapped);
    }
    this.#slots[sequenceNumber & MASK] = {
      payload: payload.length > 0 ? payload.slice() : EMPTY,
      payloadType,
      marker,
      sequenceNumber,
      timestamp: unwrapped,
      receiveTime: now,
      lostBefore: 0,
    };
  }

  /** The next packet whose turn it is; undefined: none now. */
  poll(now: Instant): BufferedPacket | undefined {
    for (;;) {
      const packet = this.#next < 0 ? undefined : this.#slots[this.#next & MASK];
      if (packet !== undefined) {
        this.#blockedSince = NEVER;
        if (now < this.#releaseTime(packet)) return undefined;
        const lostBefore = this.#lost;
        this.#slots[this.#next & MASK] = undefined;
        this.#next++;
        this.#lost = 0;
        return lostBefore === 0 ? packet : { ...packet, lostBefore };
      }
      if (this.#next < 0 || this.#next > this.#highest) return undefined;
      if (this.#blockedSince === NEVER) this.#blockedSince = now;
      if (now < this.#blockedSince + this.#gapWait()) return undefined;
      while (this.#next <= this.#highest && this.#slots[this.#next & MASK] === undefined) {
        this.#next++;
        this.#lost++;
      }
    }
  }

  /** When {@link poll} may have something without another packet. */
  nextTimeout(): Instant {
    if (this.#next < 0) return NEVER;
    const packet = this.#slots[this.#next & MASK];
    if (packet !== undefined) return this.#releaseTime(packet);
    return this.#blockedSince === NEVER ? NEVER : this.#blockedSince + this.#gapWait();
  }

  #gapWait(): Duration {
    const wait = Math.max(this.minimumDelay, this.#jitter.target);
    return Math.min(MAX_AUDIO_GAP_WAIT, Math.max(MIN_AUDIO_GAP_WAIT, wait));
  }

  #releaseTime(packet: BufferedPacket): Instant {
    const delay = Math.max(this.minimumDelay, this.smooth ? this.#jitter.target : 0);
    return delay === 0 ? Number.NEGATIVE_INFINITY : this.#jitter.earliestArrival(packet.timestamp) + delay;
  }
}
