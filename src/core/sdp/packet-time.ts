/** RFC 8866 §6.4 `ptime` and §6.5 `maxptime`: milliseconds of media in a packet, a fraction of one for some codecs. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isDigits } from "./scan.ts";

/** Longest packet that is believed, in milliseconds. */
export const MAX_PACKET_TIME = 10_000;

const MALFORMED = malformed("sdp: malformed packet time");

/** Reads the value of `ptime` or `maxptime`. */
export function parsePacketTime(value: string): number | Malformed {
  const [whole = "", fraction = "0", more] = value.trim().split(".", 3);
  if (!isDigits(whole) || !isDigits(fraction) || more !== undefined || value.length > 16) return MALFORMED;
  const time = Number(`${whole}.${fraction}`);
  return time > 0 && time <= MAX_PACKET_TIME ? time : MALFORMED;
}
