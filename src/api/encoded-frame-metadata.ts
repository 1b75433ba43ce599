/** webrtc-encoded-transform §5.1, §5.2 and §5.5: what is known of an encoded frame. */
import {
  type Converter,
  domString,
  double,
  octet,
  sequence,
  unsignedLong,
  unsignedShort,
} from "../webidl/convert.ts";
import { dictionary, optional } from "../webidl/dictionary.ts";

/** webrtc-encoded-transform §5.1. Times are relative to `performance.timeOrigin`. */
interface RTCEncodedFrameMetadata {
  captureTime?: number;
  contributingSources?: number[];
  mimeType?: string;
  payloadType?: number;
  receiveTime?: number;
  rtpTimestamp?: number;
  senderCaptureTimeOffset?: number;
  synchronizationSource?: number;
}

/** webrtc-encoded-transform §5.2 */
export interface RTCEncodedVideoFrameMetadata extends RTCEncodedFrameMetadata {
  dependencies?: number[];
  frameId?: number;
  height?: number;
  spatialIndex?: number;
  temporalIndex?: number;
  /** Microseconds. */
  timestamp?: number;
  width?: number;
}

/** webrtc-encoded-transform §5.5 */
export interface RTCEncodedAudioFrameMetadata extends RTCEncodedFrameMetadata {
  /** 0 (silence) to 1 (0 dBov), linear. */
  audioLevel?: number;
  sequenceNumber?: number;
}

/** A WebIDL `long long` that a double holds exactly; what is beyond that is of no use in a frame's metadata. */
const wholeNumber: Converter<number> = (value, context) => Math.trunc(double(value, context));

const convertFrameMetadata = dictionary("RTCEncodedFrameMetadata", {
  captureTime: optional(double),
  contributingSources: optional(sequence(unsignedLong)),
  mimeType: optional(domString),
  payloadType: optional(octet),
  receiveTime: optional(double),
  rtpTimestamp: optional(unsignedLong),
  senderCaptureTimeOffset: optional(double),
  synchronizationSource: optional(unsignedLong),
});

/** WebIDL converter of `RTCEncodedVideoFrameMetadata`. */
export const convertVideoFrameMetadata: Converter<RTCEncodedVideoFrameMetadata> = dictionary(
  "RTCEncodedVideoFrameMetadata",
  {
    dependencies: optional(sequence(wholeNumber)),
    frameId: optional(wholeNumber),
    height: optional(unsignedShort),
    spatialIndex: optional(unsignedLong),
    temporalIndex: optional(unsignedLong),
    timestamp: optional(wholeNumber),
    width: optional(unsignedShort),
  },
  convertFrameMetadata,
);

/** WebIDL converter of `RTCEncodedAudioFrameMetadata`. */
export const convertAudioFrameMetadata: Converter<RTCEncodedAudioFrameMetadata> = dictionary(
  "RTCEncodedAudioFrameMetadata",
  { audioLevel: optional(double), sequenceNumber: optional(unsignedShort) },
  convertFrameMetadata,
);
