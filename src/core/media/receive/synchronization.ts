/**
 * What keeps audio and video of one sender in step (RFC 3550 §6.4.1): all streams of a group are held until the slowest of them
 * can be played. Delays change gradually (webrtc-pc §5.3), so that a report that is wrong does little harm before the next one.
 */
import type { Duration, Instant } from "../../base/instant.ts";

/** Between two changes of delays. Milliseconds. */
export const SYNCHRONIZATION_INTERVAL: Duration = 100;
/** One change at most: playing is slowed down or sped up by a fifth. Milliseconds. */
export const MAX_SYNCHRONIZATION_STEP: Duration = 20;
/** Streams that are further apart have clocks that cannot be compared: each is played for itself. Milliseconds. */
export const MAX_SKEW: Duration = 2000;
/** No stream is held for longer than this. Milliseconds. */
export const MAX_PLAYOUT_DELAY: Duration = 5000;

/** One stream, as those that it is to be in step with need to know it. */
export interface Playout {
  /**
   * From capture, on the sender's clock, to the earliest arrival, on ours. Milliseconds, to be compared within the group only; NaN:
   * nothing is known that could be compared.
   */
  readonly transit: number;
  /** That jitter and the application ask for: behind the earliest arrival. Milliseconds. */
  readonly ownDelay: Duration;
}

/** Milliseconds that each stream of a group is to be held for behind its earliest arrival: they are all played when the slowest is. */
export function synchronizedDelays(group: readonly Playout[]): Duration[] {
  let slowest = Number.NEGATIVE_INFINITY;
  let fastest = Number.POSITIVE_INFINITY;
  for (const { transit, ownDelay } of group) {
    slowest = Math.max(slowest, transit + ownDelay);
    fastest = Math.min(fastest, transit + ownDelay);
  }
  const comparable = slowest - fastest <= MAX_SKEW;
  return group.map(({ transit, ownDelay }) =>
    comparable ? Math.max(ownDelay, Math.min(MAX_PLAYOUT_DELAY, slowest - transit)) : ownDelay,
  );
}

/** The delay of one stream on its way to what the group wants. */
export class SynchronizationDelay {
  #delay: Duration = 0;
  #changedAt: Instant = Number.NEGATIVE_INFINITY;

  /** Milliseconds behind the earliest arrival; 0: only what the stream itself asks for counts. */
  get delay(): Duration {
    return this.#delay;
  }

  /** `wanted`: by the group; `own`: what the stream asks for by itself. Called every {@link SYNCHRONIZATION_INTERVAL} or later. */
  approach(now: Instant, wanted: Duration, own: Duration): void {
    if (now - this.#changedAt < SYNCHRONIZATION_INTERVAL) return;
    this.#changedAt = now;
    const from = Math.max(own, this.#delay);
    const step = Math.max(-MAX_SYNCHRONIZATION_STEP, Math.min(MAX_SYNCHRONIZATION_STEP, wanted - from));
    this.#delay = from + step > own ? from + step : 0;
  }
}
