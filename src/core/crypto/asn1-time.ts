/**
 * UTCTime and GeneralizedTime as certificates use them (RFC 5280 §4.1.2.5): seconds present, always `Z`. Moments are
 * milliseconds since 1970-01-01T00:00:00Z; core has no `Date`, so the civil calendar is reckoned here.
 */

const DAY = 86_400_000;

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Months count from 1. */
function daysFromCivil(year: number, month: number, day: number): number {
  // Years that begin in March put the leap day at the end.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** `YYYYMMDDHHMMSSZ` of a moment between the years 0 and 9999; fractions of a second are cut. */
export function formatAsn1Time(moment: number): string {
  const days = Math.floor(moment / DAY);
  const { year, month, day } = civilFromDays(days);
  const seconds = Math.floor((moment - days * DAY) / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const time = two(Math.floor(seconds / 3600)) + two(Math.floor(seconds / 60) % 60) + two(seconds % 60);
  return `${String(year).padStart(4, "0")}${two(month)}${two(day)}${time}Z`;
}

/** The moment that a UTCTime (13 octets) or GeneralizedTime (15 octets) names; undefined if it names none. */
export function parseAsn1Time(octets: Uint8Array): number | undefined {
  const yearDigits = octets.length - 11;
  if ((yearDigits !== 2 && yearDigits !== 4) || octets[octets.length - 1] !== 0x5a) return undefined;
  for (let i = 0; i < octets.length - 1; i++) if (octets[i]! < 0x30 || octets[i]! > 0x39) return undefined;
  const two = (at: number) => (octets[at]! - 0x30) * 10 + octets[at + 1]! - 0x30;
  // RFC 5280 §4.1.2.5.1: two digits from 50 on mean the twentieth century.
  const year = yearDigits === 4 ? two(0) * 100 + two(2) : two(0) + (two(0) >= 50 ? 1900 : 2000);
  const [month, day, hour] = [two(yearDigits), two(yearDigits + 2), two(yearDigits + 4)];
  const [minute, second] = [two(yearDigits + 6), two(yearDigits + 8)];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const days = daysFromCivil(year, month, day);
  if (civilFromDays(days).day !== day) return undefined; // 31 April
  return days * DAY + ((hour * 60 + minute) * 60 + second) * 1000;
}
