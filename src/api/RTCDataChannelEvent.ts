/** webrtc-pc §6.3 RTCDataChannelEvent. */
import { domString, instanceOf } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isRTCDataChannel, type RTCDataChannel } from "./RTCDataChannel.ts";

/** webrtc-pc §6.3 */
export interface RTCDataChannelEventInit extends EventInit {
  channel: RTCDataChannel;
}

const convertInit = dictionary(
  "RTCDataChannelEventInit",
  { channel: required(instanceOf("RTCDataChannel", isRTCDataChannel)) },
  convertEventInit,
);

const internals = internalSlots<RTCDataChannel, RTCDataChannelEvent>("RTCDataChannelEvent");

/** Fired at the connection when the peer has opened a channel. */
export class RTCDataChannelEvent extends Event {
  constructor(...args: [type: string, eventInitDict: RTCDataChannelEventInit]) {
    const context = constructorContext("RTCDataChannelEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init.channel);
  }

  get channel(): RTCDataChannel {
    return internals.of(this);
  }
}

exposeInterface(RTCDataChannelEvent, "RTCDataChannelEvent", { length: 2 });
