/** webrtc-pc §11.5 RTCErrorEvent. */
import { domString, instanceOf, isObject } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import {
  constructorContext,
  exposeInterface,
  illegalInvocation,
  requireArguments,
} from "../webidl/expose.ts";
import { convertEventInit, type EventInit } from "./event-init.ts";
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

/** Fired when something below has failed: `error` says what. */
export class RTCErrorEvent extends Event {
  readonly #error: RTCError;

  constructor(...args: [type: string, eventInitDict: RTCErrorEventInit]) {
    const context = constructorContext("RTCErrorEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    this.#error = init.error;
  }

  get error(): RTCError {
    if (!isObject(this) || !(#error in this)) throw illegalInvocation("RTCErrorEvent");
    return this.#error;
  }
}

exposeInterface(RTCErrorEvent, "RTCErrorEvent", { length: 2 });
