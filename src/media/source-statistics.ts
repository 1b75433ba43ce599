import type { EncodedFrame } from "../core/base/media-frame.ts";

/** Milliseconds over which frames per second are counted. */
const WINDOW = 1000;
/** Arrivals that are remembered for that: no source yields more frames in a second. */
export const MAX_REMEMBERED_FRAMES = 1000;

/** Seconds; frames that are further apart have a pause between them, not sound. */
const LONGEST_FRAME = 1;

/** What a source has yielded (webrtc-stats §8.10 to §8.12). */
export interface SourceCounts {
  /** Simulcast layers of one picture count once. */
  readonly frames: number;
  /** Of the last second; undefined in the first one. */
  readonly framesPerSecond: number | undefined;
  /** 0..1, of the last frame that names its level. */
  readonly audioLevel: number | undefined;
  /** Level squared times seconds; undefined when frames name no level. */
  readonly totalAudioEnergy: number | undefined;
  /** Seconds, from frame to frame without the pauses. */
  readonly totalSamplesDuration: number;
}

/** Counts the frames of one source. */
export class SourceStatistics {
  readonly #now: () => number;
  #begun: number | undefined;
  #frames = 0;
  #lastTimestamp: number | undefined;
  #arrivals: number[] = [];
  #level: number | undefined;
  #energy = 0;
  #duration = 0;

  /** `now`: a monotonic clock, milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The source has yielded a frame. */
  count({ timestamp, audioLevel }: EncodedFrame): void {
    if (timestamp === this.#lastTimestamp) return;
    const now = this.#now();
    this.#begun ??= now;
    this.#frames++;
    this.#forget(now);
    if (this.#arrivals.length < MAX_REMEMBERED_FRAMES) this.#arrivals.push(now);
    this.#heard(this.#lastTimestamp === undefined ? 0 : (timestamp - this.#lastTimestamp) / 1e6);
    this.#lastTimestamp = timestamp;
    if (audioLevel !== undefined) this.#level = audioLevel >= 127 ? 0 : 10 ** (-audioLevel / 20);
  }

  /** What was counted; undefined before the first frame. */
  get counts(): SourceCounts | undefined {
    if (this.#begun === undefined) return undefined;
    const now = this.#now();
    this.#forget(now);
    return {
      frames: this.#frames,
      framesPerSecond: now - this.#begun < WINDOW ? undefined : this.#arrivals.length,
      audioLevel: this.#level,
      totalAudioEnergy: this.#level === undefined ? undefined : this.#energy,
      totalSamplesDuration: this.#duration,
    };
  }

  /** What has passed had the level that was named last. */
  #heard(seconds: number): void {
    if (seconds <= 0 || seconds > LONGEST_FRAME) return;
    this.#duration += seconds;
    if (this.#level !== undefined) this.#energy += this.#level ** 2 * seconds;
  }

  #forget(now: number): void {
    const old = this.#arrivals.findIndex((arrival) => arrival >= now - WINDOW);
    if (old !== 0) this.#arrivals = old < 0 ? [] : this.#arrivals.slice(old);
  }
}
