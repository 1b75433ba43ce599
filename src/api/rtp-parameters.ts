/** webrtc-pc §5.2: the dictionaries about RTP, with the members of webrtc-priority, webrtc-svc and mst-content-hint. */
import {
  boolean,
  type Converter,
  domString,
  double,
  enumeration,
  octet,
  sequence,
  unsignedLong,
  unsignedShort,
} from "../webidl/convert.ts";
import { defaulted, dictionary, optional, required } from "../webidl/dictionary.ts";
import type { RTCPriorityType } from "./data-channel-init.ts";

/** webrtc-pc §5.1 */
export type RTCRtpTransceiverDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive" | "stopped";
/** mst-content-hint §5. "maintain-framerate-and-resolution" is accepted as well; `lib.dom` does not know it. */
export type RTCDegradationPreference = "balanced" | "maintain-framerate" | "maintain-resolution";

/** webrtc-pc §5.2.14 */
export interface RTCRtpCodec {
  channels?: number;
  clockRate: number;
  mimeType: string;
  sdpFmtpLine?: string;
}

/** webrtc-pc §5.2.13 */
export interface RTCRtpCodecParameters extends RTCRtpCodec {
  payloadType: number;
}

/** webrtc-pc §5.2.7 */
export interface RTCRtpCodingParameters {
  rid?: string;
}

/** webrtc-pc §5.2.8 */
export interface RTCRtpEncodingParameters extends RTCRtpCodingParameters {
  active?: boolean;
  /** webrtc-extensions §5.3: whether the length of audio frames may change on the way. */
  adaptivePtime?: boolean;
  codec?: RTCRtpCodec;
  maxBitrate?: number;
  maxFramerate?: number;
  networkPriority?: RTCPriorityType;
  priority?: RTCPriorityType;
  /** webrtc-extensions §5.3: milliseconds of audio that a packet should have. */
  ptime?: number;
  scalabilityMode?: string;
  scaleResolutionDownBy?: number;
  scaleResolutionDownTo?: RTCResolutionRestriction;
}

/** webrtc-extensions §5.3.2: pixels, in either orientation. */
export interface RTCResolutionRestriction {
  maxHeight?: number;
  maxWidth?: number;
}

/** webrtc-extensions §5.4 */
export interface RTCEncodingOptions {
  /** The next frame shall be a key frame. */
  keyFrame?: boolean;
}

/** webrtc-pc §5.2, with the member of webrtc-extensions §5.4 */
export interface RTCSetParameterOptions {
  /** One for each encoding, or none at all. */
  encodingOptions?: RTCEncodingOptions[];
}

/** webrtc-pc §5.2.11 */
export interface RTCRtpHeaderExtensionParameters {
  encrypted?: boolean;
  id: number;
  uri: string;
}

/** webrtc-pc §5.2.10 */
export interface RTCRtcpParameters {
  cname?: string;
  reducedSize?: boolean;
}

/** webrtc-pc §5.2.4 */
export interface RTCRtpParameters {
  codecs: RTCRtpCodecParameters[];
  headerExtensions: RTCRtpHeaderExtensionParameters[];
  rtcp: RTCRtcpParameters;
}

/** webrtc-pc §5.2.5 */
export interface RTCRtpSendParameters extends RTCRtpParameters {
  degradationPreference?: RTCDegradationPreference;
  encodings: RTCRtpEncodingParameters[];
  transactionId: string;
}

/** webrtc-pc §5.2.6 */
export interface RTCRtpReceiveParameters extends RTCRtpParameters {}

/** webrtc-pc §5.2.15, with the direction of webrtc-extensions §5.2 */
export interface RTCRtpHeaderExtensionCapability {
  direction?: RTCRtpTransceiverDirection;
  uri: string;
}

/** webrtc-pc §5.2.14 */
export interface RTCRtpCapabilities {
  codecs: RTCRtpCodec[];
  headerExtensions: RTCRtpHeaderExtensionCapability[];
}

/** webrtc-pc §5.3.1, webrtc-extensions §7.1 */
export interface RTCRtpContributingSource {
  audioLevel?: number;
  /** By the clock of who has captured it, milliseconds since 1900: what the header extension has. */
  captureTimestamp?: number;
  rtpTimestamp: number;
  /** Milliseconds by which that clock is ahead of the sender's. */
  senderCaptureTimeOffset?: number;
  source: number;
  timestamp: number;
}

