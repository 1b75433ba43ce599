/** webrtc-pc §4.2.8, §4.2.9 and §5.1: the dictionaries that methods of a connection take. */
import { isMediaStream, type MediaStream } from "../media/MediaStream.ts";
import { boolean, instanceOf, sequence } from "../webidl/convert.ts";
import { defaulted, dictionary, optional } from "../webidl/dictionary.ts";
import {
  convertDirection,
  convertEncoding,
  type RTCRtpEncodingParameters,
  type RTCRtpTransceiverDirection,
} from "./rtp-parameters.ts";

/** webrtc-pc §4.2.7: nothing so far. */
export type RTCOfferAnswerOptions = object;

/** webrtc-pc §4.2.8 */
export interface RTCOfferOptions extends RTCOfferAnswerOptions {
  iceRestart?: boolean;
  /** §4.4.3.3, legacy: whether audio shall be received. */
  offerToReceiveAudio?: boolean;
  /** §4.4.3.3, legacy: whether video shall be received. */
  offerToReceiveVideo?: boolean;
}

/** webrtc-pc §5.1 */
export interface RTCRtpTransceiverInit {
  direction?: RTCRtpTransceiverDirection;
  sendEncodings?: RTCRtpEncodingParameters[];
  streams?: MediaStream[];
}

/** webrtc-pc §4.2.9: nothing so far. */
export type RTCAnswerOptions = RTCOfferAnswerOptions;

/** WebIDL converter. */
export const convertOfferOptions = dictionary("RTCOfferOptions", {
  iceRestart: defaulted(boolean, false),
  offerToReceiveAudio: optional(boolean),
  offerToReceiveVideo: optional(boolean),
});
/** WebIDL converter. */
export const convertAnswerOptions = dictionary("RTCAnswerOptions", {});
/** WebIDL converter. */
export const convertTransceiverInit = dictionary("RTCRtpTransceiverInit", {
  direction: defaulted(convertDirection, "sendrecv"),
  sendEncodings: defaulted(sequence(convertEncoding), []),
  streams: defaulted(sequence(instanceOf("MediaStream", isMediaStream)), []),
});
