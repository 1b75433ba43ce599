/**
 * Telephone events as they are received (RFC 4733 §2.5.2): one tone for all packets of an event, its segments and the repetitions
 * of its end included.
 */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";
import { Malformed } from "../../base/malformed.ts";
import { decodeTelephoneEvent, MAX_SEGMENT_DURATION } from "../payload/telephone-event.ts";

/** §2.5.2.2: without a packet for so long the event has ended, and its end was lost. Milliseconds: several intervals. */
export const TONE_SILENCE: Duration = 200;

/** An event that is over. */
export interface HeardTone {
  /** RFC 4733 §3.2: 0 to 15 are DTMF digits. */
  readonly event: number;
  /** Milliseconds. */
  readonly duration: Duration;
  /** -dBm0, 0..63 */
  readonly volume: number;
  /** As its first packet had it: 32 bits. */
  readonly rtpTimestamp: number;
}

export class ToneReceiver {
  #event = -1;
  #volume = 0;
  #clockRate = 0;
  /** Of the event's first segment, and of the present one; of the event that was over last while there is none. */
  #firstTimestamp = 0;
  #timestamp = 0;
  #begun = false;
  /** Ticks: of the segments before, and of this one. */
  #earlier = 0;
  #duration = 0;
  #lastAt: Instant = NEVER;

  /** A packet's payload (borrowed). Returns the event that is over by it. `clockRate`: Hz. */
  received(now: Instant, timestamp: number, payload: Uint8Array, clockRate: number): HeardTone | undefined {
    const packet = decodeTelephoneEvent(payload);
    if (packet instanceof Malformed || clockRate <= 0) return undefined;
    const ahead = (timestamp - this.#timestamp) | 0;
    // Repetitions of an end, and what was overtaken by the next event.
    if (this.#begun && (ahead < 0 || (ahead === 0 && this.#event < 0))) return undefined;
    const goesOn = ahead === 0 || (ahead === MAX_SEGMENT_DURATION && this.#event === packet.event);
    const before = this.#begun && this.#event >= 0 && !goesOn ? this.#end() : undefined;
    if (!this.#begun || this.#event < 0) {
      this.#begun = true;
      this.#event = packet.event;
      this.#volume = packet.volume;
      this.#clockRate = clockRate;
      this.#firstTimestamp = timestamp;
      this.#earlier = 0;
      this.#duration = 0;
    } else if (ahead > 0) {
      this.#earlier += MAX_SEGMENT_DURATION;
      this.#duration = 0;
    }
    this.#timestamp = timestamp;
    this.#lastAt = now;
    this.#duration = Math.max(this.#duration, packet.duration);
    // An event whose end was lost is told by the next one, which has not ended with its first packet.
    return packet.end && before === undefined ? this.#end() : before;
  }

  /** When {@link handleTimeout} has something. */
  nextTimeout(): Instant {
    return this.#event < 0 ? NEVER : this.#lastAt + TONE_SILENCE;
  }

  /** The event whose end did not come. */
  handleTimeout(now: Instant): HeardTone | undefined {
    return now >= this.nextTimeout() ? this.#end() : undefined;
  }

  #end(): HeardTone {
    const duration = ((this.#earlier + this.#duration) * 1000) / this.#clockRate;
    const tone = {
      event: this.#event,
      duration,
      volume: this.#volume,
      rtpTimestamp: this.#firstTimestamp,
    };
    this.#event = -1;
    return tone;
  }
}
