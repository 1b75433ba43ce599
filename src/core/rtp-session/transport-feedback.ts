/** When each packet came, told to the peer for its congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import { SerialUnwrapper } from "../base/serial.ts";
import {
  isReceiveDelta,
  NOT_RECEIVED,
  RECEIVE_DELTA_UNIT,
  REFERENCE_TIME_UNIT,
  writeTransportWideFeedback,
} from "../rtcp/index.ts";

/** Between two feedbacks. Milliseconds: what libwebrtc does at common bitrates. */
export const FEEDBACK_INTERVAL: Duration = 100;
/** Packets that one feedback speaks of: it fits a datagram. */
export const MAX_FEEDBACK_SPAN = 500;

export class TransportFeedback {
  readonly #sequence = new SerialUnwrapper(16);
  readonly #arrivals = new Map<number, Instant>();
  readonly #deltas = new Int32Array(MAX_FEEDBACK_SPAN);
  #next = -1;
  #count = 0;
  #due: Instant = NEVER;
  #mediaSsrc = 0;

  /** `sequenceNumber`: the transport-wide one, 16 bits. */
  received(now: Instant, sequenceNumber: number, ssrc: number): void {
    const unwrapped = this.#sequence.unwrap(sequenceNumber);
    // Reported already: a packet that is so late is lost for the peer's purposes.
    if (unwrapped < this.#next) return;
    if (this.#arrivals.size >= MAX_FEEDBACK_SPAN && !this.#arrivals.has(unwrapped)) return;
    this.#arrivals.set(unwrapped, now);
    this.#mediaSsrc = ssrc;
    if (this.#due === NEVER) this.#due = now + FEEDBACK_INTERVAL;
    else if (this.#arrivals.size >= MAX_FEEDBACK_SPAN / 2) this.#due = now;
  }

  nextTimeout(): Instant {
    return this.#due;
  }

  /** Appends the feedback that is due; false: none is. Called again until then. */
  write(now: Instant, senderSsrc: number, out: ByteWriter): boolean {
    if (now < this.#due || this.#arrivals.size === 0) {
      if (this.#arrivals.size === 0) this.#due = NEVER;
      return false;
    }
    const sorted = [...this.#arrivals.keys()].sort((a, b) => a - b);
    // What was lost before the first of these is reported as lost, as far as one feedback reaches.
    const first = sorted[0]!;
    const base = this.#next >= 0 && first - this.#next < MAX_FEEDBACK_SPAN / 2 ? this.#next : first;
    const start = this.#arrivals.get(first)!;
    const referenceTime = Math.floor(start / REFERENCE_TIME_UNIT);
    let reported = referenceTime * REFERENCE_TIME_UNIT;
    let count = 0;
    for (const sequenceNumber of sorted) {
      const at = sequenceNumber - base;
      const arrival = this.#arrivals.get(sequenceNumber)!;
      const delta = Math.round((arrival - reported) / RECEIVE_DELTA_UNIT);
      if (at >= MAX_FEEDBACK_SPAN || !isReceiveDelta(delta)) break;
      this.#deltas.fill(NOT_RECEIVED, count, at);
      this.#deltas[at] = delta;
      reported += delta * RECEIVE_DELTA_UNIT;
      count = at + 1;
      this.#arrivals.delete(sequenceNumber);
    }
    this.#next = base + count;
    if (this.#arrivals.size === 0) this.#due = NEVER;
    writeTransportWideFeedback(
      out,
      {
        senderSsrc,
        mediaSsrc: this.#mediaSsrc,
        baseSequenceNumber: this.#sequence.wrap(base),
        referenceTime: referenceTime & 0xff_ffff,
        feedbackCount: this.#count & 0xff,
        deltas: this.#deltas,
      },
      count,
    );
    this.#count++;
    return true;
  }
}
