/** webrtc-pc §11.5 RTCErrorEvent. */
import { domString, instanceOf } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isRTCError, type RTCError } from "./RTCError.ts";

/** webrtc-pc §11.5 */
export interface RTCErrorEventInit extends EventInit {
  error: RTCError;
}

const convertInit = dictionary(
  "RTCErrorEventInit",
  { error: required(instanceOf("RTCError", isRTCError)) },
  convertEventInit,
);

const internals = internalSlots<RTCError, RTCErrorEvent>("RTCErrorEvent");

/** Fired when something below has failed: `error` says what. */
export class RTCErrorEvent extends Event {
  constructor(...args: [type: string, eventInitDict: RTCErrorEventInit]) {
    const context = constructorContext("RTCErrorEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init.error);
  }

  get error(): RTCError {
    return internals.of(this);
  }
}

exposeInterface(RTCErrorEvent, "RTCErrorEvent", { length: 2 });
