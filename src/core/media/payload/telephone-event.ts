/**
 * Telephone events (RFC 4733 §2.3):
 *
 *    |     event     |E|R| volume    |          duration             |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";

export interface TelephoneEvent {
  /** 0..15 are the DTMF digits (§3.2). */
  readonly event: number;
  /** E: this packet ends the event. */
  readonly end: boolean;
  /** -dBm0, 0..63 */
  readonly volume: number;
  /** In ticks of the RTP clock, since the timestamp. */
  readonly duration: number;
}

export const TELEPHONE_EVENT_LENGTH = 4;
/** §2.5.1.3: the packet that ends an event is sent as often. */
export const END_REPETITIONS = 3;
/** §2.5.1.1: longer events are sent as segments with timestamps of their own. */
export const MAX_SEGMENT_DURATION = 0xffff;

const TONES = "0123456789*#ABCD";
const TRUNCATED = malformed("telephone event: payload cut");

/** The first event of a payload; others would be of older segments (§2.5.1.6) and have been seen. */
export function decodeTelephoneEvent(payload: Uint8Array): TelephoneEvent | Malformed {
  if (payload.length < TELEPHONE_EVENT_LENGTH) return TRUNCATED;
  return {
    event: payload[0]!,
    end: payload[1]! >= 0x80,
    volume: payload[1]! & 63,
    duration: (payload[2]! << 8) | payload[3]!,
  };
}

export function writeTelephoneEvent(event: TelephoneEvent, out: Uint8Array, at: number): number {
  out[at] = event.event;
  out[at + 1] = (event.end ? 0x80 : 0) | (event.volume & 63);
  out[at + 2] = event.duration >>> 8;
  out[at + 3] = event.duration;
  return TELEPHONE_EVENT_LENGTH;
}

/** The event of a DTMF character, upper or lower case; -1 for any other. */
export function eventOfTone(tone: string): number {
  return tone.length === 1 ? TONES.indexOf(tone.toUpperCase()) : -1;
}

/** The character of an event; undefined when it is no DTMF digit. */
export function toneOfEvent(event: number): string | undefined {
  return TONES[event];
}
