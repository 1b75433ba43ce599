/** webrtc-pc §5.6 RTCIceTransport. */
import type { CandidatePlace } from "../core/jsep/index.ts";
import { Construction } from "../webidl/construction.ts";
import { instanceOf } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import {
  defineAttributes,
  exposeInterface,
  operationContext,
  promiseReturning,
  requireArguments,
} from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import {
  type CandidatePairs,
  type IceTransportOwner,
  newCandidatePairs,
  removeCandidatePair,
  selectCandidatePair,
} from "./candidate-pairs.ts";
import type { RTCIceCandidate, RTCIceComponent } from "./RTCIceCandidate.ts";
import { isCandidatePair, type RTCIceCandidatePair } from "./RTCIceCandidatePair.ts";
import type { RTCIceCandidatePairEvent } from "./RTCIceCandidatePairEvent.ts";

/** webrtc-pc §5.6.3 */
export type RTCIceGathererState = "new" | "gathering" | "complete";
/** webrtc-pc §5.6.4 */
export type RTCIceTransportState =
  | "new"
  | "checking"
  | "connected"
  | "completed"
  | "disconnected"
  | "failed"
  | "closed";
/** webrtc-pc §5.6.5 */
export type RTCIceRole = "unknown" | "controlling" | "controlled";

/** webrtc-pc §5.6.1 */
export interface RTCIceParameters {
  usernameFragment?: string;
  password?: string;
}

/** The internal slots of an `RTCIceTransport`. */
export interface IceTransportSlots {
  readonly component: RTCIceComponent;
  role: RTCIceRole;
  state: RTCIceTransportState;
  gatheringState: RTCIceGathererState;
  selectedCandidatePair: RTCIceCandidatePair | null;
  localCandidates: RTCIceCandidate[];
  remoteCandidates: RTCIceCandidate[];
  localParameters: Required<RTCIceParameters> | null;
  remoteParameters: Required<RTCIceParameters> | null;
  /** Where its candidates belong in descriptions: the section that carries the transport. */
  place: CandidatePlace;
  readonly pairs: CandidatePairs;
  readonly owner: IceTransportOwner;
}

/** The events of an `RTCIceTransport`. */
export interface RTCIceTransportEventMap {
  gatheringstatechange: Event;
  /** webrtc-extensions */
  icecandidatepairadd: RTCIceCandidatePairEvent;
  /** webrtc-extensions */
  icecandidatepairnominate: RTCIceCandidatePairEvent;
  /** webrtc-extensions */
  icecandidatepairremove: RTCIceCandidatePairEvent;
  selectedcandidatepairchange: Event;
  statechange: Event;
}

const construction = new Construction<IceTransportSlots>();
const internals = internalSlots<IceTransportSlots, RTCIceTransport>("RTCIceTransport");

/** The ICE side of a transport. */
export class RTCIceTransport extends EventTargetWith<RTCIceTransportEventMap> {
  declare onstatechange: EventHandler;
  declare ongatheringstatechange: EventHandler;
  declare onselectedcandidatepairchange: EventHandler;
  /** webrtc-extensions. Always there; optional in the type, because `lib.dom` does not know it. */
  declare onicecandidatepairadd?: EventHandler<RTCIceCandidatePairEvent>;
  /** webrtc-extensions, likewise. */
  declare onicecandidatepairremove?: EventHandler<RTCIceCandidatePairEvent>;
  /** webrtc-extensions, likewise. */
  declare onicecandidatepairnominate?: EventHandler<RTCIceCandidatePairEvent>;
  /** webrtc-extensions, likewise. */
  declare selectCandidatePair?: (candidatePair: RTCIceCandidatePair) => Promise<undefined>;
  /** webrtc-extensions, likewise. */
  declare removeCandidatePair?: (candidatePair: RTCIceCandidatePair) => Promise<undefined>;

  constructor() {
    const slots = construction.take();
    super();
    internals.attach(this, slots);
  }

  get role(): RTCIceRole {
    return internals.of(this).role;
  }
  get component(): RTCIceComponent {
    return internals.of(this).component;
  }
  get state(): RTCIceTransportState {
    return internals.of(this).state;
  }
  get gatheringState(): RTCIceGathererState {
    return internals.of(this).gatheringState;
  }
  getLocalCandidates(): RTCIceCandidate[] {
    return [...internals.of(this).localCandidates];
  }
  getRemoteCandidates(): RTCIceCandidate[] {
    return [...internals.of(this).remoteCandidates];
  }
  getSelectedCandidatePair(): RTCIceCandidatePair | null {
    const { state, selectedCandidatePair } = internals.of(this);
    return state === "new" || state === "closed" ? null : selectedCandidatePair;
  }
  getLocalParameters(): RTCIceParameters | null {
    const { localParameters } = internals.of(this);
    return localParameters && { ...localParameters };
  }
  getRemoteParameters(): RTCIceParameters | null {
    const { remoteParameters } = internals.of(this);
    return remoteParameters && { ...remoteParameters };
  }
}

defineEventHandlers(RTCIceTransport.prototype, internals.of, [
  "statechange",
  "gatheringstatechange",
  "selectedcandidatepairchange",
  "icecandidatepairadd",
  "icecandidatepairremove",
  "icecandidatepairnominate",
]);

const pairArgument = instanceOf("RTCIceCandidatePair", isCandidatePair);

/** The slots of `transport` and the pair that one of the two methods is called with. */
function argumentsOf(
  transport: unknown,
  operation: string,
  args: unknown[],
): [IceTransportSlots, RTCIceCandidatePair] {
  const slots = internals.of(transport);
  const context = operationContext("RTCIceTransport", operation);
  requireArguments(context, args, 1);
  return [slots, pairArgument(args[0], context)];
}

defineAttributes(RTCIceTransport.prototype, {
  selectCandidatePair(...args: unknown[]): Promise<undefined> {
    return promiseReturning(() => selectCandidatePair(...argumentsOf(this, "selectCandidatePair", args)));
  },
  removeCandidatePair(...args: unknown[]): Promise<undefined> {
    return promiseReturning(() => removeCandidatePair(...argumentsOf(this, "removeCandidatePair", args)));
  },
});
exposeInterface(RTCIceTransport, "RTCIceTransport", {
  operations: { selectCandidatePair: 1, removeCandidatePair: 1 },
});

/** A new transport in its initial states, and its slots. */
export function createIceTransport(
  component: RTCIceComponent,
  owner: IceTransportOwner,
): {
  transport: RTCIceTransport;
  slots: IceTransportSlots;
} {
  const slots: IceTransportSlots = {
    component,
    role: "unknown",
    state: "new",
    gatheringState: "new",
    selectedCandidatePair: null,
    localCandidates: [],
    remoteCandidates: [],
    localParameters: null,
    remoteParameters: null,
    place: { sdpMid: "0", sdpMLineIndex: 0 },
    pairs: newCandidatePairs(),
    owner,
  };
  return { transport: construction.run(slots, () => new RTCIceTransport()), slots };
}
