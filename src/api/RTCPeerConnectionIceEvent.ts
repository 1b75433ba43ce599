/** webrtc-pc §4.8.2 RTCPeerConnectionIceEvent. */
import { domString, instanceOf, isObject, nullable, usvString } from "../webidl/convert.ts";
import { dictionary, optional } from "../webidl/dictionary.ts";
import {
  constructorContext,
  exposeInterface,
  illegalInvocation,
  requireArguments,
} from "../webidl/expose.ts";
import { convertEventInit, type EventInit } from "./event-init.ts";
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

let checked: (target: unknown) => RTCPeerConnectionIceEvent;

/** A gathered candidate, the end of a generation's candidates (its `candidate` is ""), or the end of gathering (null). */
export class RTCPeerConnectionIceEvent extends Event {
  readonly #candidate: RTCIceCandidate | null;
  readonly #url: string | null;

  constructor(...args: [type: string, eventInitDict?: RTCPeerConnectionIceEventInit]) {
    const context = constructorContext("RTCPeerConnectionIceEvent");
    requireArguments(context, args, 1);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    this.#candidate = init.candidate ?? null;
    this.#url = init.url ?? null;
  }

  static {
    checked = (target) => {
      if (isObject(target) && #candidate in target) return target;
      throw illegalInvocation("RTCPeerConnectionIceEvent");
    };
  }

  get candidate(): RTCIceCandidate | null {
    return checked(this).#candidate;
  }
  /** Deprecated by the standard in favour of the candidate's own `url`. */
  get url(): string | null {
    return checked(this).#url;
  }
}

exposeInterface(RTCPeerConnectionIceEvent, "RTCPeerConnectionIceEvent", { length: 1 });
