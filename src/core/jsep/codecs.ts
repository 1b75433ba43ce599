/**
 * The codecs and RTP header extensions that m= sections can have, in order of preference: what `getCapabilities()`
 * returns, and what offers have unless a transceiver has preferences. Data; payload types are given elsewhere.
 */
import type {
  CodecCapability,
  HeaderExtensionCapability,
  MediaCapabilities,
  MediaKind,
} from "./media-types.ts";

/** Arrivals by transport-wide numbers: what browsers estimate bandwidth with. */
export const TRANSPORT_WIDE_FEEDBACK = "transport-cc";

/** The same by RTP sequence numbers (RFC 8888 §6): of a whole section, never of one payload type. */
export const CONGESTION_FEEDBACK = "ack ccfb";

/** RFC 8834 §5.1 and the feedback of libwebrtc's bandwidth estimation. */
const VIDEO_FEEDBACK: readonly string[] = [
  "goog-remb",
  TRANSPORT_WIDE_FEEDBACK,
  "ccm fir",
  "nack",
  "nack pli",
];

/** RFC 7874 §3 (Opus, PCMA, PCMU, CN, telephone-event), with G722 and RED (RFC 2198). */
const AUDIO_CODECS: readonly CodecCapability[] = [
  {
    mimeType: "audio/opus",
    clockRate: 48000,
    channels: 2,
    sdpFmtpLine: "minptime=10;useinbandfec=1",
    rtcpFeedback: [TRANSPORT_WIDE_FEEDBACK],
  },
  { mimeType: "audio/red", clockRate: 48000, channels: 2 },
  { mimeType: "audio/G722", clockRate: 8000, channels: 1 },
  { mimeType: "audio/PCMU", clockRate: 8000, channels: 1 },
  { mimeType: "audio/PCMA", clockRate: 8000, channels: 1 },
  { mimeType: "audio/CN", clockRate: 8000, channels: 1 },
  { mimeType: "audio/telephone-event", clockRate: 48000, channels: 1 },
  { mimeType: "audio/telephone-event", clockRate: 8000, channels: 1 },
];

function video(name: string, sdpFmtpLine?: string): CodecCapability {
  return { mimeType: `video/${name}`, clockRate: 90000, sdpFmtpLine, rtcpFeedback: VIDEO_FEEDBACK };
}

function h264(profileLevelId: string, packetizationMode: 0 | 1): CodecCapability {
  const mode = `packetization-mode=${packetizationMode}`;
  return video("H264", `level-asymmetry-allowed=1;${mode};profile-level-id=${profileLevelId}`);
}

/** RFC 7742 §5 (VP8, H264), with what browsers have besides. */
const VIDEO_CODECS: readonly CodecCapability[] = [
  video("VP8"),
  { mimeType: "video/rtx", clockRate: 90000 },
  h264("42001f", 1),
  h264("42001f", 0),
  h264("42e01f", 1),
  h264("42e01f", 0),
  h264("4d001f", 1),
  h264("4d001f", 0),
  h264("64001f", 1),
  video("AV1", "level-idx=5;profile=0;tier=0"),
  video("VP9", "profile-id=0"),
  video("VP9", "profile-id=2"),
  video("H265", "level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST"),
  { mimeType: "video/red", clockRate: 90000 },
  { mimeType: "video/ulpfec", clockRate: 90000 },
  { mimeType: "video/flexfec-03", clockRate: 90000, sdpFmtpLine: "repair-window=10000000" },
];

/** RFC 9143 §15: the mid that packets carry. */
export const MID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:mid";
/** RFC 8852: the rid that packets carry, and that of a retransmission's source. */
export const RID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
export const REPAIRED_RID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

function extensions(...uris: string[]): HeaderExtensionCapability[] {
  return uris.map((uri) => ({ uri, direction: "sendrecv" }));
}

/** Not offered unless the application says so (`setHeaderExtensionsToNegotiate()`), but accepted where the peer offers it. */
function onRequest(...uris: string[]): HeaderExtensionCapability[] {
  return uris.map((uri) => ({ uri, direction: "stopped" }));
}

export const ABSOLUTE_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
const ABSOLUTE_CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
export const TRANSPORT_WIDE_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/** What sections have unless `LocalCapabilities.media` says something else. */
export const DEFAULT_MEDIA: Readonly<Record<MediaKind, MediaCapabilities>> = {
  audio: {
    codecs: AUDIO_CODECS,
    headerExtensions: [
      ...extensions(
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        ABSOLUTE_SEND_TIME,
        TRANSPORT_WIDE_CC,
        MID_EXTENSION,
      ),
      ...onRequest("urn:ietf:params:rtp-hdrext:csrc-audio-level", ABSOLUTE_CAPTURE_TIME),
    ],
  },
  video: {
    codecs: VIDEO_CODECS,
    headerExtensions: [
      ...extensions(
        "urn:ietf:params:rtp-hdrext:toffset",
        ABSOLUTE_SEND_TIME,
        "urn:3gpp:video-orientation",
        TRANSPORT_WIDE_CC,
        "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
        MID_EXTENSION,
        RID_EXTENSION,
        REPAIRED_RID_EXTENSION,
      ),
      ...onRequest(
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
        "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
        ABSOLUTE_CAPTURE_TIME,
      ),
    ],
  },
};

/** The default capabilities of a kind (webrtc-pc §5.2.8, §5.3.3 getCapabilities). */
export function mediaCapabilities(kind: MediaKind): MediaCapabilities {
  return DEFAULT_MEDIA[kind];
}
