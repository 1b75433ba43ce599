/**
 * IP addresses as bytes. One parser and one canonical writer for the whole project: decisions about addresses are taken
 * on bytes, never on text (reliability: CVE-2023-42282 class).
 */

/** Parses dotted-quad IPv4 (four decimal parts, no leading zeros) or IPv6 text (RFC 4291 §2.2, no zone). */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const out = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code === 46) {
      if (digits === 0 || part > 3) return undefined;
      out[part++] = value;
      digits = 0;
      value = 0;
    } else if (code >= 48 && code <= 57) {
      if (digits > 0 && value === 0) return undefined; // "01": octal to some, decimal to others
      value = value * 10 + (code - 48);
      if (++digits > 3 || value > 255) return undefined;
    } else return undefined;
  }
  return part === 4 ? out : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const groups: number[] = [];
  let gap = -1;
  let i = 0;
  if (text.startsWith("::")) {
    gap = 0;
    i = 2;
  } else if (text.startsWith(":")) return undefined;
  while (i < text.length) {
    let end = text.indexOf(":", i);
    if (end < 0) end = text.length;
    const group = text.slice(i, end);
    if (group === "") {
      if (gap >= 0) return undefined;
      gap = groups.length;
      i = end + 1;
      continue;
    }
    if (group.includes(".")) {
      const quad = end === text.length ? parseIpv4(group) : undefined;
      if (quad === undefined) return undefined;
      groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!);
      i = end;
      break;
    }
    let value = 0;
    if (group.length > 4) return undefined;
    for (let k = 0; k < group.length; k++) {
      const digit = hexDigit(group.charCodeAt(k));
      if (digit < 0) return undefined;
      value = value * 16 + digit;
    }
    groups.push(value);
    if (end === text.length) break;
    i = end + 1;
    if (i === text.length) return undefined; // a lone colon at the end ("::" was consumed as an empty group)
    if (text[i] === ":" && i + 1 === text.length) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      break;
    }
  }
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return undefined;
  const out = new Uint8Array(16);
  const zeros = 8 - groups.length;
  for (let g = 0; g < groups.length; g++) {
    const at = (gap >= 0 && g >= gap ? g + zeros : g) * 2;
    out[at] = groups[g]! >> 8;
    out[at + 1] = groups[g]! & 0xff;
  }
  return out;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Canonical text: dotted quad, or RFC 5952 (lower case, the longest run of zeros shortened, IPv4-mapped in mixed form). */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (isIpv4Mapped(bytes)) return `::ffff:${formatIpAddress(bytes.subarray(12))}`;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; ) {
    if (groups[i] !== 0) {
      i++;
      continue;
    }
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > bestLength) {
      bestStart = i;
      bestLength = j - i;
    }
    i = j;
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  if (bestStart < 0) return hex(0, 8);
  return `${hex(0, bestStart)}::${hex(bestStart + bestLength, 8)}`;
}

/** 4 or 6. */
export type IpFamily = 4 | 6;

/** The family of an address in canonical text. */
export function ipFamilyOf(address: string): IpFamily {
  return address.includes(":") ? 6 : 4;
}

/** `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2). */
export function isIpv4Mapped(bytes: Uint8Array): boolean {
  if (bytes.length !== 16 || bytes[10] !== 0xff || bytes[11] !== 0xff) return false;
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** What an address may be used for. `global` stands for everything without a special meaning. */
export type IpScope = "unspecified" | "loopback" | "link-local" | "private" | "multicast" | "global";

/** Classifies by the IANA special-purpose registries, after un-mapping IPv4-mapped addresses. */
export function ipScope(bytes: Uint8Array): IpScope {
  if (isIpv4Mapped(bytes)) return ipScope(bytes.subarray(12));
  if (bytes.length === 4) {
    const [a, b] = [bytes[0]!, bytes[1]!];
    if (a === 0) return "unspecified";
    if (a === 127) return "loopback";
    if (a === 169 && b === 254) return "link-local";
    if (a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168)) return "private";
    return a >= 224 ? "multicast" : "global";
  }
  let leading = 0;
  while (leading < 16 && bytes[leading] === 0) leading++;
  if (leading === 16) return "unspecified";
  if (leading === 15 && bytes[15] === 1) return "loopback";
  if (bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80) return "link-local";
  if ((bytes[0]! & 0xfe) === 0xfc) return "private";
  return bytes[0] === 0xff ? "multicast" : "global";
}
