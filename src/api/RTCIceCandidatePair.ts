/** webrtc-pc §5.6.2 RTCIceCandidatePair. */

import { Construction } from "../webidl/construction.ts";
import { exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { RTCIceCandidate } from "./RTCIceCandidate.ts";

interface Slots {
  readonly local: RTCIceCandidate;
  readonly remote: RTCIceCandidate;
}

const construction = new Construction<Slots>();
const internals = internalSlots<Slots, RTCIceCandidatePair>("RTCIceCandidatePair");

/** The two candidates between which packets go. */
export class RTCIceCandidatePair {
  constructor() {
    internals.attach(this, construction.take());
  }

  get local(): RTCIceCandidate {
    return internals.of(this).local;
  }
  get remote(): RTCIceCandidate {
    return internals.of(this).remote;
  }
}

exposeInterface(RTCIceCandidatePair, "RTCIceCandidatePair");

/** Brand check. */
export const isCandidatePair: (value: unknown) => value is RTCIceCandidatePair = internals.has;

/** webrtc-pc §5.6.2 "create an RTCIceCandidatePair". */
export function createCandidatePair(local: RTCIceCandidate, remote: RTCIceCandidate): RTCIceCandidatePair {
  return construction.run({ local, remote }, () => new RTCIceCandidatePair());
}
