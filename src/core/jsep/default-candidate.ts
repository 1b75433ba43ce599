/**
 * The default candidates (RFC 8839 §4.2.1.2): the address in the `m=` and `c=` lines, and that of RTCP in `a=rtcp`, for
 * peers that do not look at candidates. Port 9 and 0.0.0.0 as long as there is none (RFC 8840 §4.1.1).
 */
import { ipFamilyOf, parseIpAddress } from "../base/ip-address.ts";
import { Malformed } from "../base/malformed.ts";
import {
  attributeLine,
  attributeOf,
  type CandidateAttribute,
  formatRtcp,
  type MediaDescription,
  parseCandidate,
  type SdpLine,
  sdpLine,
  writeMediaDescription,
} from "../sdp/index.ts";

/** A local media description with its port and address set to its default candidate, and `a=rtcp`, if there, to that of RTCP. */
export function withDefaultCandidate(media: MediaDescription): MediaDescription {
  const [rtp, rtcp] = [bestCandidate(media, 1), bestCandidate(media, 2)];
  if (rtp === undefined && rtcp === undefined) return media;
  const lines = media.lines.map((line): SdpLine => {
    if (line.type === "c" && rtp !== undefined)
      return sdpLine("c", `IN IP${ipFamilyOf(rtp.address)} ${rtp.address}`);
    if (rtcp === undefined || attributeOf(line, "rtcp") === undefined) return line;
    const { port, address } = rtcp;
    return attributeLine(
      "rtcp",
      formatRtcp({ port, connection: { addressType: `IP${ipFamilyOf(address)}`, address } }),
    );
  });
  return writeMediaDescription(media.kind, rtp?.port ?? media.port, media.protocol, media.formats, lines);
}

function bestCandidate(media: MediaDescription, component: number): CandidateAttribute | undefined {
  let best: CandidateAttribute | undefined;
  for (const line of media.lines) {
    if (attributeOf(line, "candidate") === undefined) continue;
    const candidate = parseCandidate(line.value);
    if (candidate instanceof Malformed || candidate.component !== component || !canBeDefault(candidate))
      continue;
    if (best === undefined || rank(candidate) > rank(best)) best = candidate;
  }
  return best;
}

function canBeDefault({ protocol, address, port }: CandidateAttribute): boolean {
  return protocol === "udp" && port > 0 && parseIpAddress(address) !== undefined;
}

/** Likeliest to work with any peer first: relayed, then reflexive, then host; IPv4 before IPv6; then by priority. */
function rank(candidate: CandidateAttribute): number {
  const byType = candidate.type === "relay" ? 2 : candidate.type === "host" ? 0 : 1;
  const byFamily = ipFamilyOf(candidate.address) === 4 ? 1 : 0;
  return (byType * 2 + byFamily) * 0x8000_0000 + candidate.priority;
}
