/** What audio and video sections have come to: the part of a plan that is about transceivers (webrtc-pc §4.4.1.5). */
import { directionOf, isReceiving, isSending, reverseDirection } from "../sdp/index.ts";
import { type AppliedDescription, bundleOf, type MediaSection, transportSection } from "./description.ts";
import type {
  MediaKind,
  MediaOutcome,
  NegotiatedCodec,
  NegotiatedHeaderExtension,
  NegotiatedStream,
  RemoteMedia,
} from "./media-types.ts";
import type { RtpCodec, RtpDescription } from "./rtp-description.ts";
import { supportedCodecs, type WantedCodec } from "./rtp-wanted.ts";
import { layersToReceive, layersToSend, simulcastToSend } from "./simulcast-layers.ts";
import type { Agreement, Slot } from "./state.ts";
import type { LocalCapabilities } from "./types.ts";

/** A description that was set, and the other end's if there is one. */
export interface Exchanged {
  readonly source: "local" | "remote";
  readonly local: AppliedDescription | undefined;
  readonly remote: AppliedDescription | undefined;
  /** Undefined for offers. */
  readonly answer: AppliedDescription | undefined;
  /** What can be sent, even if our description does not have it (RFC 9429 §5.11). Undefined for offers. */
  readonly capabilities?: LocalCapabilities;
}

/** `before`: what was agreed on or proposed until now; `slots`: from now on; `created`: indices whose transceiver is new. */
export function mediaOutcomes(
  exchanged: Exchanged,
  before: Agreement,
  slots: readonly Slot[],
  created: ReadonlySet<number>,
): MediaOutcome[] {
  const applied = (exchanged.source === "local" ? exchanged.local : exchanged.remote)!;
  const outcomes: MediaOutcome[] = [];
  for (const section of applied.sections) {
    const { index } = section;
    const slot = slots[index];
    if ((section.kind !== "audio" && section.kind !== "video") || slot === undefined) continue;
    const { transceiver, transport } = slot;
    const earlier = before.slots[index];
    const local = exchanged.local?.sections[index];
    const remote = exchanged.remote?.sections[index];
    const settled = exchanged.answer !== undefined && !section.rejected && transport !== undefined;
    outcomes.push({
      index,
      mid: slot.mid,
      kind: section.kind,
      transceiver,
      create: created.has(index),
      associated:
        transceiver !== undefined && !(earlier?.transceiver === transceiver && earlier.mid === slot.mid),
      rejected: section.rejected,
      direction: exchanged.source === "local" ? section.direction : reverseDirection(section.direction),
      remote: remote === undefined || remote.rejected ? undefined : remoteMedia(remote),
      transport: section.rejected ? undefined : transport,
      rtcpMux: isMuxed(exchanged, section),
      rtcpReducedSize: both(local, remote, (rtp) => rtp.reducedSize),
      receiverRoundTrips: both(local, remote, (rtp) => rtp.receiverRoundTrips),
      extmapAllowMixed: both(local, remote, (rtp) => rtp.extmapAllowMixed),
      headerEncryption: both(local, remote, (rtp) => rtp.headerEncryption),
      send: settled ? negotiated(local!, remote!, "send", sendable(exchanged, section.kind)) : undefined,
      receive: settled
        ? negotiated(local!, remote!, "receive", undefined)
        : exchanged.source === "local" && exchanged.answer === undefined && !section.rejected
          ? offeredToReceive(section)
          : undefined,
    });
  }
  return outcomes;
}

/**
 * An answer may list formats that were not offered: they can be sent if they are supported (RFC 9429 §5.3.1, §5.11). Our
 * own answers say what we want.
 */
function sendable({ source, capabilities }: Exchanged, kind: MediaKind): readonly WantedCodec[] | undefined {
  return source === "remote" && capabilities !== undefined ? supportedCodecs(kind, capabilities) : undefined;
}

function both(
  local: MediaSection | undefined,
  remote: MediaSection | undefined,
  has: (rtp: RtpDescription) => boolean,
): boolean {
  return local?.rtp !== undefined && remote?.rtp !== undefined && has(local.rtp) && has(remote.rtp);
}

/** RFC 5761 §5.1.1: the answer says so, or the section is bundled (RFC 9143 §9.3). */
function isMuxed({ answer, local, remote }: Exchanged, { index }: MediaSection): boolean {
  const applied = answer ?? local ?? remote;
  const section = applied?.sections[index];
  if (applied === undefined || section === undefined) return false;
  const tag = transportSection(applied, section);
  return section.rtcpMux || tag.rtcpMux || (bundleOf(applied, section)?.length ?? 0) > 1;
}

