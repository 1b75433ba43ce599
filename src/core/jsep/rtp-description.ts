/** What an audio or video section says about RTP, read from a description whose attributes have been checked. */
import { Malformed } from "../base/malformed.ts";
import {
  attributeOf,
  type Direction,
  type ExtMap,
  findAttributes,
  hasAttribute,
  hasReceiverRoundTrips,
  isRtpProtocol,
  type MediaDescription,
  type Msid,
  parseExtMap,
  parseFmtp,
  parseImageAttributes,
  parseMsid,
  parsePacketTime,
  parsePayloadType,
  parseRid,
  parseRtcpFeedback,
  parseRtpMap,
  parseSimulcast,
  parseSsrc,
  parseSsrcGroup,
  type Rid,
  type RtpMap,
  readBandwidths,
  type SdpSection,
  type SessionDescription,
  type Simulcast,
  type SsrcGroup,
} from "../sdp/index.ts";
import { type CodecIdentity, codecKey, fmtpParameters, rtxKey } from "./codec-match.ts";
import type { ImageSizes, MediaBandwidth, MediaKind, RemoteSource } from "./media-types.ts";

/** One format of an m= line. */
export interface RtpCodec extends CodecIdentity {
  readonly payloadType: number;
  readonly feedback: readonly string[];
  /** See `codec-match.ts`; of rtx with what it retransmits. */
  readonly key: string;
}

/** RTP of one m= section. */
export interface RtpDescription {
  readonly kind: MediaKind;
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly (ExtMap & { readonly direction: Direction })[];
  /** Undefined: there is no `a=msid`, nor a `msid` with `a=ssrc`. */
  readonly msids: readonly Msid[] | undefined;
  readonly rids: readonly Rid[];
  readonly simulcast: Simulcast | undefined;
  readonly sources: readonly RemoteSource[];
  readonly sourceGroups: readonly SsrcGroup[];
  readonly bandwidth: MediaBandwidth;
  readonly packetTime: number | undefined;
  readonly maxPacketTime: number | undefined;
  /** What its writer takes. */
  readonly imageSizes: readonly ImageSizes[];
  readonly rtcpMuxOnly: boolean;
  readonly reducedSize: boolean;
  /** Those that only receive may tell their reference times (RFC 3611 §5.1 `rcvr-rtt=all`). */
  readonly receiverRoundTrips: boolean;
  readonly extmapAllowMixed: boolean;
  /** `a=cryptex` (RFC 9335 §4) */
  readonly headerEncryption: boolean;
}

/** RFC 3551 §6: payload types that need no `a=rtpmap`. */
const STATIC: ReadonlyMap<number, readonly [name: string, clockRate: number]> = new Map([
  [0, ["PCMU", 8000]],
  [3, ["GSM", 8000]],
  [4, ["G723", 8000]],
  [5, ["DVI4", 8000]],
  [8, ["PCMA", 8000]],
  [9, ["G722", 8000]],
  [13, ["CN", 8000]],
  [18, ["G729", 8000]],
  [31, ["H261", 90000]],
  [34, ["H263", 90000]],
] as const);

/** Undefined for a section that is not audio or video over RTP. */
export function readRtp(media: MediaDescription, session: SessionDescription): RtpDescription | undefined {
  const { kind } = media;
  if ((kind !== "audio" && kind !== "video") || !isRtpProtocol(media.protocol)) return undefined;
  const simulcast = values(media, "simulcast", parseSimulcast)[0];
  return {
    kind,
    codecs: readCodecs(media),
    extensions: readExtensions(media, session),
    ...readSources(media),
    rids: values(media, "rid", parseRid),
    simulcast,
    rtcpMuxOnly: hasAttribute(media, "rtcp-mux-only"),
    bandwidth: readBandwidth(media),
    packetTime: values(media, "ptime", parsePacketTime)[0],
    maxPacketTime: values(media, "maxptime", parsePacketTime)[0],
    imageSizes: readImageSizes(media),
    reducedSize: hasAttribute(media, "rtcp-rsize") || hasAttribute(session, "rtcp-rsize"),
    receiverRoundTrips: [media, session].some((level) =>
      values(level, "rtcp-xr", hasReceiverRoundTrips).includes(true),
    ),
    extmapAllowMixed:
      hasAttribute(media, "extmap-allow-mixed") || hasAttribute(session, "extmap-allow-mixed"),
    headerEncryption: hasAttribute(media, "cryptex") || hasAttribute(session, "cryptex"),
  };
}

function values<T>(section: SdpSection, name: string, parse: (value: string) => T | Malformed): T[] {
  const found: T[] = [];
  for (const line of findAttributes(section, name)) {
    const value = parse(attributeOf(line, name)!);
    if (!(value instanceof Malformed)) found.push(value);
  }
  return found;
}

