/**
 * Whether what a stream sends can be decoded. A frame that was not sent leaves no gap in the sequence numbers, so that no receiver
 * would notice: what follows it would be shown as a damaged picture. It is dropped until a key frame comes.
 */
import type { Instant } from "../../base/instant.ts";
import { KEY_FRAME_PATIENCE } from "./patience.ts";

export class FrameChain {
  #isBroken = false;
  /** Of the first frame that was dropped for it. */
  #since: Instant | undefined;

  /** Frames were left out. */
  break(): void {
    this.#isBroken = true;
    this.#since = undefined;
  }

  /** Whether a frame is to be sent. */
  takes(now: Instant, isKey: boolean): boolean {
    if (!this.#isBroken) return true;
    this.#since ??= now;
    if (!isKey && now - this.#since < KEY_FRAME_PATIENCE) return false;
    this.#isBroken = false;
    return true;
  }
}
