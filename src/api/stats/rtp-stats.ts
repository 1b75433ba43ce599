/** RTP streams at both ends, their codecs and the tracks that feed them (webrtc-stats §8.1 to §8.12). */
import type { NegotiatedCodec } from "../../core/jsep/index.ts";
import { NTP_EPOCH_OFFSET } from "../../core/media/index.ts";
import { CLIENT_AUDIO_LEVEL_URI } from "../../core/rtp/index.ts";
import type { InboundRtpSnapshot, OutboundRtpSnapshot } from "../../core/stats/index.ts";
import { type MediaStreamTrack, sourceOf } from "../../media/MediaStreamTrack.ts";
import type { ReceiverSlots, SenderSlots, TransceiverSlots } from "../transceiver-slots.ts";
import type { Transport } from "../transports.ts";
import type { StatsCollection } from "./collection.ts";
import type {
  RTCAudioSourceStats,
  RTCCodecStats,
  RTCInboundRtpStreamStats,
  RTCOutboundRtpStreamStats,
  RTCRemoteInboundRtpStreamStats,
  RTCRemoteOutboundRtpStreamStats,
  RTCVideoSourceStats,
} from "./dictionaries.ts";
import { transportStatsId } from "./transport-stats.ts";

/** Adds the tracks that are attached to senders, each once. */
export function addMediaSources(collection: StatsCollection): void {
  for (const { sender } of collection.connection.transceivers) {
    const id = mediaSourceId(collection, sender.track);
    if (id === undefined || sender.track === null || collection.entries.has(id)) continue;
    if (sender.track.kind === "audio") addAudioSource(collection, id, sender.track);
    else addVideoSource(collection, id, sender.track);
  }
}

function addAudioSource(collection: StatsCollection, id: string, track: MediaStreamTrack): void {
  const counts = sourceOf(track).counts;
  collection.add<RTCAudioSourceStats>("media-source", id, {
    trackIdentifier: track.id,
    kind: "audio",
    audioLevel: counts?.audioLevel,
    totalAudioEnergy: counts?.totalAudioEnergy,
    totalSamplesDuration: counts?.totalSamplesDuration,
  });
}

/** The size is what the track is set to, for sources that know it: an encoded frame does not say. */
function addVideoSource(collection: StatsCollection, id: string, track: MediaStreamTrack): void {
  const counts = sourceOf(track).counts;
  const { width, height } = counts === undefined ? {} : track.getSettings();
  collection.add<RTCVideoSourceStats>("media-source", id, {
    trackIdentifier: track.id,
    kind: "video",
    // A remote track that is sent on may not know it: 0.
    width: width ? Math.round(width) : undefined,
    height: height ? Math.round(height) : undefined,
    frames: counts?.frames,
    framesPerSecond: counts?.framesPerSecond,
  });
}

/** Adds the streams with what they refer to. */
export function addStreams(collection: StatsCollection): void {
  for (const { transport, rtp } of collection.snapshot.transports) {
    const carrier = collection.connection.transports.get(transport);
    if (carrier === undefined) continue;
    for (const stream of rtp.outbound) {
      const transceiver = ownerOf(collection, stream);
      if (transceiver !== undefined) addOutbound(collection, transceiver, carrier, stream);
    }
    for (const stream of rtp.inbound) {
      const transceiver = ownerOf(collection, stream);
      if (transceiver !== undefined) addInbound(collection, transceiver, carrier, stream);
    }
  }
}

/** A transceiver that is stopped, or told to stop, has no streams any more. */
function ownerOf(
  { connection }: StatsCollection,
  stream: { readonly transceiver: number },
): TransceiverSlots | undefined {
  return connection.transceivers.find(
    ({ id, stopping, stopped }) => id === stream.transceiver && !stopping && !stopped,
  );
}

function addOutbound(
  collection: StatsCollection,
  transceiver: TransceiverSlots,
  transport: Transport,
  stream: OutboundRtpSnapshot,
): void {
  const { kind, mid, sender } = transceiver;
  const { ssrc, remote } = stream;
  const transportId = transportStatsId(collection, transport);
  const codecId = addCodec(collection, transport, sender.codecs, stream.payloadType);
  const encoding = sender.encodings[stream.encodingIndex];
  const isVideo = kind === "video";
  const id = collection.id("outbound-rtp", transport.id, stream.name);
  const remoteId = collection.id("remote-inbound-rtp", transport.id, stream.name);
  collection.addStream(sender, id);
  collection.add<RTCOutboundRtpStreamStats>("outbound-rtp", id, {
    ssrc,
    kind,
    transportId,
    codecId,
    mid: mid ?? undefined,
    mediaSourceId: mediaSourceId(collection, sender.track),
    remoteId: remote && remoteId,
    rid: isVideo ? encoding?.rid : undefined,
    encodingIndex: isVideo ? stream.encodingIndex : undefined,
    rtxSsrc: stream.rtxSsrc,
    active: encoding?.active,
    scalabilityMode: isVideo ? encoding?.scalabilityMode : undefined,
    ...(isVideo ? qualityMembers(collection, sender, encoding?.rid) : {}),
    ...stream.counters,
    ...stream.video,
  });
  if (remote === undefined) return;
  const members = { ssrc, kind, transportId, codecId, localId: id, ...remote.counters };
  collection.add<RTCRemoteInboundRtpStreamStats>("remote-inbound-rtp", remoteId, members, remote.arrived);
}

