/** Address prefixes in text form, `address/length` (RFC 4632 §3.1, RFC 4291 §2.3). */
import { parseIpAddress } from "./ip-address.ts";

/** The addresses whose first `length` bits are those of `bytes`. */
export interface IpPrefix {
  readonly bytes: Uint8Array;
  /** 0..32, or 0..128 */
  readonly length: number;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, which is a prefix of full length. Undefined: it is neither. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const slash = text.indexOf("/");
  const bytes = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const digits = slash < 0 ? String(bytes.length * 8) : text.slice(slash + 1);
  if (!/^[0-9]{1,3}$/.test(digits)) return undefined;
  const length = Number(digits);
  return length <= bytes.length * 8 ? { bytes, length } : undefined;
}

/** Whether an address lies within a prefix; never one of the other family. */
export function isWithin(address: Uint8Array, { bytes, length }: IpPrefix): boolean {
  if (address.length !== bytes.length) return false;
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== bytes[i]) return false;
  const rest = length & 7;
  return rest === 0 || (address[whole]! ^ bytes[whole]!) >> (8 - rest) === 0;
}
