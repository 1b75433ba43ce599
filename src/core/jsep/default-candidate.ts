/**
 * The default candidate (RFC 8839 §4.2.1.2): the address in the `m=` and `c=` lines, for peers that do not look at
 * candidates. Port 9 and 0.0.0.0 as long as there is none (RFC 8840 §4.1.1).
 */
import { ipFamilyOf, parseIpAddress } from "../base/ip-address.ts";
import { Malformed } from "../base/malformed.ts";
import {
  attributeOf,
  type CandidateAttribute,
  type MediaDescription,
  parseCandidate,
  sdpLine,
  writeMediaDescription,
} from "../sdp/index.ts";

/** A local media description with its port and address set to its default candidate. */
export function withDefaultCandidate(media: MediaDescription): MediaDescription {
  let best: CandidateAttribute | undefined;
  for (const line of media.lines) {
    if (attributeOf(line, "candidate") === undefined) continue;
    const candidate = parseCandidate(line.value);
    if (candidate instanceof Malformed || !canBeDefault(candidate)) continue;
    if (best === undefined || rank(candidate) > rank(best)) best = candidate;
  }
  if (best === undefined) return media;
  const connection = sdpLine("c", `IN IP${ipFamilyOf(best.address)} ${best.address}`);
  const lines = media.lines.map((line) => (line.type === "c" ? connection : line));
  return writeMediaDescription(media.kind, best.port, media.protocol, media.formats, lines);
}

function canBeDefault(candidate: CandidateAttribute): boolean {
  const { component, protocol, address, port } = candidate;
  return component === 1 && protocol === "udp" && port > 0 && parseIpAddress(address) !== undefined;
}

/** Likeliest to work with any peer first: relayed, then reflexive, then host; IPv4 before IPv6; then by priority. */
function rank(candidate: CandidateAttribute): number {
  const byType = candidate.type === "relay" ? 2 : candidate.type === "host" ? 0 : 1;
  const byFamily = ipFamilyOf(candidate.address) === 4 ? 1 : 0;
  return (byType * 2 + byFamily) * 0x8000_0000 + candidate.priority;
}
