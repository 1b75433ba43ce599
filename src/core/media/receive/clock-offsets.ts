/**
 * By how much the clocks of sources are ahead of ours, as their sender reports show it (RFC 3550 §6.4.1): one figure for all
 * streams of a source. Each report takes its own time to come; figures of their own would put audio and video out of step.
 */
import type { Duration, Instant } from "../../base/instant.ts";
import { putLatest } from "../../base/put-latest.ts";

/** Sources whose figures are remembered; of more, those that have reported last. */
export const MAX_CLOCK_OFFSETS = 256;
/** What a figure changes by at most in one second: clocks drift apart by some 0.1 ms. Milliseconds. */
export const MAX_CLOCK_DRIFT: Duration = 0.25;
/** What differs by more is another clock, or one that was set. Milliseconds. */
export const CLOCK_JUMP: Duration = 5000;

interface Offset {
  ahead: Duration;
  at: Instant;
}

export class ClockOffsets {
  readonly #offsets = new Map<string, Offset>();

  /**
   * Milliseconds by which the clock of that source is ahead, from now on. `cname`: RFC 3550 §6.5.1; `measured`: the same, by a
   * report that has just come.
   */
  update(now: Instant, cname: string, measured: Duration): Duration {
    const known = this.#offsets.get(cname);
    const ahead = known === undefined ? measured : follow(known, now, measured);
    putLatest(this.#offsets, cname, { ahead, at: now }, MAX_CLOCK_OFFSETS);
    return ahead;
  }
}

function follow({ ahead, at }: Offset, now: Instant, measured: Duration): Duration {
  const difference = measured - ahead;
  if (Math.abs(difference) > CLOCK_JUMP) return measured;
  const most = ((now - at) * MAX_CLOCK_DRIFT) / 1000;
  return ahead + Math.max(-most, Math.min(most, difference));
}
