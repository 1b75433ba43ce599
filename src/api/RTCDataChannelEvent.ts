/** webrtc-pc §6.3 RTCDataChannelEvent. */
import { domString, instanceOf, isObject } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import {
  constructorContext,
  exposeInterface,
  illegalInvocation,
  requireArguments,
} from "../webidl/expose.ts";
import { convertEventInit, type EventInit } from "./event-init.ts";
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

/** Fired at the connection when the peer has opened a channel. */
export class RTCDataChannelEvent extends Event {
  readonly #channel: RTCDataChannel;

  constructor(...args: [type: string, eventInitDict: RTCDataChannelEventInit]) {
    const context = constructorContext("RTCDataChannelEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    this.#channel = init.channel;
  }

  get channel(): RTCDataChannel {
    if (!isObject(this) || !(#channel in this)) throw illegalInvocation("RTCDataChannelEvent");
    return this.#channel;
  }
}

exposeInterface(RTCDataChannelEvent, "RTCDataChannelEvent", { length: 2 });
