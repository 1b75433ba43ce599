/** Makes frames of one stream's packets: in order, whole, and after a gap that stays open only what can be decoded. */
import type { Duration, Instant } from "../base/instant.ts";
import { NEVER } from "../base/instant.ts";
import type { AssembledFrame, Depacketizer } from "./depacketize.ts";
import { MAX_WAITING_PACKETS } from "./limits.ts";

/** A packet that waits to become part of a frame. Its payload is owned. */
export interface WaitingPacket {
  /** Unwrapped. */
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  readonly receivedAt: Instant;
  readonly payloadType: number;
  /** RFC 6464; -1: the packet does not say. */
  readonly audioLevel: number;
  readonly voiceActivity: boolean;
  /** Degrees; -1: the packet does not say. */
  readonly rotation: 0 | 90 | 180 | 270 | -1;
  readonly csrcs: readonly number[];
}

/** A frame, with the packet that it ended with. */
export interface FinishedFrame extends AssembledFrame {
  readonly last: WaitingPacket;
  readonly rotation: WaitingPacket["rotation"];
}

export class FrameBuffer {
  /** Frames that can never be whole, or not be decoded for want of another. */
  framesDropped = 0;
  /** Packets of frames that were given up or used already. */
  packetsDiscarded = 0;
  readonly #depacketizer: Depacketizer;
  /** Audio: a packet is a frame, and one that is missing breaks nothing. */
  readonly #independent: boolean;
  readonly #waiting = new Map<number, WaitingPacket>();
  /** The next sequence number to be used; -1 before the first frame. */
  #next = -1;
  #needsKeyFrame: boolean;
  /** Since when the packet at `#next` is waited for. */
  #gapSince: Instant = NEVER;

  constructor(depacketizer: Depacketizer, independent: boolean) {
    this.#depacketizer = depacketizer;
    this.#independent = independent;
    this.#needsKeyFrame = !independent;
  }

  /** Whether nothing can be decoded before there is a key frame. */
  get needsKeyFrame(): boolean {
    return this.#needsKeyFrame;
  }

  /** The first sequence number that is still of use. */
  get next(): number {
    return this.#next;
  }

  /** Since when something is missing that the next frame needs; `NEVER`: nothing is. */
  get gapSince(): Instant {
    return this.#gapSince;
  }

  insert(packet: WaitingPacket): void {
    if (packet.sequenceNumber < this.#next) this.packetsDiscarded++;
    if (packet.sequenceNumber < this.#next || this.#waiting.has(packet.sequenceNumber)) return;
    if (this.#waiting.size >= MAX_WAITING_PACKETS) this.#startAnew();
    this.#waiting.set(packet.sequenceNumber, packet);
  }

  /** The next whole frame; undefined: there is none. `patience`: how long a gap is waited for. */
  take(now: Instant, patience: Duration): FinishedFrame | undefined {
    while (this.#waiting.size > 0) {
      if (this.#next < 0) this.#next = this.#lowest();
      const end = this.#frameEnd();
      if (end >= 0) {
        const frame = this.#cutOut(end);
        if (frame !== undefined) return frame;
        continue;
      }
      if (this.#gapSince === NEVER) this.#gapSince = now;
      if (now - this.#gapSince < patience || !this.#skip()) return undefined;
    }
    this.#gapSince = NEVER;
    return undefined;
  }

  /** The last sequence number of the frame at `#next`; -1: it is not whole. */
  #frameEnd(): number {
    const first = this.#waiting.get(this.#next);
    if (first === undefined) return -1;
    if (this.#independent || first.marker) return this.#next;
    for (let n = this.#next + 1; ; n++) {
      const packet = this.#waiting.get(n);
      if (packet === undefined) return -1;
      // RFC 3550 §5.1: one frame, one timestamp. The marker may have been lost to a sender that sets none.
      if (packet.timestamp !== first.timestamp) return n - 1;
      if (packet.marker) return n;
    }
  }

  #cutOut(end: number): FinishedFrame | undefined {
    const payloads: Uint8Array[] = [];
    let last: WaitingPacket | undefined;
    let rotation: WaitingPacket["rotation"] = -1;
    for (let n = this.#next; n <= end; n++) {
      last = this.#waiting.get(n)!;
      if (last.payload.length > 0) payloads.push(last.payload);
      if (last.rotation >= 0) rotation = last.rotation;
      this.#waiting.delete(n);
    }
    this.#next = end + 1;
    this.#gapSince = NEVER;
    // Padding alone (RFC 3550 §5.1): a probe for bandwidth, no frame.
    if (payloads.length === 0) return undefined;
    const frame = this.#depacketizer.assemble(payloads);
    if (frame === undefined || (this.#needsKeyFrame && !frame.key)) {
      this.framesDropped++;
      if (frame === undefined) this.#needsKeyFrame = !this.#independent;
      return undefined;
    }
    this.#needsKeyFrame = false;
    return { ...frame, last: last!, rotation };
  }

  /** Gives up the frame with the gap; false: what follows is not known yet. */
  #skip(): boolean {
    const lowest = this.#lowest();
    const first = this.#waiting.get(this.#next) ?? this.#waiting.get(lowest)!;
    const given = first.timestamp;
    const isWhole =
      this.#waiting.get(this.#next) === undefined && this.#depacketizer.beginsFrame(first.payload);
    this.framesDropped++;
    this.#needsKeyFrame = !this.#independent;
    this.#gapSince = NEVER;
    if (isWhole) {
      this.#next = lowest;
      return true;
    }
    // What has the same timestamp belongs to the frame that is lost.
    let next = lowest;
    for (const [n, { timestamp }] of this.#waiting) {
      if (timestamp !== given) continue;
      this.#waiting.delete(n);
      if (n >= next) next = n + 1;
    }
    this.#next = this.#waiting.size > 0 ? this.#lowest() : next;
    return this.#waiting.size > 0;
  }

  #lowest(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const n of this.#waiting.keys()) if (n < lowest) lowest = n;
    return lowest;
  }

  #startAnew(): void {
    this.#waiting.clear();
    this.framesDropped++;
    this.#next = -1;
    this.#needsKeyFrame = !this.#independent;
    this.#gapSince = NEVER;
  }
}
