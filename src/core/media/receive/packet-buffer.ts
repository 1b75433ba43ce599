/** Puts the packets of one audio stream in order, and waits for late ones as long as jitter asks for. */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";
import { SerialUnwrapper } from "../../base/serial.ts";
import { JitterEstimate, maxAge } from "./jitter-estimate.ts";

/** Packets that are held: five seconds of 10 ms each. */
export const MAX_BUFFERED_AUDIO_PACKETS = 512;
/** Milliseconds that a gap is waited for, at least and at most, whatever jitter says. */
export const MIN_AUDIO_GAP_WAIT: Duration = 20;
export const MAX_AUDIO_GAP_WAIT: Duration = 500;

const MASK = MAX_BUFFERED_AUDIO_PACKETS - 1;

/** A packet of audio. */
export interface AudioPacket {
  /** Owned. */
  readonly payload: Uint8Array;
  readonly payloadType: number;
  /** Unwrapped. */
  readonly sequenceNumber: number;
  /** As it was in the packet: 32 bits. */
  readonly timestamp: number;
  /** Ticks that it lasts; 0: not known. */
  readonly duration: number;
  readonly receiveTime: Instant;
  /** RFC 6464; -1: the packet does not say. */
  readonly audioLevel: number;
  readonly voiceActivity: boolean;
  readonly csrcs: readonly number[];
  /** RFC 6465, of the first of `csrcs`, as many as there are; empty: the packet does not say. */
  readonly csrcAudioLevels: readonly number[];
}

/** Counters are named as webrtc-stats names them; it counts samples, which are ticks here. */
export interface PacketBufferStatistics {
  /** Packets that came too late, twice, or too far ahead. */
  packetsDiscarded: number;
  jitterBufferEmittedCount: number;
  /** In sum over all samples, milliseconds: from the packet to the end of waiting. */
  jitterBufferDelay: number;
  jitterBufferTargetDelay: number;
  jitterBufferMinimumDelay: number;
  /** Of packets that never came. */
  concealedSamples: number;
  concealmentEvents: number;
}

/** Nothing counted so far. */
export function packetBufferStatistics(): PacketBufferStatistics {
  return {
    packetsDiscarded: 0,
    jitterBufferEmittedCount: 0,
    jitterBufferDelay: 0,
    jitterBufferTargetDelay: 0,
    jitterBufferMinimumDelay: 0,
    concealedSamples: 0,
    concealmentEvents: 0,
  };
}

export class PacketBuffer {
  /** Milliseconds that packets are held at least, in addition to the fastest way (webrtc-pc jitterBufferTarget). */
  minimumDelay: Duration = 0;
  /** Milliseconds that a gap is waited for at least: as long as asking again takes, where that is agreed on. */
  minimumGapWait: Duration = MIN_AUDIO_GAP_WAIT;
  readonly statistics: PacketBufferStatistics;
  readonly #jitter: JitterEstimate;
  readonly #timestamps = new SerialUnwrapper(32);
  readonly #slots: (AudioPacket | undefined)[] = Array(MAX_BUFFERED_AUDIO_PACKETS).fill(undefined);
  #next = -1;
  #highest = -1;
  #lost = 0;
  #blockedSince: Instant = NEVER;

  /** `statistics`: where to count on, when another buffer has counted before. */
  constructor(clockRate: number, statistics = packetBufferStatistics()) {
    this.statistics = statistics;
    this.#jitter = new JitterEstimate(clockRate);
  }

  /** How the packets' times of arrival spread. */
  get jitter(): JitterEstimate {
    return this.#jitter;
  }

  /** What is older than this is not needed any more. */
  get oldestWanted(): number {
    return Math.max(0, this.#next);
  }

  /** Whether a packet with that number is here, or has been given out or up. */
  has(sequenceNumber: number): boolean {
    return (
      sequenceNumber < this.#next || this.#slots[sequenceNumber & MASK]?.sequenceNumber === sequenceNumber
    );
  }

  /** `firstHand`: it was not sent again or recovered, so that its time tells of the path. */
  insert(packet: AudioPacket, firstHand = true): void {
    const { sequenceNumber, receiveTime } = packet;
    if (this.#next < 0) this.#next = sequenceNumber;
    if (this.has(sequenceNumber)) {
      this.statistics.packetsDiscarded++;
      // It was too late: the delay grows so that the next one is not.
      if (firstHand) this.#jitter.update(receiveTime, this.#timestamps.peek(packet.timestamp));
      return;
    }
    if (sequenceNumber - this.#next > MASK) this.#makeRoom(sequenceNumber - MASK);
    const unwrapped = this.#timestamps.unwrap(packet.timestamp);
    if (firstHand) this.#jitter.update(receiveTime, unwrapped);
    if (sequenceNumber > this.#highest) this.#highest = sequenceNumber;
    this.#slots[sequenceNumber & MASK] = packet;
  }

  /** The next packet whose turn it is; undefined: none now. */
  poll(now: Instant): AudioPacket | undefined {
    for (;;) {
      const packet = this.#next < 0 ? undefined : this.#slots[this.#next & MASK];
      if (packet !== undefined) {
        this.#blockedSince = NEVER;
        if (this.#isStale(now, packet)) {
          this.statistics.packetsDiscarded++;
          this.#slots[this.#next & MASK] = undefined;
          this.#next++;
          continue;
        }
        if (now < this.#releaseTime(packet)) return undefined;
        this.#slots[this.#next & MASK] = undefined;
        this.#next++;
        this.#count(now, packet);
        return packet;
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
    return Math.min(MAX_AUDIO_GAP_WAIT, Math.max(this.minimumGapWait, wait));
  }

  #releaseTime({ timestamp }: AudioPacket): Instant {
    return this.#jitter.releaseTime(this.#timestamps.peek(timestamp), this.minimumDelay);
  }

  /** It has stood in a queue somewhere while the network was away, and missed its time. */
  #isStale(now: Instant, { timestamp }: AudioPacket): boolean {
    const limit = maxAge(this.minimumDelay, MAX_AUDIO_GAP_WAIT);
    return this.#jitter.isStale(now, this.#timestamps.peek(timestamp), limit);
  }

  /** So far ahead that the rest cannot be held: what is missing before is lost, and what is held too. */
  #makeRoom(end: number): void {
    for (let number = Math.max(this.#next, end - MAX_BUFFERED_AUDIO_PACKETS); number < end; number++) {
      if (this.#slots[number & MASK] !== undefined) this.statistics.packetsDiscarded++;
      this.#slots[number & MASK] = undefined;
    }
    this.#lost += end - this.#next;
    this.#next = end;
  }

  #count(now: Instant, { duration, receiveTime }: AudioPacket): void {
    const { statistics } = this;
    statistics.jitterBufferEmittedCount += duration;
    statistics.jitterBufferDelay += (now - receiveTime) * duration;
    statistics.jitterBufferTargetDelay += Math.max(this.minimumDelay, this.#jitter.target) * duration;
    statistics.jitterBufferMinimumDelay += this.#jitter.target * duration;
    if (this.#lost === 0) return;
    // A source that has begun anew, or was away, has lost nothing of it.
    if (this.#lost <= MAX_BUFFERED_AUDIO_PACKETS) {
      statistics.concealedSamples += this.#lost * duration;
      statistics.concealmentEvents++;
    }
    this.#lost = 0;
  }
}