function readCodecs(media: MediaDescription): RtpCodec[] {
  const maps = new Map<number, RtpMap>();
  for (const map of values(media, "rtpmap", parseRtpMap)) {
    if (!maps.has(map.payloadType)) maps.set(map.payloadType, map);
  }
  const fmtps = new Map<string, string>();
  for (const line of findAttributes(media, "fmtp")) {
    const value = attributeOf(line, "fmtp")!;
    const space = value.indexOf(" ");
    if (space > 0 && !(parseFmtp(value) instanceof Malformed))
      fmtps.set(value.slice(0, space), value.slice(space + 1).trim());
  }
  const feedback = readFeedback(media);
  const found = new Map<number, Omit<RtpCodec, "key">>();
  for (const format of media.formats) {
    const payloadType = parsePayloadType(format);
    const map = maps.get(payloadType);
    const known = STATIC.get(payloadType);
    if (payloadType < 0 || found.has(payloadType) || (map === undefined && known === undefined)) continue;
    const channels = media.kind === "audio" ? Number(map?.encodingParameters ?? 1) : Number.NaN;
    found.set(payloadType, {
      payloadType,
      name: map?.encodingName ?? known![0],
      clockRate: map?.clockRate ?? known![1],
      channels: Number.isInteger(channels) ? channels : undefined,
      fmtp: fmtps.get(String(payloadType)),
      feedback: [...new Set([...(feedback.get(payloadType) ?? []), ...(feedback.get(undefined) ?? [])])],
    });
  }
  return withKeys(found);
}

/** rtx without a primary codec of the section is left out (RFC 4588 §8.6). */
function withKeys(found: ReadonlyMap<number, Omit<RtpCodec, "key">>): RtpCodec[] {
  const codecs: RtpCodec[] = [];
  for (const codec of found.values()) {
    if (codec.name.toLowerCase() !== "rtx") {
      codecs.push({ ...codec, key: codecKey(codec) });
      continue;
    }
    const primary = found.get(parsePayloadType(fmtpParameters(codec.fmtp).get("apt") ?? ""));
    if (primary === undefined || primary.name.toLowerCase() === "rtx") continue;
    codecs.push({ ...codec, key: rtxKey(codecKey(primary)) });
  }
  return codecs;
}

function readFeedback(media: MediaDescription): Map<number | undefined, string[]> {
  const feedback = new Map<number | undefined, string[]>();
  for (const { payloadType, feedback: value } of values(media, "rtcp-fb", parseRtcpFeedback)) {
    const list = feedback.get(payloadType);
    if (list === undefined) feedback.set(payloadType, [value]);
    else list.push(value);
  }
  return feedback;
}

function readExtensions(media: MediaDescription, session: SessionDescription): RtpDescription["extensions"] {
  const found = new Map<string, ExtMap & { readonly direction: Direction }>();
  for (const map of [...values(media, "extmap", parseExtMap), ...values(session, "extmap", parseExtMap)]) {
    // RFC 8285 §6: ids from 4096 on wait for one that is free; encrypted ones (RFC 6904) are not supported.
    if (map.id > 255 || map.attributes !== undefined || found.has(map.uri)) continue;
    found.set(map.uri, { ...map, direction: map.direction ?? "sendrecv" });
  }
  return [...found.values()];
}

/** RFC 9429 §5.10: headers and RTCP are part of AS, but not of TIAS. "CT" means nothing for one section. */
function readBandwidth(media: MediaDescription): MediaBandwidth {
  const found = readBandwidths(media);
  const as = found.get("AS");
  const fromAs = as === undefined ? undefined : as * 1000 * 0.95 - 50 * 40 * 8;
  return {
    // So little that the formula leaves nothing: as it is.
    media: found.get("TIAS") ?? (fromAs === undefined || fromAs > 0 ? fromAs : as! * 1000),
    rtcpSenders: found.get("RS"),
    rtcpReceivers: found.get("RR"),
  };
}

function readImageSizes(media: MediaDescription): ImageSizes[] {
  return values(media, "imageattr", parseImageAttributes).flatMap(({ payloadType, recv }) =>
    recv === undefined || recv === "any" ? [] : { payloadType, sets: recv },
  );
}

type Sources = Pick<RtpDescription, "msids" | "sources" | "sourceGroups">;

function readSources(media: MediaDescription): Sources {
  const msids = values(media, "msid", parseMsid);
  const cnames = new Map<number, string | undefined>();
  for (const { ssrc, attribute, value } of values(media, "ssrc", parseSsrc)) {
    if (attribute === "cname") cnames.set(ssrc, value);
    else if (!cnames.has(ssrc)) cnames.set(ssrc, undefined);
    if (attribute !== "msid" || value === undefined || hasAttribute(media, "msid") || msids.length > 0)
      continue;
    const msid = parseMsid(value);
    if (!(msid instanceof Malformed)) msids.push(msid);
  }
  const sourceGroups = values(media, "ssrc-group", parseSsrcGroup);
  const [rtx, fec] = ["FID", "FEC-FR"].map((wanted) => {
    const pairs = sourceGroups.filter(({ semantics, ssrcs }) => semantics === wanted && ssrcs.length === 2);
    return new Map(pairs.map(({ ssrcs }) => [ssrcs[0]!, ssrcs[1]!]));
  }) as [Map<number, number>, Map<number, number>];
  const repairs = new Set([...rtx.values(), ...fec.values()]);
  const sources = [...cnames]
    .filter(([ssrc]) => !repairs.has(ssrc))
    .map(([ssrc, cname]) => ({ ssrc, cname, rtxSsrc: rtx.get(ssrc), fecSsrc: fec.get(ssrc) }));
  return { msids: msids.length > 0 ? msids : undefined, sources, sourceGroups };
}