/** webrtc-stats §8.5. Frames come encoded: neither the processor nor the bandwidth changes their size or rate here. */
function qualityMembers(
  { snapshot }: StatsCollection,
  sender: SenderSlots,
  rid: string | undefined,
): Partial<RTCOutboundRtpStreamStats> {
  const since = sender.sources.get(rid)?.since ?? snapshot.at;
  const none = Math.max(0, snapshot.at - since) / 1000;
  return {
    qualityLimitationReason: "none",
    qualityLimitationDurations: { none, cpu: 0, bandwidth: 0, other: 0 },
    qualityLimitationResolutionChanges: 0,
  };
}

function addInbound(
  collection: StatsCollection,
  transceiver: TransceiverSlots,
  transport: Transport,
  stream: InboundRtpSnapshot,
): void {
  const { kind, mid, receiver } = transceiver;
  const { ssrc, remote } = stream;
  const transportId = transportStatsId(collection, transport);
  const codecId = addCodec(collection, transport, receiver.codecs, stream.payloadType);
  const id = collection.id("inbound-rtp", transport.id, stream.name);
  const remoteId = collection.id("remote-outbound-rtp", transport.id, stream.name);
  collection.addStream(receiver, id);
  collection.add<RTCInboundRtpStreamStats>("inbound-rtp", id, {
    ssrc,
    kind,
    transportId,
    codecId,
    trackIdentifier: receiver.track.id,
    mid: mid ?? undefined,
    remoteId: remote && remoteId,
    lastPacketReceivedTimestamp: collection.timestamp(stream.lastPacketReceived),
    estimatedPlayoutTimestamp: playoutTimestamp(collection, stream),
    rtxSsrc: stream.rtxSsrc,
    fecSsrc: stream.fecSsrc,
    ...mediaOf(receiver),
    ...stream.counters,
    ...stream.video,
    ...stream.audio,
  });
  if (remote === undefined) return;
  const members = { ssrc, kind, transportId, codecId, localId: id, ...remote.counters };
  collection.add<RTCRemoteOutboundRtpStreamStats>("remote-outbound-rtp", remoteId, members, remote.arrived);
}

/** webrtc-stats §8.4: where playing is now, as an NTP timestamp (since 1900) of the sender's clock. */
function playoutTimestamp(
  { snapshot }: StatsCollection,
  { playout }: InboundRtpSnapshot,
): number | undefined {
  return playout && playout.captureTime + (snapshot.at - playout.at) + NTP_EPOCH_OFFSET;
}

/** What only the frames of audio tell, once somebody takes them; nobody has heard anything before. */
function mediaOf({
  transceiver,
  source,
  headerExtensions,
}: ReceiverSlots): Partial<RTCInboundRtpStreamStats> {
  if (transceiver.kind === "video") return {};
  const { counts } = source;
  if (counts === undefined) {
    const tellsLevels = headerExtensions.some(({ uri }) => uri === CLIENT_AUDIO_LEVEL_URI);
    return { ...(tellsLevels ? { audioLevel: 0, totalAudioEnergy: 0 } : {}), totalSamplesDuration: 0 };
  }
  const { audioLevel, totalAudioEnergy, totalSamplesDuration } = counts;
  return {
    ...(audioLevel === undefined ? {} : { audioLevel }),
    ...(totalAudioEnergy === undefined ? {} : { totalAudioEnergy }),
    totalSamplesDuration,
  };
}

/** One dictionary for each payload type of a transport, two where the directions have other parameters (§8.3). */
function addCodec(
  collection: StatsCollection,
  transport: Transport,
  codecs: readonly NegotiatedCodec[],
  payloadType: number | undefined,
): string | undefined {
  const codec = codecs.find((negotiated) => negotiated.payloadType === payloadType);
  if (codec === undefined) return undefined;
  const { mimeType, clockRate, channels, sdpFmtpLine } = codec;
  const id = collection.id("codec", transport.id, payloadType, mimeType, clockRate, channels, sdpFmtpLine);
  collection.add<RTCCodecStats>("codec", id, {
    payloadType: codec.payloadType,
    transportId: transportStatsId(collection, transport),
    mimeType,
    clockRate,
    channels,
    sdpFmtpLine,
  });
  return id;
}

function mediaSourceId(collection: StatsCollection, track: { readonly id: string } | null) {
  return track === null ? undefined : collection.id("media-source", track.id);
}
