/** webrtc-pc §5.6.2 RTCIceCandidatePair. */

import { Construction } from "../webidl/construction.ts";
import { isObject } from "../webidl/convert.ts";
import { exposeInterface, illegalInvocation } from "../webidl/expose.ts";
import type { RTCIceCandidate } from "./RTCIceCandidate.ts";

interface Slots {
  readonly local: RTCIceCandidate;
  readonly remote: RTCIceCandidate;
}

const construction = new Construction<Slots>();
let slotsOf: (target: unknown) => Slots;

/** The two candidates between which packets go. */
export class RTCIceCandidatePair {
  readonly #slots: Slots;

  constructor() {
    this.#slots = construction.take();
  }

  static {
    slotsOf = (target) => {
      if (isObject(target) && #slots in target) return target.#slots;
      throw illegalInvocation("RTCIceCandidatePair");
    };
  }

  get local(): RTCIceCandidate {
    return slotsOf(this).local;
  }
  get remote(): RTCIceCandidate {
    return slotsOf(this).remote;
  }
}

exposeInterface(RTCIceCandidatePair, "RTCIceCandidatePair");

/** webrtc-pc §5.6.2 "create an RTCIceCandidatePair". */
export function createCandidatePair(local: RTCIceCandidate, remote: RTCIceCandidate): RTCIceCandidatePair {
  return construction.run({ local, remote }, () => new RTCIceCandidatePair());
}
