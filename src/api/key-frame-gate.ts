/** Where a sender begins to pass on a stream that is under way: at a frame that needs none before it. */
import type { Instant } from "../core/base/instant.ts";
import type { MediaPacket } from "../core/base/media-frame.ts";
import { KEY_FRAME_PATIENCE, KeyFrameRequests, STREAM_SILENCE } from "../core/media/index.ts";
import { beginsKeyFrame } from "../media/key-frame.ts";

/**
 * For one stream that is sent: of the sources whose packets come, one passes. When packets of another one come in its place, these
 * wait for a key frame, and the one before goes on until then, as far as it still comes.
 */
export class KeyFrameGate {
  #ssrc = -1;
  #highest = -1;
  #seenAt: Instant = Number.NEGATIVE_INFINITY;
  /** The source before, and its last number: what comes late of it is no way back. */
  #formerSsrc = -1;
  #formerHighest = -1;
  #heldSince: Instant | undefined;
  #heldAt: Instant = Number.NEGATIVE_INFINITY;
  readonly #requests = new KeyFrameRequests();

  /** Whether a packet may pass. `parallel`: sources come side by side, as the layers of a simulcast do. */
  passes(now: Instant, packet: MediaPacket, parallel: boolean): boolean {
    const { ssrc, sequenceNumber } = packet;
    if (ssrc !== this.#ssrc && !this.#mayTakeOver(now, packet, parallel)) return false;
    this.#seenAt = now;
    if (sequenceNumber > this.#highest) this.#highest = sequenceNumber;
    return true;
  }

  /** Something is held back, and a key frame is to be asked for: once in a while. */
  takeRequest(now: Instant): boolean {
    return this.#heldAt === now && this.#requests.received(now);
  }

  #mayTakeOver(now: Instant, packet: MediaPacket, parallel: boolean): boolean {
    const isSilent = now - this.#seenAt >= STREAM_SILENCE;
    if (parallel && !isSilent) return false;
    if (packet.ssrc === this.#formerSsrc && packet.sequenceNumber <= this.#formerHighest) return false;
    if (this.#heldSince === undefined || now - this.#heldAt >= KEY_FRAME_PATIENCE) this.#heldSince = now;
    const mayPassAsItIs = isSilent && now - this.#heldSince >= KEY_FRAME_PATIENCE;
    if (!mayPassAsItIs && !beginsKeyFrame(packet)) {
      this.#heldAt = now;
      return false;
    }
    this.#formerSsrc = this.#ssrc;
    this.#formerHighest = this.#highest;
    this.#ssrc = packet.ssrc;
    this.#highest = -1;
    this.#heldSince = undefined;
    return true;
  }
}
