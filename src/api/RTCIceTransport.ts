/** webrtc-pc §5.6 RTCIceTransport. */
import type { CandidatePlace } from "../core/jsep/index.ts";
import { Construction } from "../webidl/construction.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { RTCIceCandidate, RTCIceComponent } from "./RTCIceCandidate.ts";
import type { RTCIceCandidatePair } from "./RTCIceCandidatePair.ts";

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
}

/** The events of an `RTCIceTransport`. */
export interface RTCIceTransportEventMap {
  gatheringstatechange: Event;
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
]);
exposeInterface(RTCIceTransport, "RTCIceTransport");

/** A new transport in its initial states, and its slots. */
export function createIceTransport(component: RTCIceComponent): {
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
  };
  return { transport: construction.run(slots, () => new RTCIceTransport()), slots };
}
