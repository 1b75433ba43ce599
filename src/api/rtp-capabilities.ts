/** webrtc-pc §5.2 and §5.3 getCapabilities, and negotiated values as the dictionaries that show them. */
import { mediaCapabilities } from "../core/jsep/codecs.ts";
import type { CodecCapability, NegotiatedCodec, NegotiatedHeaderExtension } from "../core/jsep/index.ts";
import type {
  RTCRtpCapabilities,
  RTCRtpCodec,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
} from "./rtp-parameters.ts";

/** §5.2 getCapabilities: null for what is neither audio nor video. */
export function sendCapabilities(kind: string): RTCRtpCapabilities | null {
  if (kind !== "audio" && kind !== "video") return null;
  const { codecs, headerExtensions } = mediaCapabilities(kind);
  return {
    codecs: codecs.map(exposedCodec),
    headerExtensions: headerExtensions.map(({ uri }) => ({ uri })),
  };
}

/** §5.3 getCapabilities: what can be sent can be received. */
export function receiveCapabilities(kind: string): RTCRtpCapabilities | null {
  return sendCapabilities(kind);
}

function exposedCodec({ mimeType, clockRate, channels, sdpFmtpLine }: CodecCapability): RTCRtpCodec {
  return {
    mimeType,
    clockRate,
    ...(channels === undefined ? {} : { channels }),
    ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  };
}

/** §5.2.13, of [[SendCodecs]] and [[ReceiveCodecs]]. */
export function codecParameters(codecs: readonly NegotiatedCodec[]): RTCRtpCodecParameters[] {
  return codecs.map((codec) => ({ payloadType: codec.payloadType, ...exposedCodec(codec) }));
}

/** §5.2.11 */
export function headerExtensionParameters(
  extensions: readonly NegotiatedHeaderExtension[],
): RTCRtpHeaderExtensionParameters[] {
  return extensions.map(({ uri, id }) => ({ uri, id, encrypted: false }));
}
