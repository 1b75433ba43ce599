/** When the packets of sources were captured, by what each has told last. */
import type { SourceClock } from "../../base/media-frame.ts";
import { putLatest } from "../../base/put-latest.ts";

/** Sources that are remembered; of more, those that were told of last. */
export const MAX_SOURCE_CLOCKS = 32;

export class SourceClocks {
  readonly #clocks = new Map<number, SourceClock>();

  note(clock: SourceClock): void {
    putLatest(this.#clocks, clock.ssrc, clock, MAX_SOURCE_CLOCKS);
  }

  /** In the order in which they were told. */
  get all(): readonly SourceClock[] {
    return [...this.#clocks.values()];
  }

  /** Of the source with that SSRC. */
  get(ssrc: number): SourceClock | undefined {
    return this.#clocks.get(ssrc);
  }
}
