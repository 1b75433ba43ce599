/**
 * Telephone events as they are sent (RFC 4733 §2.5.1): while a tone lasts, packets with one timestamp and a duration that grows;
 * then its end, three times. Longer tones than the duration field can say are cut into segments.
 */
import { Fifo } from "../../base/fifo.ts";
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";
import { END_REPETITIONS, MAX_SEGMENT_DURATION, writeTelephoneEvent } from "../payload/telephone-event.ts";

/** Between two packets of a tone (§2.5.1.2: 50 ms or the interval of the audio). Milliseconds. */
export const TONE_PACKET_INTERVAL: Duration = 20;
/** Between the repetitions of its end: they are over before the shortest gap between two tones. Milliseconds. */
export const TONE_END_INTERVAL: Duration = 10;
/** Tones that wait for the one before them to end. */
export const MAX_WAITING_TONES = 16;
/** -dBm0: what libwebrtc sends. */
export const TONE_VOLUME = 10;

interface Tone {
  readonly event: number;
  readonly duration: Duration;
}

/** Plays tones on one stream, one after the other. */
export class ToneSender {
  /** Of the packet that {@link poll} has written: the first of a tone (§2.2.3). */
  marker = false;
  /** Of the packet that {@link poll} has written: when its tone, or the segment of it, began. */
  timestamp = 0;
  readonly #waiting = new Fifo<Tone>();
  #tone: Tone | undefined;
  /** Of timestamps, and of durations. */
  #clockRate = 8000;
  #durationRate = 8000;
  /** The segment's beginning. */
  #start: Instant = 0;
  #end: Instant = 0;
  #due: Instant = NEVER;
  #fresh = false;
  #endsToSend = 0;

  /** A tone is playing or waits to. */
  get active(): boolean {
    return this.#tone !== undefined || this.#waiting.length > 0;
  }

  /** `event`: 0..15 (§3.2); `duration`: milliseconds. False: too many wait. */
  push(event: number, duration: Duration): boolean {
    if (this.#waiting.length >= MAX_WAITING_TONES) return false;
    this.#waiting.push({ event, duration });
    return true;
  }

  /** Whether the next tone may begin: then {@link begin} is to be called. */
  get canBegin(): boolean {
    return this.#tone === undefined && this.#waiting.length > 0;
  }

  /** The next tone begins now, which is `timestamp` on the stream's clock of `clockRate` Hz; `durationRate`: of the events. */
  begin(now: Instant, timestamp: number, clockRate: number, durationRate = clockRate): void {
    this.#tone = this.#waiting.shift();
    if (this.#tone === undefined) return;
    this.timestamp = timestamp;
    this.#clockRate = clockRate;
    this.#durationRate = durationRate;
    this.#start = now;
    this.#end = now + this.#tone.duration;
    this.#due = now;
    this.#fresh = true;
    this.#endsToSend = END_REPETITIONS;
  }

  /** Writes the payload that is due at `at`; returns its length, 0 when none is. */
  poll(now: Instant, out: Uint8Array, at: number): number {
    const tone = this.#tone;
    if (tone === undefined || now < this.#due) return 0;
    this.marker = this.#fresh;
    this.#fresh = false;
    this.#passSegments(now);
    const ends = now >= this.#end;
    const elapsed = Math.min(now, this.#end) - this.#start;
    // The first packet tells one interval: a duration of 0 would be no event at all (§2.3.5).
    const told = ends ? elapsed : Math.max(elapsed, Math.min(TONE_PACKET_INTERVAL, this.#end - this.#start));
    const duration = Math.min(MAX_SEGMENT_DURATION, Math.round((told * this.#durationRate) / 1000));
    const length = writeTelephoneEvent(
      { event: tone.event, end: ends, volume: TONE_VOLUME, duration },
      out,
      at,
    );
    if (!ends) this.#due = Math.min(this.#end, now + TONE_PACKET_INTERVAL);
    else if (--this.#endsToSend > 0) this.#due = now + TONE_END_INTERVAL;
    else {
      this.#tone = undefined;
      this.#due = NEVER;
    }
    return length;
  }

  /** When {@link poll} has something. */
  nextTimeout(): Instant {
    return this.#due;
  }

  /** Falls silent at once. */
  clear(): void {
    this.#waiting.clear();
    this.#tone = undefined;
    this.#due = NEVER;
  }

  /** §2.5.1.3: what the field cannot say goes on in another segment, whose timestamp is behind it. */
  #passSegments(now: Instant): void {
    const length = (MAX_SEGMENT_DURATION * 1000) / this.#durationRate;
    const ticks = Math.round((length * this.#clockRate) / 1000);
    while (Math.min(now, this.#end) - this.#start > length) {
      this.#start += length;
      this.timestamp = (this.timestamp + ticks) % 0x1_0000_0000;
    }
  }
}
