/** webrtc-pc §5.7 RTCTrackEvent. */
import { isMediaStream, type MediaStream } from "../media/MediaStream.ts";
import { isMediaStreamTrack, type MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import { domString, instanceOf, sequence } from "../webidl/convert.ts";
import { defaulted, dictionary, required } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isRTCRtpReceiver, type RTCRtpReceiver } from "./RTCRtpReceiver.ts";
import { isRTCRtpTransceiver, type RTCRtpTransceiver } from "./RTCRtpTransceiver.ts";

/** webrtc-pc §5.7 */
export interface RTCTrackEventInit extends EventInit {
  receiver: RTCRtpReceiver;
  streams?: MediaStream[];
  track: MediaStreamTrack;
  transceiver: RTCRtpTransceiver;
}

const NAME = "RTCTrackEvent";

const convertInit = dictionary(
  "RTCTrackEventInit",
  {
    receiver: required(instanceOf("RTCRtpReceiver", isRTCRtpReceiver)),
    streams: defaulted(sequence(instanceOf("MediaStream", isMediaStream)), []),
    track: required(instanceOf("MediaStreamTrack", isMediaStreamTrack)),
    transceiver: required(instanceOf("RTCRtpTransceiver", isRTCRtpTransceiver)),
  },
  convertEventInit,
);

const internals = internalSlots<ReturnType<typeof convertInit>, RTCTrackEvent>(NAME);

/** Fired at the connection when the peer has begun to send a track. */
export class RTCTrackEvent extends Event {
  constructor(...args: [type: string, eventInitDict: RTCTrackEventInit]) {
    const context = constructorContext(NAME);
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    Object.freeze(init.streams);
    internals.attach(this, init);
  }

  get receiver(): RTCRtpReceiver {
    return internals.of(this).receiver;
  }
  get track(): MediaStreamTrack {
    return internals.of(this).track;
  }
  /** Frozen; the same array each time. */
  get streams(): readonly MediaStream[] {
    return internals.of(this).streams;
  }
  get transceiver(): RTCRtpTransceiver {
    return internals.of(this).transceiver;
  }
}

exposeInterface(RTCTrackEvent, NAME, { length: 2 });
