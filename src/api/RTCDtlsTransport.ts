/** webrtc-pc §5.5 RTCDtlsTransport. */
import { Construction } from "../webidl/construction.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { RTCErrorEvent } from "./RTCErrorEvent.ts";
import type { RTCIceTransport } from "./RTCIceTransport.ts";

/** webrtc-pc §5.5.1 */
export type RTCDtlsTransportState = "new" | "connecting" | "connected" | "closed" | "failed";

/** The internal slots of an `RTCDtlsTransport`. */
export interface DtlsTransportSlots {
  readonly iceTransport: RTCIceTransport;
  state: RTCDtlsTransportState;
  /** DER, leaf first. */
  remoteCertificates: readonly Uint8Array[];
}

/** The events of an `RTCDtlsTransport`. */
export interface RTCDtlsTransportEventMap {
  error: RTCErrorEvent;
  statechange: Event;
}

const construction = new Construction<DtlsTransportSlots>();
const internals = internalSlots<DtlsTransportSlots, RTCDtlsTransport>("RTCDtlsTransport");

/** The DTLS side of a transport. */
export class RTCDtlsTransport extends EventTargetWith<RTCDtlsTransportEventMap> {
  declare onstatechange: EventHandler;
  declare onerror: EventHandler<RTCErrorEvent>;

  constructor() {
    const slots = construction.take();
    super();
    internals.attach(this, slots);
  }

  get iceTransport(): RTCIceTransport {
    return internals.of(this).iceTransport;
  }
  get state(): RTCDtlsTransportState {
    return internals.of(this).state;
  }
  getRemoteCertificates(): ArrayBuffer[] {
    return internals.of(this).remoteCertificates.map((der) => Uint8Array.from(der).buffer);
  }
}

defineEventHandlers(RTCDtlsTransport.prototype, internals.of, ["statechange", "error"]);
exposeInterface(RTCDtlsTransport, "RTCDtlsTransport");

/** A new transport over `iceTransport`, and its slots. */
export function createDtlsTransport(iceTransport: RTCIceTransport): {
  transport: RTCDtlsTransport;
  slots: DtlsTransportSlots;
} {
  const slots: DtlsTransportSlots = { iceTransport, state: "new", remoteCertificates: [] };
  return { transport: construction.run(slots, () => new RTCDtlsTransport()), slots };
}
