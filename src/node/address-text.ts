import { formatIpAddress, isIpv4Mapped, parseIpAddress } from "../core/base/ip-address.ts";

/** Sources remembered by {@link CanonicalAddresses}; when a flood of strangers fills it, it starts afresh. */
export const MAX_CANONICAL_ADDRESSES = 1024;

/**
 * An address as the operating system writes it, in the project's canonical text: no zone (RFC 4007 §11), no IPv4-mapped
 * form, RFC 5952 spelling. Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const zone = text.indexOf("%");
  const bytes = parseIpAddress(zone < 0 ? text : text.slice(0, zone));
  if (bytes === undefined) return undefined;
  return formatIpAddress(isIpv4Mapped(bytes) ? bytes.subarray(12) : bytes);
}

/**
 * Remembers canonical forms, so that the receive path neither parses nor formats an address per packet. IPv4 text comes
 * canonical from libuv and is not looked at.
 */
export class CanonicalAddresses {
  readonly #known = new Map<string, string>();

  of(text: string): string {
    if (text.length <= 15 && !text.includes(":")) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const canonical = canonicalAddress(text) ?? text;
    if (this.#known.size >= MAX_CANONICAL_ADDRESSES) this.#known.clear();
    this.#known.set(text, canonical);
    return canonical;
  }
}
