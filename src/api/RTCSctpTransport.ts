/** webrtc-pc §6.1.1 RTCSctpTransport. */
import { Construction } from "../webidl/construction.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { RTCDtlsTransport } from "./RTCDtlsTransport.ts";

/** webrtc-pc §6.1.2 */
export type RTCSctpTransportState = "connecting" | "connected" | "closed";

/** The internal slots of an `RTCSctpTransport`. */
export interface SctpTransportSlots {
  transport: RTCDtlsTransport;
  state: RTCSctpTransportState;
  maxMessageSize: number | null;
  maxBufferSize: number | null;
  maxChannels: number | null;
}

/** The events of an `RTCSctpTransport`. */
export interface RTCSctpTransportEventMap {
  statechange: Event;
}

const construction = new Construction<SctpTransportSlots>();
const internals = internalSlots<SctpTransportSlots, RTCSctpTransport>("RTCSctpTransport");

/** The association that carries the data channels. */
export class RTCSctpTransport extends EventTargetWith<RTCSctpTransportEventMap> {
  declare onstatechange: EventHandler;

  constructor() {
    const slots = construction.take();
    super();
    internals.attach(this, slots);
  }

  get transport(): RTCDtlsTransport {
    return internals.of(this).transport;
  }
  get state(): RTCSctpTransportState {
    return internals.of(this).state;
  }
  /** The largest message that can be sent, bytes. The standard's `null` before an answer; see docs/api.md. */
  get maxMessageSize(): number {
    return internals.of(this).maxMessageSize as number;
  }
  get maxChannels(): number | null {
    return internals.of(this).maxChannels;
  }
}

defineEventHandlers(RTCSctpTransport.prototype, internals.of, ["statechange"]);
exposeInterface(RTCSctpTransport, "RTCSctpTransport");

/** Bytes that may wait in one channel, and so the largest message this end can send. */
export const MAX_BUFFERED_AMOUNT = 16 * 1024 * 1024;

/** webrtc-pc §6.1.1.1: a new transport in the "connecting" state, and its slots. */
export function createSctpTransport(transport: RTCDtlsTransport): {
  transport: RTCSctpTransport;
  slots: SctpTransportSlots;
} {
  const slots: SctpTransportSlots = {
    transport,
    state: "connecting",
    maxMessageSize: null,
    maxBufferSize: null,
    maxChannels: null,
  };
  return { transport: construction.run(slots, () => new RTCSctpTransport()), slots };
}

/**
 * webrtc-pc §6.1.1.2 "update the data max message size". `remoteMaxMessageSize` in bytes, 0: any. The buffer stays at
 * {@link MAX_BUFFERED_AMOUNT}; the standard's "the larger of the two" would let it grow to the 1 GiB that Firefox announces.
 */
export function updateMaxMessageSize(slots: SctpTransportSlots, remoteMaxMessageSize: number): void {
  slots.maxMessageSize =
    remoteMaxMessageSize === 0 ? MAX_BUFFERED_AMOUNT : Math.min(remoteMaxMessageSize, MAX_BUFFERED_AMOUNT);
  slots.maxBufferSize = MAX_BUFFERED_AMOUNT;
}
