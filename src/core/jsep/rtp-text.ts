/** Writing an audio or video section (RFC 9429 §5.2.1, §5.3.1). */
import {
  attributeLine,
  type Direction,
  formatExtendedReports,
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
import { CONGESTION_FEEDBACK } from "./codecs.ts";
import type { NegotiatedHeaderExtension, SendSource, SimulcastLayer } from "./media-types.ts";
import type { RtpCodec } from "./rtp-description.ts";
import type { ReceivedLayer } from "./simulcast-layers.ts";

/** What is written about RTP. */
export interface RtpText {
  readonly direction: Direction;
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly NegotiatedHeaderExtension[];
  /** `a=msid` lines; none where nothing is sent. */
  readonly msids: readonly Msid[];
  /** Of audio: milliseconds that a packet may have, `a=maxptime`. */
  readonly maxPacketTime: number | undefined;
  readonly rtcpMux: boolean;
  readonly rtcpMuxOnly: boolean;
  readonly reducedSize: boolean;
  /** `a=rtcp-xr:rcvr-rtt=all` (RFC 3611 §5.1) */
  readonly receiverRoundTrips: boolean;
  /** On this level, because the offer has it on this level. */
  readonly extmapAllowMixed: boolean;
  /** `a=cryptex` (RFC 9335 §4) */
  readonly headerEncryption: boolean;
  /** `a=rid:… send`; two or more are simulcast. */
  readonly layers: readonly SimulcastLayer[];
  /** `a=rid:… recv`: layers of the peer's that we take, with the restrictions as it wrote them. */
  readonly received: readonly ReceivedLayer[];
  /** `a=simulcast` has the received layers, too: the peer's has them. */
  readonly receivesSimulcast: boolean;
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
  if (rtp.receiverRoundTrips) lines.push(attributeLine("rtcp-xr", formatExtendedReports()));
  if (rtp.headerEncryption) lines.push(attributeLine("cryptex"));
  for (const codec of rtp.codecs) lines.push(...codecLines(codec));
  if (rtp.codecs.some(({ feedback }) => feedback.includes(CONGESTION_FEEDBACK))) {
    const value = { payloadType: undefined, feedback: CONGESTION_FEEDBACK };
    lines.push(attributeLine("rtcp-fb", formatRtcpFeedback(value)));
  }
  if (rtp.maxPacketTime !== undefined) lines.push(attributeLine("maxptime", String(rtp.maxPacketTime)));
  lines.push(...layerLines(rtp));
  if (rtp.cname !== undefined) for (const source of rtp.sources) lines.push(...sourceLines(source, rtp));
  return lines;
}

function codecLines({ payloadType, name, clockRate, channels, fmtp, feedback }: RtpCodec): SdpLine[] {
  const encodingParameters = channels === undefined || channels === 1 ? undefined : String(channels);
  const map = { payloadType, encodingName: name, clockRate, encodingParameters };
  const lines = [attributeLine("rtpmap", formatRtpMap(map))];
  for (const value of feedback) {
    if (value === CONGESTION_FEEDBACK) continue;
    lines.push(attributeLine("rtcp-fb", formatRtcpFeedback({ payloadType, feedback: value })));
  }
  if (fmtp !== undefined) lines.push(attributeLine("fmtp", `${payloadType} ${fmtp}`));
  return lines;
}

function layerLines({ layers, received, receivesSimulcast }: RtpText): SdpLine[] {
  const lines: SdpLine[] = [];
  for (const { rid } of layers) {
    lines.push(attributeLine("rid", formatRid({ id: rid, direction: "send", restrictions: undefined })));
  }
  for (const { rid, written } of received) {
    lines.push(attributeLine("rid", formatRid({ id: rid, direction: "recv", restrictions: written })));
  }
  const send = layers.length > 1 ? layers.map((layer) => [layer]) : [];
  const recv = receivesSimulcast ? received.map((layer) => [layer]) : [];
  if (send.length + recv.length > 0) {
    lines.push(attributeLine("simulcast", formatSimulcast({ send, recv })));
  }
  return lines;
}

/** RFC 5576 §4.2, §6.1, RFC 5956 §4.3; `msid` as peers from before RFC 8830 want it. */
function sourceLines({ ssrc, rtxSsrc, fecSsrc }: SendSource, { cname, msids, codecs }: RtpText): SdpLine[] {
  const lines: SdpLine[] = [];
  const ssrcs = [ssrc];
  const addRepair = (semantics: string, format: string, repair: number | undefined) => {
    if (repair === undefined || !codecs.some(({ name }) => name.toLowerCase() === format)) return;
    ssrcs.push(repair);
    lines.push(attributeLine("ssrc-group", formatSsrcGroup({ semantics, ssrcs: [ssrc, repair] })));
  };
  addRepair("FID", "rtx", rtxSsrc);
  addRepair("FEC-FR", "flexfec-03", fecSsrc);
  for (const id of ssrcs) {
    lines.push(attributeLine("ssrc", formatSsrc({ ssrc: id, attribute: "cname", value: cname })));
    const msid = msids[0];
    if (msid?.appdata === undefined) continue;
    lines.push(attributeLine("ssrc", formatSsrc({ ssrc: id, attribute: "msid", value: formatMsid(msid) })));
  }
  return lines;
}
