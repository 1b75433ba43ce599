/** mediacapture-main §4.4 MediaStreamTrackEvent. */
import { domString, instanceOf } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isMediaStreamTrack, type MediaStreamTrack } from "./MediaStreamTrack.ts";

/** mediacapture-main §4.4 */
export interface MediaStreamTrackEventInit extends EventInit {
  track: MediaStreamTrack;
}

const convertInit = dictionary(
  "MediaStreamTrackEventInit",
  { track: required(instanceOf("MediaStreamTrack", isMediaStreamTrack)) },
  convertEventInit,
);

const internals = internalSlots<MediaStreamTrack, MediaStreamTrackEvent>("MediaStreamTrackEvent");

/** Fired at a `MediaStream` when a track was added to it or removed from it, but not by the application. */
export class MediaStreamTrackEvent extends Event {
  constructor(...args: [type: string, eventInitDict: MediaStreamTrackEventInit]) {
    const context = constructorContext("MediaStreamTrackEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init.track);
  }

  get track(): MediaStreamTrack {
    return internals.of(this);
  }
}

exposeInterface(MediaStreamTrackEvent, "MediaStreamTrackEvent", { length: 2 });
