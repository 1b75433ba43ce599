/** webrtc-extensions "RTCIceTransport extensions": RTCIceCandidatePairEvent. */
import { domString, instanceOf } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isCandidatePair, type RTCIceCandidatePair } from "./RTCIceCandidatePair.ts";

/** webrtc-extensions */
export interface RTCIceCandidatePairEventInit extends EventInit {
  candidatePair: RTCIceCandidatePair;
}

const convertInit = dictionary(
  "RTCIceCandidatePairEventInit",
  { candidatePair: required(instanceOf("RTCIceCandidatePair", isCandidatePair)) },
  convertEventInit,
);

const internals = internalSlots<ReturnType<typeof convertInit>, RTCIceCandidatePairEvent>(
  "RTCIceCandidatePairEvent",
);

/** A candidate pair was formed, goes, or is about to be nominated. */
export class RTCIceCandidatePairEvent extends Event {
  constructor(...args: [type: string, eventInitDict: RTCIceCandidatePairEventInit]) {
    const context = constructorContext("RTCIceCandidatePairEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init);
  }

  get candidatePair(): RTCIceCandidatePair {
    return internals.of(this).candidatePair;
  }
}

exposeInterface(RTCIceCandidatePairEvent, "RTCIceCandidatePairEvent", { length: 2 });
