/**
 * Whether what a stream sends can be decoded. A frame that was not sent leaves no gap in the sequence numbers, so that no receiver
 * would notice: what follows it would be shown as a damaged picture. It is dropped until a key frame comes.
 */
import type { Duration, Instant } from "../../base/instant.ts";

/** Then frames are sent as they are: not every source makes key frames when it is asked. Milliseconds. */
export const CHAIN_PATIENCE: Duration = 3000;

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
    if (!isKey && now - this.#since < CHAIN_PATIENCE) return false;
    this.#isBroken = false;
    return true;
  }
}
