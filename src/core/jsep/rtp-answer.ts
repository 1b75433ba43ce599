/** What an answered audio or video section says about RTP (RFC 9429 §5.3.1). */
import {
  type Direction,
  directionOf,
  intersectDirections,
  isReceiving,
  isSending,
  reverseDirection,
} from "../sdp/index.ts";
import { answeredFmtp } from "./codec-match.ts";
import { CONGESTION_FEEDBACK, RID_EXTENSION, TRANSPORT_WIDE_FEEDBACK } from "./codecs.ts";
import type { MediaSection } from "./description.ts";
import type { LocalTransceiver, NegotiatedHeaderExtension, SimulcastLayer } from "./media-types.ts";
import type { RtpCodec, RtpDescription } from "./rtp-description.ts";
import { numbered } from "./rtp-numbers.ts";
import { maxPacketTime, msidsOf } from "./rtp-offer.ts";
import type { RtpText } from "./rtp-text.ts";
import { acceptedExtensions, isMediaCodec, wantedCodecs } from "./rtp-wanted.ts";
import { offeredLayers, type ReceivedLayer, simulcastToSend } from "./simulcast-layers.ts";
import type { LocalCapabilities } from "./types.ts";

/** Undefined when there is no common codec, for which the section is rejected. */
export function answeredRtp(
  transceiver: LocalTransceiver,
  local: LocalCapabilities,
  section: MediaSection,
  offered: RtpDescription,
  mixedInSession: boolean,
): Omit<RtpText, "headerEncryption"> | undefined {
  const codecs = commonCodecs(transceiver, local, offered);
  if (!codecs.some(({ name }) => isMediaCodec(name))) return undefined;
  const direction = intersectDirections(reverseDirection(section.direction), transceiver.direction);
  const sends = isSending(direction);
  const layers = sends ? answeredLayers(transceiver, offered) : [];
  const extensions = answeredExtensions(transceiver, local, offered);
  const received = receivedLayers(direction, offered, extensions, codecs);
  return {
    direction,
    codecs,
    extensions,
    // By what the transceiver wants, even if the offer does not let it: else negotiation would be needed for ever.
    msids: isSending(transceiver.direction) ? msidsOf(transceiver) : [],
    maxPacketTime: maxPacketTime(offered.kind),
    rtcpMux: section.rtcpMux,
    rtcpMuxOnly: false,
    reducedSize: offered.reducedSize,
    receiverRoundTrips: offered.receiverRoundTrips,
    extmapAllowMixed: offered.extmapAllowMixed && !mixedInSession,
    layers,
    received,
    receivesSimulcast: received.length > 0 && offered.simulcast !== undefined,
    sources: sends && layers.length < 2 ? (transceiver.sources ?? []) : [],
    cname: local.cname,
  };
}

/** Our codecs that were offered, with the offer's payload types; in our order only if there are preferences. */
export function commonCodecs(
  transceiver: LocalTransceiver,
  local: LocalCapabilities,
  offered: RtpDescription,
): RtpCodec[] {
  const wanted = new Map(wantedCodecs(transceiver, local).map((codec) => [codec.key, codec]));
  const accepted: (RtpCodec & { readonly feedback: string[] })[] = [];
  const payloadTypes = new Map<string, number>();
  for (const codec of offered.codecs) {
    if (wanted.has(codec.key) && !payloadTypes.has(codec.key)) payloadTypes.set(codec.key, codec.payloadType);
  }
  for (const codec of offered.codecs) {
    const own = wanted.get(codec.key);
    if (own === undefined || payloadTypes.get(codec.key) !== codec.payloadType) continue;
    const target = own.refersTo === undefined ? undefined : payloadTypes.get(own.refersTo);
    if (own.refersTo !== undefined && target === undefined) continue;
    const answer = numbered(own, codec.payloadType, target);
    const fmtp = target === undefined ? answeredFmtp(own.name, own.fmtp, codec.fmtp) : answer.fmtp;
    const feedback = own.feedback.filter((value) => codec.feedback.includes(value));
    accepted.push({ ...answer, fmtp, feedback });
  }
  if (acceptsCongestionFeedback(accepted, offered)) {
    for (const codec of accepted) codec.feedback.push(CONGESTION_FEEDBACK);
  }
  if (transceiver.codecPreferences.length === 0) return accepted;
  const places = new Map([...wanted.keys()].map((key, place) => [key, place]));
  return accepted.toSorted((a, b) => places.get(a.key)! - places.get(b.key)!);
}

