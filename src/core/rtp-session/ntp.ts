/** NTP timestamps (RFC 3550 §4) and milliseconds since 1970. */

/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;

export interface NtpTime {
  /** Since 1900, modulo 2^32. */
  readonly seconds: number;
  /** In 1/2^32 s. */
  readonly fraction: number;
}

/** `milliseconds` since 1970. */
export function toNtp(milliseconds: number): NtpTime {
  const whole = Math.floor(milliseconds / 1000);
  const fraction = Math.floor((milliseconds / 1000 - whole) * 0x1_0000_0000);
  return { seconds: (whole + NTP_EPOCH) % 0x1_0000_0000, fraction };
}

/** Milliseconds since 1970. Times before 1968 are taken to be after the wrap of 2036 (RFC 4330 §3). */
export function fromNtp({ seconds, fraction }: NtpTime): number {
  const era = seconds < 0x8000_0000 ? 0x1_0000_0000 : 0;
  return (seconds + era - NTP_EPOCH) * 1000 + (fraction / 0x1_0000_0000) * 1000;
}

/** The middle 32 bits: LSR and its arithmetic, in 1/65,536 s. */
export function middle32({ seconds, fraction }: NtpTime): number {
  return (seconds & 0xffff) * 0x1_0000 + Math.floor(fraction / 0x1_0000);
}