function remoteMedia(section: MediaSection): RemoteMedia {
  const { rtp, direction } = section;
  const msids = rtp?.msids;
  const named = msids?.map(({ stream }) => stream).filter((stream) => stream !== "-");
  return {
    direction: reverseDirection(direction),
    streamIds: named === undefined ? undefined : [...new Set(named)],
    trackId: msids?.[0]?.appdata,
    sources: rtp?.sources ?? [],
    cname: rtp?.sources.find(({ cname }) => cname !== undefined)?.cname,
    sourceGroups: rtp?.sourceGroups ?? [],
    bandwidth: rtp?.bandwidth ?? { media: undefined, rtcpSenders: undefined, rtcpReceivers: undefined },
    packetTime: rtp?.packetTime,
    maxPacketTime: rtp?.maxPacketTime,
    imageSizes: rtp?.imageSizes ?? [],
    simulcastToSend: rtp === undefined ? [] : simulcastToSend(rtp),
  };
}

/**
 * One direction. Sending goes by the peer's description: its payload types, ids and order; receiving goes by ours
 * (RFC 3264 §6.1, RFC 9429 §5.9 to §5.11). What the other one does not have is left out.
 */
function negotiated(
  local: MediaSection,
  remote: MediaSection,
  which: "send" | "receive",
  also: readonly WantedCodec[] | undefined,
): NegotiatedStream | undefined {
  if (local.rtp === undefined || remote.rtp === undefined) return undefined;
  const [by, other] = which === "send" ? [remote.rtp, local.rtp] : [local.rtp, remote.rtp];
  const layers =
    which === "send" ? layersToSend(local.rtp, remote.rtp) : layersToReceive(local.rtp, remote.rtp);
  return {
    codecs: commonCodecs(local.rtp.kind, by, [...other.codecs, ...(also ?? [])]),
    headerExtensions: commonExtensions(which, by, other),
    layers,
    simulcast: layers.length > 0 && local.rtp.simulcast !== undefined && remote.rtp.simulcast !== undefined,
  };
}

/** RFC 9429 §5.9: an offerer is prepared to receive what it has offered as soon as it has offered it. */
function offeredToReceive({ rtp, direction }: MediaSection): NegotiatedStream | undefined {
  if (rtp === undefined || !isReceiving(direction)) return undefined;
  return {
    codecs: rtp.codecs.map((codec) => negotiatedCodec(rtp.kind, codec, codec)),
    headerExtensions: rtp.extensions.filter((extension) => isReceiving(extension.direction)),
    layers: [],
    simulcast: false,
  };
}

function commonCodecs(
  kind: MediaKind,
  by: RtpDescription,
  other: readonly (RtpCodec | WantedCodec)[],
): NegotiatedCodec[] {
  const others = new Map<string, RtpCodec | WantedCodec>();
  for (const codec of other) if (!others.has(codec.key)) others.set(codec.key, codec);
  // A codec that is there twice stands for the number that the other end has answered with.
  const chosen = new Map<string, RtpCodec>();
  for (const codec of by.codecs) {
    const counterpart = others.get(codec.key);
    const better =
      counterpart !== undefined &&
      "payloadType" in counterpart &&
      counterpart.payloadType === codec.payloadType;
    if (better || !chosen.has(codec.key)) chosen.set(codec.key, codec);
  }
  const codecs: NegotiatedCodec[] = [];
  for (const codec of by.codecs) {
    const counterpart = others.get(codec.key);
    if (counterpart === undefined || chosen.get(codec.key) !== codec) continue;
    codecs.push(negotiatedCodec(kind, codec, counterpart));
  }
  return codecs;
}

function negotiatedCodec(
  kind: string,
  codec: RtpCodec,
  counterpart: RtpCodec | WantedCodec,
): NegotiatedCodec {
  return {
    payloadType: codec.payloadType,
    mimeType: `${kind}/${codec.name}`,
    clockRate: codec.clockRate,
    channels: kind === "audio" ? (codec.channels ?? 1) : undefined,
    sdpFmtpLine: codec.fmtp,
    rtcpFeedback: codec.feedback.filter((value) => counterpart.feedback.includes(value)),
  };
}

/** Extensions that flow in this direction (RFC 8285 §6). The directions are each end's own. */
function commonExtensions(
  which: "send" | "receive",
  by: RtpDescription,
  other: RtpDescription,
): NegotiatedHeaderExtension[] {
  const others = new Map(other.extensions.map((extension) => [extension.uri, extension]));
  const extensions: NegotiatedHeaderExtension[] = [];
  for (const { uri, id, direction } of by.extensions) {
    const counterpart = others.get(uri);
    if (counterpart === undefined) continue;
    const [own, theirs] =
      which === "send" ? [counterpart.direction, direction] : [direction, counterpart.direction];
    const agreed = directionOf(isSending(own) && isReceiving(theirs), isReceiving(own) && isSending(theirs));
    if (which === "send" ? isSending(agreed) : isReceiving(agreed)) {
      extensions.push({ uri, id, direction: agreed });
    }
  }
  return extensions;
}
