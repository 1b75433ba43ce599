/** What a transceiver wants in its m= section: codecs in order and header extensions (RFC 9429 §5.2.1, §5.3.1). */
import { codecKey, rtxKey } from "./codec-match.ts";
import { DEFAULT_MEDIA } from "./codecs.ts";
import type {
  CodecCapability,
  HeaderExtensionCapability,
  LocalTransceiver,
  MediaCapabilities,
  MediaKind,
} from "./media-types.ts";
import type { LocalCapabilities } from "./types.ts";

/** A codec as it shall be offered, without a payload type. */
export interface WantedCodec {
  readonly key: string;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number | undefined;
  readonly fmtp: string | undefined;
  readonly feedback: readonly string[];
  /** The key of the codec whose payload type its parameters name: that of rtx, and of RED over Opus. */
  readonly refersTo: string | undefined;
}

/** Formats that carry no media of their own: a section with nothing else has no common codec (webrtc-pc §5.4 setCodecPreferences). */
const AUXILIARY: ReadonlySet<string> = new Set([
  "rtx",
  "red",
  "ulpfec",
  "flexfec",
  "flexfec-03",
  "cn",
  "telephone-event",
]);

export function isMediaCodec(name: string): boolean {
  return !AUXILIARY.has(name.toLowerCase());
}

/** Codecs that repair others and are not retransmitted themselves. */
const WITHOUT_RTX: ReadonlySet<string> = new Set(["ulpfec", "flexfec", "flexfec-03"]);

function capabilitiesOf(transceiver: LocalTransceiver, local: LocalCapabilities): MediaCapabilities {
  return (local.media ?? DEFAULT_MEDIA)[transceiver.kind];
}

/** The encoding name of "audio/opus" is "opus". */
export function encodingName(mimeType: string): string {
  return mimeType.slice(mimeType.indexOf("/") + 1);
}

export function keyOfCapability({ mimeType, clockRate, channels, sdpFmtpLine }: CodecCapability): string {
  return codecKey({ name: encodingName(mimeType), clockRate, channels, fmtp: sdpFmtpLine });
}

/** The codecs of a section in the transceiver's order. Retransmission stands behind each codec that it is for. */
export function wantedCodecs(transceiver: LocalTransceiver, local: LocalCapabilities): WantedCodec[] {
  const { kind, codecPreferences } = transceiver;
  return withRepair(kind, preferred(codecPreferences, capabilitiesOf(transceiver, local).codecs));
}

/** All codecs of a kind, whatever a transceiver prefers. */
export function supportedCodecs(kind: MediaKind, local: LocalCapabilities): WantedCodec[] {
  return withRepair(kind, (local.media ?? DEFAULT_MEDIA)[kind].codecs);
}

function withRepair(kind: MediaKind, codecs: readonly CodecCapability[]): WantedCodec[] {
  const retransmits = codecs.some(({ mimeType }) => encodingName(mimeType).toLowerCase() === "rtx");
  const opus = codecs.find(({ mimeType }) => mimeType.toLowerCase() === "audio/opus");
  const wanted: WantedCodec[] = [];
  for (const codec of codecs) {
    const name = encodingName(codec.mimeType);
    const lower = name.toLowerCase();
    if (lower === "rtx") continue;
    const key = keyOfCapability(codec);
    const { clockRate, channels, sdpFmtpLine: fmtp, rtcpFeedback: feedback = [] } = codec;
    // RFC 2198 §5: RED names what it repeats.
    const red = kind === "audio" && lower === "red" && opus?.clockRate === clockRate;
    const refersTo = red && opus !== undefined ? keyOfCapability(opus) : undefined;
    wanted.push({ key, name, clockRate, channels, fmtp, feedback, refersTo });
    if (!retransmits || WITHOUT_RTX.has(lower)) continue;
    const rtx = { name: "rtx", clockRate, channels: undefined, fmtp: undefined, feedback: [] };
    wanted.push({ ...rtx, key: rtxKey(key), refersTo: key });
  }
  return wanted;
}

/** The capabilities that are preferred, in that order; all of them without preferences. */
function preferred(
  preferences: readonly CodecCapability[],
  capabilities: readonly CodecCapability[],
): readonly CodecCapability[] {
  if (preferences.length === 0) return capabilities;
  const byKey = new Map(capabilities.map((capability) => [keyOfCapability(capability), capability]));
  const chosen = new Set<CodecCapability>();
  for (const preference of preferences) {
    const capability = byKey.get(keyOfCapability(preference));
    if (capability !== undefined) chosen.add(capability);
  }
  return [...chosen];
}

/** The header extensions of an offered section: those that are not stopped. */
export function offeredExtensions(
  transceiver: LocalTransceiver,
  local: LocalCapabilities,
): HeaderExtensionCapability[] {
  const all = transceiver.headerExtensions ?? capabilitiesOf(transceiver, local).headerExtensions;
  return all.filter(({ direction }) => direction !== "stopped");
}

/** Those that are accepted in an answer. */
export function acceptedExtensions(
  transceiver: LocalTransceiver,
  local: LocalCapabilities,
): HeaderExtensionCapability[] {
  const { acceptedExtensions: all } = transceiver;
  return all?.filter(({ direction }) => direction !== "stopped") ?? offeredExtensions(transceiver, local);
}
