/** RFC 8866 §5.8 `b=<bwtype>:<bandwidth>`, as written; what a type is measured in is its own (RFC 8866, RFC 3890, RFC 3556). */
import { decimal, MAX_SDP_INTEGER } from "./scan.ts";
import type { SdpSection } from "./session-description.ts";

/** The first value of each type in a section. Negative ones, which some stacks write for "no limit", are left out. */
export function readBandwidths(section: SdpSection): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { type, value } of section.lines) {
    if (type !== "b") continue;
    const colon = value.indexOf(":");
    const name = value.slice(0, Math.max(0, colon));
    const amount = decimal(value.slice(colon + 1), MAX_SDP_INTEGER);
    if (amount >= 0 && !found.has(name)) found.set(name, amount);
  }
  return found;
}
