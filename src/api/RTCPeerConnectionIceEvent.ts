/** webrtc-pc §4.8.2 RTCPeerConnectionIceEvent. */
import { domString, instanceOf, nullable, usvString } from "../webidl/convert.ts";
import { dictionary, optional } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, defineAttributes, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isRTCIceCandidate, type RTCIceCandidate } from "./RTCIceCandidate.ts";

/** webrtc-pc §4.8.2 */
export interface RTCPeerConnectionIceEventInit extends EventInit {
  candidate?: RTCIceCandidate | null;
  url?: string | null;
}

const convertInit = dictionary(
  "RTCPeerConnectionIceEventInit",
  {
    candidate: optional(nullable(instanceOf("RTCIceCandidate", isRTCIceCandidate))),
    url: optional(nullable(usvString)),
  },
  convertEventInit,
);

const internals = internalSlots<ReturnType<typeof convertInit>, RTCPeerConnectionIceEvent>(
  "RTCPeerConnectionIceEvent",
);

/** A gathered candidate, the end of a generation's candidates (its `candidate` is ""), or the end of gathering (null). */
export class RTCPeerConnectionIceEvent extends Event {
  /**
   * Deprecated by the standard in favour of the candidate's own `url`. Always there; optional in the type, because
   * `lib.dom` does not know it.
   */
  declare readonly url?: string | null;

  constructor(...args: [type: string, eventInitDict?: RTCPeerConnectionIceEventInit]) {
    const context = constructorContext("RTCPeerConnectionIceEvent");
    requireArguments(context, args, 1);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init);
  }

  get candidate(): RTCIceCandidate | null {
    return internals.of(this).candidate ?? null;
  }
}

defineAttributes(RTCPeerConnectionIceEvent.prototype, {
  get url(): string | null {
    return internals.of(this).url ?? null;
  },
});
exposeInterface(RTCPeerConnectionIceEvent, "RTCPeerConnectionIceEvent", { length: 1 });
