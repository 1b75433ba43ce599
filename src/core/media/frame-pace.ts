/** How evenly frames of one stream follow each other, as webrtc-stats has it (§8.4 RTCInboundRtpStreamStats). */
import type { Duration, Instant } from "../base/instant.ts";

/** Over which frames per second are counted. Milliseconds. */
const WINDOW: Duration = 1000;
/** Frames that are remembered for that: no stream has more in a second that anybody could show. */
export const MAX_FRAMES_PER_SECOND = 512;
/** Intervals whose average an interval is compared with to tell whether it is a freeze. */
const AVERAGED_INTERVALS = 30;
/** Longer than the average by this, or three times as long, is a freeze. Milliseconds. */
const FREEZE_MARGIN: Duration = 150;
/** A longer interval is a pause. Milliseconds. */
const PAUSE: Duration = 5000;

const NONE = new Float64Array(0);

export class FramePace {
  /** Sums over the intervals between frames: seconds, and seconds squared. */
  totalInterFrameDelay = 0;
  totalSquaredInterFrameDelay = 0;
  freezeCount = 0;
  /** Seconds. */
  totalFreezesDuration = 0;
  pauseCount = 0;
  /** Seconds. */
  totalPausesDuration = 0;
  /** Made with the first frame: many streams have none. */
  #times = NONE;
  #count = 0;
  #intervals = NONE;
  #intervalCount = 0;
  #intervalSum = 0;

  /** A frame has left. */
  note(now: Instant): void {
    if (this.#count > 0) this.#noteInterval(now - this.#at(this.#count - 1));
    else {
      this.#times = new Float64Array(MAX_FRAMES_PER_SECOND);
      this.#intervals = new Float64Array(AVERAGED_INTERVALS);
    }
    this.#times[this.#count % MAX_FRAMES_PER_SECOND] = now;
    this.#count++;
  }

  /** Frames of the last second; undefined before the first frame. */
  perSecond(now: Instant): number | undefined {
    if (this.#count === 0) return undefined;
    const oldest = Math.max(0, this.#count - MAX_FRAMES_PER_SECOND);
    let first = this.#count;
    while (first > oldest && now - this.#at(first - 1) < WINDOW) first--;
    return this.#count - first;
  }

  #at(index: number): Instant {
    return this.#times[index % MAX_FRAMES_PER_SECOND]!;
  }

  #noteInterval(interval: Duration): void {
    const seconds = interval / 1000;
    this.totalInterFrameDelay += seconds;
    this.totalSquaredInterFrameDelay += seconds * seconds;
    if (interval >= PAUSE) {
      this.pauseCount++;
      this.totalPausesDuration += seconds;
      return;
    }
    const known = Math.min(this.#intervalCount, AVERAGED_INTERVALS);
    const average = this.#intervalSum / known;
    if (known > 0 && interval >= Math.max(3 * average, average + FREEZE_MARGIN)) {
      this.freezeCount++;
      this.totalFreezesDuration += seconds;
    }
    const slot = this.#intervalCount % AVERAGED_INTERVALS;
    this.#intervalSum += interval - this.#intervals[slot]!;
    this.#intervals[slot] = interval;
    this.#intervalCount++;
  }
}
