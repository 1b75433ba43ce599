/** What an offered audio or video section says about RTP (RFC 9429 §5.2.1, §5.2.2). */
import { isReceiving, isSending, type Msid } from "../sdp/index.ts";
import type { MediaSection } from "./description.ts";
import type {
  LocalTransceiver,
  MediaKind,
  NegotiatedHeaderExtension,
  SimulcastLayer,
} from "./media-types.ts";
import { numberedCodecs, type RtpNumbers, sectionNumbers } from "./rtp-numbers.ts";
import type { RtpText } from "./rtp-text.ts";
import { offeredExtensions, type WantedCodec, wantedCodecs } from "./rtp-wanted.ts";
import { layersToReceive } from "./simulcast-layers.ts";
import type { LocalCapabilities } from "./types.ts";

/** What the section has been until now. */
export interface OfferedBefore {
  /** Of our latest description. */
  readonly own: MediaSection | undefined;
  /** Of the peer's latest description. */
  readonly peer: MediaSection | undefined;
  /** Of the last answer, whichever end it was from: it gives the order of the formats. */
  readonly answer: MediaSection | undefined;
  /** `a=rtcp-mux` has been agreed on. */
  readonly muxed: boolean;
}

export function offeredRtp(
  transceiver: LocalTransceiver,
  local: LocalCapabilities,
  numbers: RtpNumbers,
  before: OfferedBefore,
): Omit<RtpText, "headerEncryption"> {
  const { direction } = transceiver;
  const present = before.own?.rtp;
  const answered = before.answer?.rtp;
  const wanted = inOrder(wantedCodecs(transceiver, local), transceiver, before);
  const sends = isSending(direction);
  const layers = sends ? offeredLayers(transceiver) : [];
  // Not of its own accord (RFC 9429 §3.7): what has been agreed on stays.
  const peer = before.peer?.rtp;
  const received = isReceiving(direction) && present && peer ? layersToReceive(present, peer) : [];
  return {
    direction,
    codecs: numberedCodecs(wanted, numbers, present?.codecs ?? []),
    extensions: numberedExtensions(transceiver, local, numbers, before),
    msids: sends ? msidsOf(transceiver) : [],
    maxPacketTime: maxPacketTime(transceiver.kind),
    // RFC 9429 §5.2.2: as it was answered.
    rtcpMux: answered === undefined || before.muxed,
    rtcpMuxOnly: answered === undefined && (local.rtcpMuxPolicy ?? "require") === "require",
    reducedSize: answered?.reducedSize ?? true,
    receiverRoundTrips: answered?.receiverRoundTrips ?? true,
    extmapAllowMixed: false,
    layers,
    received,
    receivesSimulcast: received.length > 0 && before.peer?.rtp?.simulcast !== undefined,
    sources: sends && layers.length < 2 ? (transceiver.sources ?? []) : [],
    cname: local.cname,
  };
}

/** RFC 9429 §5.2.2: without preferences, first what was answered, in that order. */
function inOrder(
  wanted: WantedCodec[],
  transceiver: LocalTransceiver,
  { answer }: OfferedBefore,
): WantedCodec[] {
  if (answer?.rtp === undefined || transceiver.codecPreferences.length > 0) return wanted;
  const place = new Map<string, number>();
  for (const [index, { key }] of answer.rtp.codecs.entries()) if (!place.has(key)) place.set(key, index);
  const placeOf = ({ key }: WantedCodec) => place.get(key) ?? Number.MAX_SAFE_INTEGER;
  return wanted.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function numberedExtensions(
  transceiver: LocalTransceiver,
  local: LocalCapabilities,
  numbers: RtpNumbers,
  { own }: OfferedBefore,
): NegotiatedHeaderExtension[] {
  const section = sectionNumbers((own?.rtp?.extensions ?? []).map(({ uri, id }) => [uri, id]));
  const extensions: NegotiatedHeaderExtension[] = [];
  for (const { uri, direction } of offeredExtensions(transceiver, local)) {
    const id = numbers.extensionId(uri, transceiver.kind, section);
    if (id !== undefined && direction !== "stopped") extensions.push({ uri, id, direction });
  }
  return extensions;
}

/** RFC 7587 §7: what a packet of Opus has at most, in milliseconds. The other audio codecs set no limit. */
const MAX_AUDIO_PACKET_TIME = 120;

/** RFC 9429 §5.2.1: the smallest of the limits of all codecs, where the amount in a packet can be chosen. */
export function maxPacketTime(kind: MediaKind): number | undefined {
  return kind === "audio" ? MAX_AUDIO_PACKET_TIME : undefined;
}

/** One line for each stream; "-" for a track without (RFC 8830 §2). */
export function msidsOf({ streamIds, trackId }: LocalTransceiver): Msid[] {
  const streams = streamIds.length === 0 ? ["-"] : streamIds;
  return streams.map((stream) => ({ stream, appdata: trackId }));
}

/** RFC 9429 §5.2.1: a rid for each encoding, if there is one with a rid. */
function offeredLayers({ encodings }: LocalTransceiver): SimulcastLayer[] {
  return encodings.flatMap(({ rid }) => (rid === undefined ? [] : [{ rid, paused: false }]));
}