/** webrtc-pc §5.3.1 */
export interface RTCRtpSynchronizationSource extends RTCRtpContributingSource {}

/** The values of `RTCRtpTransceiverDirection`. */
export const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive", "stopped"] as const;

/** WebIDL converter of `RTCRtpTransceiverDirection`. */
export const convertDirection = enumeration("RTCRtpTransceiverDirection", DIRECTIONS);

const convertPriority = enumeration("RTCPriorityType", ["very-low", "low", "medium", "high"]);

/** WebIDL converter of `RTCRtpCodec`. */
export const convertCodec: Converter<RTCRtpCodec> = dictionary("RTCRtpCodec", {
  mimeType: required(domString),
  clockRate: required(unsignedLong),
  channels: optional(unsignedShort),
  sdpFmtpLine: optional(domString),
});

const convertResolutionRestriction = dictionary("RTCResolutionRestriction", {
  maxHeight: optional(unsignedLong),
  maxWidth: optional(unsignedLong),
});

const convertCodingParameters = dictionary("RTCRtpCodingParameters", { rid: optional(domString) });

/** WebIDL converter of `RTCRtpEncodingParameters`. */
export const convertEncoding = dictionary(
  "RTCRtpEncodingParameters",
  {
    active: defaulted(boolean, true),
    adaptivePtime: defaulted(boolean, false),
    codec: optional(convertCodec),
    maxBitrate: optional(unsignedLong),
    maxFramerate: optional(double),
    networkPriority: optional(convertPriority),
    priority: defaulted(convertPriority, "low"),
    ptime: optional(unsignedLong),
    scalabilityMode: optional(domString),
    scaleResolutionDownBy: optional(double),
    scaleResolutionDownTo: optional(convertResolutionRestriction),
  },
  convertCodingParameters,
);

/** One member of [[SendEncodings]]. */
export type Encoding = ReturnType<typeof convertEncoding>;

const convertCodecParameters = dictionary(
  "RTCRtpCodecParameters",
  { payloadType: required(octet) },
  convertCodec,
);

const convertHeaderExtensionParameters = dictionary("RTCRtpHeaderExtensionParameters", {
  uri: required(domString),
  id: required(unsignedShort),
  encrypted: defaulted(boolean, false),
});

const convertRtcpParameters = dictionary("RTCRtcpParameters", {
  cname: optional(domString),
  reducedSize: optional(boolean),
});

const convertRtpParameters = dictionary("RTCRtpParameters", {
  headerExtensions: required(sequence(convertHeaderExtensionParameters)),
  rtcp: required(convertRtcpParameters),
  codecs: required(sequence(convertCodecParameters)),
});

/** WebIDL converter of `RTCRtpSendParameters`. */
export const convertSendParameters = dictionary(
  "RTCRtpSendParameters",
  {
    degradationPreference: optional(
      enumeration("RTCDegradationPreference", [
        "maintain-framerate",
        "maintain-resolution",
        "balanced",
        "maintain-framerate-and-resolution",
      ]),
    ),
    transactionId: required(domString),
    encodings: required(sequence(convertEncoding)),
  },
  convertRtpParameters,
);

/** `RTCRtpSendParameters` after conversion, and what [[LastReturnedParameters]] holds. */
export type SendParameters = ReturnType<typeof convertSendParameters>;

/** WebIDL converter of `RTCSetParameterOptions`. */
export const convertSetParameterOptions = dictionary("RTCSetParameterOptions", {
  encodingOptions: defaulted(
    sequence(dictionary("RTCEncodingOptions", { keyFrame: defaulted(boolean, false) })),
    [],
  ),
});

/** `RTCSetParameterOptions` after conversion. */
export type SetParameterOptions = ReturnType<typeof convertSetParameterOptions>;

/** WebIDL converter of `RTCRtpHeaderExtensionCapability`. */
export const convertHeaderExtensionCapability = dictionary("RTCRtpHeaderExtensionCapability", {
  uri: required(domString),
  direction: required(convertDirection),
});
