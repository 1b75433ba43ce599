/** NTP timestamps as RTCP has them (RFC 3550 §4), and the map between a stream's clock and the wall clock (§6.4.1). */
import { SerialUnwrapper } from "../base/serial.ts";

/** Milliseconds between the epochs of NTP (1900) and of Unix (1970). */
export const NTP_EPOCH_OFFSET = 2_208_988_800_000;

const FRACTION = 2 ** 32;
/** DLSR and LSR count in 1/65,536 s. */
const SHORT_UNIT = 1000 / 65_536;

/** Seconds of the NTP timestamp of a wall clock time, in milliseconds since 1970. */
export function ntpSeconds(wallClock: number): number {
  return Math.floor((wallClock + NTP_EPOCH_OFFSET) / 1000) >>> 0;
}

/** The fraction, in 1/2^32 s. */
export function ntpFraction(wallClock: number): number {
  const milliseconds = wallClock + NTP_EPOCH_OFFSET;
  const rest = milliseconds - Math.floor(milliseconds / 1000) * 1000;
  return Math.min(FRACTION - 1, Math.round((rest * FRACTION) / 1000)) >>> 0;
}

/** Milliseconds since 1970 of an NTP timestamp. Times before 1968 are taken to be after the wrap of 2036 (RFC 4330 §3). */
export function wallClockOfNtp(seconds: number, fraction: number): number {
  const era = seconds < 0x8000_0000 ? 0x1_0000_0000 : 0;
  return (seconds + era) * 1000 + (fraction * 1000) / FRACTION - NTP_EPOCH_OFFSET;
}

/** The middle 32 bits, which reports refer to (LSR). */
export function compactNtp(seconds: number, fraction: number): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

/** Milliseconds as 1/65,536 s. */
export function toCompactDelay(milliseconds: number): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.round(milliseconds / SHORT_UNIT)));
}

/** The reverse. */
export function fromCompactDelay(delay: number): number {
  return delay * SHORT_UNIT;
}

/** Milliseconds of a difference of two compact timestamps, which wrap every 18 hours. */
export function compactDifference(later: number, earlier: number): number {
  return ((later - earlier) | 0) * SHORT_UNIT;
}

/**
 * The sender's wall clock at any RTP timestamp of a stream, by its last sender reports: what lines audio and video of one
 * sender up. Two reports tell the stream's real clock rate; until then the nominal one counts.
 */
export class NtpMapping {
  readonly #clockRate: number;
  readonly #unwrapper = new SerialUnwrapper(32);
  #timestamp = 0;
  #wallClock = Number.NaN;
  #millisecondsPerTick: number;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
    this.#millisecondsPerTick = 1000 / clockRate;
  }

  /** A sender report has come. */
  update(seconds: number, fraction: number, rtpTimestamp: number): void {
    const wallClock = wallClockOfNtp(seconds, fraction);
    const timestamp = this.#unwrapper.unwrap(rtpTimestamp);
    const elapsed = wallClock - this.#wallClock;
    const ticks = timestamp - this.#timestamp;
    const nominal = 1000 / this.#clockRate;
    const measured = elapsed / ticks;
    // Clocks differ by some 100 ppm; what differs by more than 0.5 % is a jump, as where a forwarder changes its source.
    const plausible = elapsed > 1000 && Math.abs(measured / nominal - 1) < 0.005;
    this.#millisecondsPerTick = plausible ? measured : nominal;
    this.#wallClock = wallClock;
    this.#timestamp = timestamp;
  }

  /** Milliseconds since 1970 on the sender's clock; undefined before the first report. */
  wallClockAt(rtpTimestamp: number): number | undefined {
    if (Number.isNaN(this.#wallClock)) return undefined;
    const ticks = this.#unwrapper.peek(rtpTimestamp) - this.#timestamp;
    return this.#wallClock + ticks * this.#millisecondsPerTick;
  }
}
