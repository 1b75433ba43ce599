/** Writing an audio or video section (RFC 9429 §5.2.1, §5.3.1). */
import {
  attributeLine,
  type Direction,
  formatExtMap,
  formatMsid,
  formatRid,
  formatRtcpFeedback,
  formatRtpMap,
  formatSimulcast,
  formatSsrc,
  formatSsrcGroup,
  type Msid,
  type SdpLine,
} from "../sdp/index.ts";
import type { NegotiatedHeaderExtension, SendSource, SimulcastLayer } from "./media-types.ts";
import type { RtpCodec } from "./rtp-description.ts";

/** What is written about RTP. */
export interface RtpText {
  readonly direction: Direction;
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly NegotiatedHeaderExtension[];
  /** `a=msid` lines; none where nothing is sent. */
  readonly msids: readonly Msid[];
  readonly rtcpMux: boolean;
  readonly rtcpMuxOnly: boolean;
  readonly reducedSize: boolean;
  /** On this level, because the offer has it on this level. */
  readonly extmapAllowMixed: boolean;
  /** `a=rid:… send`, and `a=simulcast:send` when `simulcast`. */
  readonly layers: readonly SimulcastLayer[];
  readonly simulcast: boolean;
  readonly sources: readonly SendSource[];
  readonly cname: string | undefined;
}

/** The attributes between the transport's and the candidates. */
export function rtpLines(rtp: RtpText): SdpLine[] {
  const lines: SdpLine[] = [];
  if (rtp.extmapAllowMixed) lines.push(attributeLine("extmap-allow-mixed"));
  for (const { id, uri, direction } of rtp.extensions) {
    const map = {
      id,
      uri,
      direction: direction === "sendrecv" ? undefined : direction,
      attributes: undefined,
    };
    lines.push(attributeLine("extmap", formatExtMap(map)));
  }
  lines.push(attributeLine(rtp.direction));
  for (const msid of rtp.msids) lines.push(attributeLine("msid", formatMsid(msid)));
  if (rtp.rtcpMux) lines.push(attributeLine("rtcp-mux"));
  if (rtp.rtcpMuxOnly) lines.push(attributeLine("rtcp-mux-only"));
  if (rtp.reducedSize) lines.push(attributeLine("rtcp-rsize"));
  for (const codec of rtp.codecs) lines.push(...codecLines(codec));
  for (const { rid } of rtp.layers) {
    lines.push(attributeLine("rid", formatRid({ id: rid, direction: "send", restrictions: undefined })));
  }
  if (rtp.simulcast) {
    const send = rtp.layers.map((layer) => [layer]);
    lines.push(attributeLine("simulcast", formatSimulcast({ send, recv: [] })));
  }
  if (rtp.cname !== undefined) for (const source of rtp.sources) lines.push(...sourceLines(source, rtp));
  return lines;
}

function codecLines({ payloadType, name, clockRate, channels, fmtp, feedback }: RtpCodec): SdpLine[] {
  const encodingParameters = channels === undefined || channels === 1 ? undefined : String(channels);
  const map = { payloadType, encodingName: name, clockRate, encodingParameters };
  const lines = [attributeLine("rtpmap", formatRtpMap(map))];
  for (const value of feedback) {
    lines.push(attributeLine("rtcp-fb", formatRtcpFeedback({ payloadType, feedback: value })));
  }
  if (fmtp !== undefined) lines.push(attributeLine("fmtp", `${payloadType} ${fmtp}`));
  return lines;
}

/** RFC 5576 §4.2, §6.1; `msid` as peers from before RFC 8830 want it. */
function sourceLines({ ssrc, rtxSsrc }: SendSource, { cname, msids, codecs }: RtpText): SdpLine[] {
  const lines: SdpLine[] = [];
  const retransmits = codecs.some(({ name }) => name.toLowerCase() === "rtx");
  const ssrcs = rtxSsrc === undefined || !retransmits ? [ssrc] : [ssrc, rtxSsrc];
  if (ssrcs.length === 2) {
    lines.push(attributeLine("ssrc-group", formatSsrcGroup({ semantics: "FID", ssrcs })));
  }
  for (const id of ssrcs) {
    lines.push(attributeLine("ssrc", formatSsrc({ ssrc: id, attribute: "cname", value: cname })));
    const msid = msids[0];
    if (msid?.appdata === undefined) continue;
    lines.push(attributeLine("ssrc", formatSsrc({ ssrc: id, attribute: "msid", value: formatMsid(msid) })));
  }
  return lines;
}
