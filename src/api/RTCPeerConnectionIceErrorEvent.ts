/** webrtc-pc §4.8.3 RTCPeerConnectionIceErrorEvent. */
import { domString, isObject, nullable, unsignedShort, usvString } from "../webidl/convert.ts";
import { dictionary, optional, required } from "../webidl/dictionary.ts";
import {
  constructorContext,
  exposeInterface,
  illegalInvocation,
  requireArguments,
} from "../webidl/expose.ts";
import { convertEventInit, type EventInit } from "./event-init.ts";

/** webrtc-pc §4.8.3 */
export interface RTCPeerConnectionIceErrorEventInit extends EventInit {
  address?: string | null;
  port?: number | null;
  url?: string;
  errorCode: number;
  errorText?: string;
}

const convertInit = dictionary(
  "RTCPeerConnectionIceErrorEventInit",
  {
    address: optional(nullable(domString)),
    port: optional(nullable(unsignedShort)),
    url: optional(usvString),
    errorCode: required(unsignedShort),
    errorText: optional(usvString),
  },
  convertEventInit,
);

let initOf: (target: unknown) => ReturnType<typeof convertInit>;

/** A STUN or TURN server refused, or could not be reached (errorCode 701). */
export class RTCPeerConnectionIceErrorEvent extends Event {
  readonly #init: ReturnType<typeof convertInit>;

  constructor(...args: [type: string, eventInitDict: RTCPeerConnectionIceErrorEventInit]) {
    const context = constructorContext("RTCPeerConnectionIceErrorEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    this.#init = init;
  }

  static {
    initOf = (target) => {
      if (isObject(target) && #init in target) return target.#init;
      throw illegalInvocation("RTCPeerConnectionIceErrorEvent");
    };
  }

  /** The local address the server was asked from; null unless a local candidate shows it anyway. */
  get address(): string | null {
    return initOf(this).address ?? null;
  }
  get port(): number | null {
    return initOf(this).port ?? null;
  }
  get url(): string {
    return initOf(this).url ?? "";
  }
  get errorCode(): number {
    return initOf(this).errorCode;
  }
  get errorText(): string {
    return initOf(this).errorText ?? "";
  }
}

exposeInterface(RTCPeerConnectionIceErrorEvent, "RTCPeerConnectionIceErrorEvent", { length: 2 });
