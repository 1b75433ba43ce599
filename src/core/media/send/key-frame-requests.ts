/** When a receiver's requests for a key frame (RFC 4585 §6.3.1, RFC 5104 §3.5.1) are passed on to whoever encodes. */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";

/** Between two requests that are passed on: key frames are large, and asking for them costs nothing. Milliseconds. */
export const MIN_KEY_FRAME_INTERVAL: Duration = 300;

export class KeyFrameRequests {
  #passedOnAt: Instant = Number.NEGATIVE_INFINITY;
  #waiting = false;

  /** A request has come. True: it is to be passed on now; else it waits for its time, unless a key frame is sent before. */
  received(now: Instant): boolean {
    if (now - this.#passedOnAt < MIN_KEY_FRAME_INTERVAL) {
      this.#waiting = true;
      return false;
    }
    this.#passedOnAt = now;
    return true;
  }

  /** A key frame is on its way: it answers what waits. */
  answered(): void {
    this.#waiting = false;
  }

  /** True: the request that waits has its time. */
  handleTimeout(now: Instant): boolean {
    if (!this.#waiting || now < this.nextTimeout()) return false;
    this.#waiting = false;
    this.#passedOnAt = now;
    return true;
  }

  nextTimeout(): Instant {
    return this.#waiting ? this.#passedOnAt + MIN_KEY_FRAME_INTERVAL : NEVER;
  }
}
