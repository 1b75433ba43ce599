/** Remembers when packets with transport-wide numbers came, and makes feedback of it. */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";
import { SerialUnwrapper } from "../../base/serial.ts";
import {
  isReceiveDelta,
  NOT_RECEIVED,
  RECEIVE_DELTA_UNIT,
  REFERENCE_TIME_UNIT,
  type TransportWideFeedback,
} from "../../rtcp/transport-wide-feedback.ts";

/** Packets that are remembered: more between two reports are forgotten, oldest first. */
export const MAX_REMEMBERED_ARRIVALS = 4096;
/** Packets that one report speaks of, so that it fits into a datagram however they came. */
export const MAX_REPORTED_ARRIVALS = 500;

/** Between two reports. Milliseconds: what libwebrtc does, for about 5 % of what comes. */
export const FEEDBACK_INTERVAL: Duration = 100;
/** The same while much comes: estimates follow the path sooner. */
export const SHORT_FEEDBACK_INTERVAL: Duration = 50;
/** Packets that wait to be reported from which on the interval is the short one: about 2 Mbit/s of video. */
const MANY_ARRIVALS = 10;

const MASK = MAX_REMEMBERED_ARRIVALS - 1;

export class TransportFeedback {
  readonly #unwrapper = new SerialUnwrapper(16);
  readonly #arrivals = new Float64Array(MAX_REMEMBERED_ARRIVALS).fill(Number.NaN);
  #begin = -1;
  #end = -1;
  #feedbackCount = 0;
  #pending = false;
  #pendingSince: Instant = 0;
  #due: Instant = NEVER;

  /** Something has come that was not reported. */
  get pending(): boolean {
    return this.#pending;
  }

  /** A packet has come. One that is late is reported with all that came behind it, again. */
  received(now: Instant, sequenceNumber: number): void {
    const number = this.#unwrapper.unwrap(sequenceNumber);
    if (this.#end < 0) {
      this.#begin = number;
      this.#end = number;
    }
    if (number < this.#end - MAX_REMEMBERED_ARRIVALS) return;
    for (let missing = Math.max(this.#end, number - MASK); missing <= number; missing++)
      this.#arrivals[missing & MASK] = Number.NaN;
    this.#arrivals[number & MASK] = now;
    this.#end = Math.max(this.#end, number + 1);
    this.#begin = Math.max(Math.min(this.#begin, number), this.#end - MAX_REMEMBERED_ARRIVALS);
    if (!this.#pending) this.#pendingSince = now;
    this.#pending = true;
    this.#due = this.#pendingSince + this.#interval();
  }

  /** When the next report is due. */
  nextTimeout(): Instant {
    return this.#pending ? this.#due : NEVER;
  }

  /** The next report; undefined: there is nothing to say. Ask until then. */
  take(senderSsrc: number, mediaSsrc: number): TransportWideFeedback | undefined {
    if (!this.#pending) return undefined;
    const limit = Math.min(this.#end, this.#begin + MAX_REPORTED_ARRIVALS);
    let first = this.#begin;
    while (first < limit && Number.isNaN(this.#arrivals[first & MASK]!)) first++;
    // A long run of losses: it is told with what comes behind it, or not at all.
    const base = first === limit ? this.#skipLosses() : this.#begin;
    if (base < 0) return undefined;
    const start = Number.isNaN(this.#arrivals[base & MASK]!) ? first : base;
    const reference = Math.floor(this.#arrivals[start & MASK]! / REFERENCE_TIME_UNIT);
    const deltas = this.#deltas(base, Math.min(this.#end, base + MAX_REPORTED_ARRIVALS), reference);
    this.#begin = base + deltas.length;
    this.#pending = this.#begin < this.#end;
    const feedbackCount = this.#feedbackCount;
    this.#feedbackCount = (feedbackCount + 1) & 0xff;
    return {
      type: "transport-wide-feedback",
      senderSsrc,
      mediaSsrc,
      baseSequenceNumber: base & 0xffff,
      referenceTime: (reference << 8) >> 8,
      feedbackCount,
      deltas,
    };
  }

  #interval(): Duration {
    const waiting = this.#end - this.#begin;
    if (waiting >= MAX_REPORTED_ARRIVALS / 2) return 0;
    return waiting >= MANY_ARRIVALS ? SHORT_FEEDBACK_INTERVAL : FEEDBACK_INTERVAL;
  }

  /** The first packet that came, or -1. */
  #skipLosses(): number {
    for (let number = this.#begin; number < this.#end; number++)
      if (!Number.isNaN(this.#arrivals[number & MASK]!)) return number;
    this.#pending = false;
    return -1;
  }

  /** From `base` to the last packet that came before `limit` and whose delta can be said. */
  #deltas(base: number, limit: number, reference: number): Int32Array {
    const deltas = new Int32Array(limit - base).fill(NOT_RECEIVED);
    let previous = reference * REFERENCE_TIME_UNIT;
    let count = 0;
    for (let number = base; number < limit; number++) {
      const arrival = this.#arrivals[number & MASK]!;
      if (Number.isNaN(arrival)) continue;
      const delta = Math.round((arrival - previous) / RECEIVE_DELTA_UNIT);
      if (!isReceiveDelta(delta)) break;
      deltas[number - base] = delta;
      previous += delta * RECEIVE_DELTA_UNIT;
      count = number - base + 1;
    }
    return deltas.subarray(0, count);
  }
}
