/** webrtc-pc §7.3 RTCDTMFToneChangeEvent. */
import { domString } from "../webidl/convert.ts";
import { defaulted, dictionary } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

/** webrtc-pc §7.3 */
export interface RTCDTMFToneChangeEventInit extends EventInit {
  tone?: string;
}

const NAME = "RTCDTMFToneChangeEvent";

const convertInit = dictionary(
  "RTCDTMFToneChangeEventInit",
  { tone: defaulted(domString, "") },
  convertEventInit,
);

const internals = internalSlots<string, RTCDTMFToneChangeEvent>(NAME);

/** Fired at an `RTCDTMFSender` when a tone begins, and with an empty one at the end. */
export class RTCDTMFToneChangeEvent extends Event {
  constructor(...args: [type: string, eventInitDict?: RTCDTMFToneChangeEventInit]) {
    const context = constructorContext(NAME);
    requireArguments(context, args, 1);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init.tone);
  }

  get tone(): string {
    return internals.of(this);
  }
}

exposeInterface(RTCDTMFToneChangeEvent, NAME, { length: 1 });
