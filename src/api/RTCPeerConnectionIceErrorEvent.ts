/** webrtc-pc §4.8.3 RTCPeerConnectionIceErrorEvent. */
import { domString, nullable, unsignedShort, usvString } from "../webidl/convert.ts";
import { dictionary, optional, required } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

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

const internals = internalSlots<ReturnType<typeof convertInit>, RTCPeerConnectionIceErrorEvent>(
  "RTCPeerConnectionIceErrorEvent",
);

/** A STUN or TURN server refused, or could not be reached (errorCode 701). */
export class RTCPeerConnectionIceErrorEvent extends Event {
  constructor(...args: [type: string, eventInitDict: RTCPeerConnectionIceErrorEventInit]) {
    const context = constructorContext("RTCPeerConnectionIceErrorEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init);
  }

  /** The local address the server was asked from; null unless a local candidate shows it anyway. */
  get address(): string | null {
    return internals.of(this).address ?? null;
  }
  get port(): number | null {
    return internals.of(this).port ?? null;
  }
  get url(): string {
    return internals.of(this).url ?? "";
  }
  get errorCode(): number {
    return internals.of(this).errorCode;
  }
  get errorText(): string {
    return internals.of(this).errorText ?? "";
  }
}

exposeInterface(RTCPeerConnectionIceErrorEvent, "RTCPeerConnectionIceErrorEvent", { length: 2 });