/** RFC 8888 §6: one mechanism of those offered. The one of browsers goes first, for their estimates are made with it. */
function acceptsCongestionFeedback(accepted: readonly RtpCodec[], offered: RtpDescription): boolean {
  if (accepted.some(({ feedback }) => feedback.includes(TRANSPORT_WIDE_FEEDBACK))) return false;
  return offered.codecs.some(({ feedback }) => feedback.includes(CONGESTION_FEEDBACK));
}

/** RFC 8285 §6: the ids stay, the directions are answered like those of media. */
function answeredExtensions(
  transceiver: LocalTransceiver,
  local: LocalCapabilities,
  offered: RtpDescription,
): NegotiatedHeaderExtension[] {
  const wanted = new Map(
    acceptedExtensions(transceiver, local).map(({ uri, direction }) => [uri, direction]),
  );
  const extensions: NegotiatedHeaderExtension[] = [];
  for (const { uri, id, direction } of offered.extensions) {
    const own = wanted.get(uri);
    if (own === undefined || own === "stopped") continue;
    extensions.push({ uri, id, direction: extensionDirection(own, direction) });
  }
  return extensions;
}

function extensionDirection(own: Direction, offered: Direction): Direction {
  return directionOf(isSending(own) && isReceiving(offered), isReceiving(own) && isSending(offered));
}

/** RFC 8853 §5.3.2: the layers that the peer sends, unless they could not be told apart or all their formats are rejected. */
function receivedLayers(
  direction: Direction,
  offered: RtpDescription,
  extensions: readonly NegotiatedHeaderExtension[],
  codecs: readonly RtpCodec[],
): ReceivedLayer[] {
  if (!isReceiving(direction) || !extensions.some(({ uri }) => uri === RID_EXTENSION)) return [];
  return offeredLayers(offered).flatMap((layer): ReceivedLayer | [] => {
    const { payloadTypes } = layer.restrictions ?? {};
    const accepted = codecs.some(
      ({ payloadType, name }) => isMediaCodec(name) && payloadTypes?.includes(payloadType),
    );
    if (payloadTypes === undefined) return layer;
    return accepted ? withFormats(layer, codecs) : [];
  });
}

/** RFC 8851 §6.3: `pt` names formats of the answer only. */
function withFormats(layer: ReceivedLayer, codecs: readonly RtpCodec[]): ReceivedLayer {
  const known = new Set(codecs.map(({ payloadType }) => payloadType));
  const payloadTypes =
    layer.restrictions?.payloadTypes?.filter((payloadType) => known.has(payloadType)) ?? [];
  const others = (layer.written ?? "").split(";").filter((part) => !part.trim().startsWith("pt="));
  const written = [`pt=${payloadTypes.join(",")}`, ...others].join(";");
  return { ...layer, written, restrictions: { ...layer.restrictions, payloadTypes } };
}

/** RFC 8853 §5.3.2: of the streams that the peer wants to receive, those that we have. */
function answeredLayers({ encodings }: LocalTransceiver, offered: RtpDescription): SimulcastLayer[] {
  const requested = new Map(simulcastToSend(offered).map((layer) => [layer.rid, layer]));
  const layers: SimulcastLayer[] = [];
  for (const { rid } of encodings) {
    const layer = rid === undefined ? undefined : requested.get(rid);
    // A request to pause is not for the description to follow: nothing is paused from the start (webrtc-pc §5.4.1).
    if (layer !== undefined) layers.push({ rid: layer.rid, paused: false });
  }
  return layers;
}
