import type { Duration, Instant } from "../../base/instant.ts";
import { encodeForwardTsn, forwardTsnCapacity } from "../packet/forward-tsn-chunk.ts";
import type { TsnSpace } from "../tsn-space.ts";
import { CHUNK_STATE, type OutstandingData } from "./outstanding-data.ts";

/** FORWARD TSN is repeated at most this often, or once per round trip if that is longer, milliseconds. */
const FORWARD_TSN_INTERVAL = 200;

/** Tells the peer which TSNs will never come again (RFC 3758 §3.5 C1..C5). */
export class ForwardTsnWriter {
  readonly #outstanding: OutstandingData;
  readonly #tsns: TsnSpace;
  #lastPoint = -1;
  #lastAt: Instant = 0;

  constructor(outstanding: OutstandingData, tsns: TsnSpace) {
    this.#outstanding = outstanding;
    this.#tsns = tsns;
  }

  /** What was told may be lost: it is told again at the next opportunity. */
  repeat(): void {
    this.#lastPoint = -1;
  }

  /** Writes a FORWARD TSN at `out[at]` if one is owed and fits below `limit`, and returns where it ends. */
  write(now: Instant, out: Uint8Array, at: number, limit: number, roundTrip: Duration | undefined): number {
    const data = this.#outstanding;
    if (data.isEmpty || data.get(data.cumulativeAck + 1).state !== CHUNK_STATE.ABANDONED) return at;
    const point = data.advancedAckPoint();
    const interval = Math.max(FORWARD_TSN_INTERVAL, roundTrip ?? 0);
    if (point === this.#lastPoint && now < this.#lastAt + interval) return at;
    const capacity = forwardTsnCapacity(limit - at);
    if (capacity < 0) return at;
    const skipped = new Map<number, number>();
    let newPoint = data.cumulativeAck;
    for (let tsn = newPoint + 1; tsn <= point; tsn++) {
      const message = data.get(tsn).message;
      if (!message.unordered) {
        if (skipped.size === capacity && !skipped.has(message.stream.id)) break;
        skipped.set(message.stream.id, message.streamSequenceNumber);
      }
      newPoint = tsn;
    }
    this.#lastPoint = point;
    this.#lastAt = now;
    if (newPoint === data.cumulativeAck) return at;
    return encodeForwardTsn(out, at, {
      newCumulativeTsn: this.#tsns.toWire(newPoint),
      skipped: Array.from(skipped, ([streamId, streamSequenceNumber]) => ({
        streamId,
        streamSequenceNumber,
      })),
    });
  }
}
