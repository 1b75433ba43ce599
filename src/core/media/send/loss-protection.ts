/**
 * How much redundancy a stream needs, by what its receiver reports: none while nothing is lost, or while asking again is quick
 * enough (RFC 8854 §4: forward error correction where retransmission does not do).
 */
import type { Duration } from "../../base/instant.ts";
import { MAX_FEC_GROUP } from "../repair/fec-sender.ts";

/** Below this part of packets lost there is nothing to protect from. */
export const LOSS_WORTH_PROTECTING = 0.01;
/** From this round trip on, retransmission takes so long that repair packets go along. Milliseconds. */
export const ROUND_TRIP_WORTH_PROTECTING: Duration = 100;
/** Media packets of a repair packet where nothing can be asked for again and nothing was lost so far. */
export const PRECAUTIONARY_GROUP = 10;
/** From this part on, each audio packet carries two earlier ones. */
export const HEAVY_LOSS = 0.08;

/** What is left of an earlier loss with each report: protection does not go with the first one that tells of none. */
const MEMORY = 0.8;
/** Repair packets for each one lost. */
const REPAIR_FACTOR = 3;
const MIN_GROUP = 2;

export class LossProtection {
  #loss = 0;

  /** What the receiver says: 0..1. */
  reported(fractionLost: number): void {
    this.#loss = Math.max(fractionLost, this.#loss * MEMORY);
  }

  /** Media packets that share a repair packet; 0: none is needed. */
  fecGroup(retransmits: boolean, roundTrip: Duration | undefined): number {
    if (this.#loss < LOSS_WORTH_PROTECTING) return retransmits ? 0 : PRECAUTIONARY_GROUP;
    if (retransmits && (roundTrip ?? 0) < ROUND_TRIP_WORTH_PROTECTING) return 0;
    return Math.max(MIN_GROUP, Math.min(MAX_FEC_GROUP, Math.round(1 / (REPAIR_FACTOR * this.#loss))));
  }

  /** Earlier packets that each audio packet carries (RFC 2198). `always`: one at least. */
  redundancy(always: boolean): number {
    if (this.#loss >= HEAVY_LOSS) return 2;
    return always || this.#loss >= LOSS_WORTH_PROTECTING ? 1 : 0;
  }
}
