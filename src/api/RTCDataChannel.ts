/** webrtc-pc §6.2 RTCDataChannel, with the priority of webrtc-priority §4.3. */
import { Construction } from "../webidl/construction.ts";
import { enforcedUnsignedLong } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith, type PlatformMessageEvent } from "../webidl/event-target.ts";
import { defineAttributes, exposeInterface, operationContext, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { closeChannel } from "./channel-state.ts";
import type { RTCPriorityType } from "./data-channel-init.ts";
import type { DataChannelSlots } from "./data-channel-slots.ts";
import type { RTCErrorEvent } from "./RTCErrorEvent.ts";
import { convertSendable, sendData } from "./send.ts";

/** webrtc-pc §6.2 */
export type RTCDataChannelState = "connecting" | "open" | "closing" | "closed";
/** HTML (WebSocket) */
export type BinaryType = "blob" | "arraybuffer";

/** The events of an `RTCDataChannel`. */
export interface RTCDataChannelEventMap {
  bufferedamountlow: Event;
  close: Event;
  closing: Event;
  error: RTCErrorEvent;
  message: PlatformMessageEvent;
  open: Event;
}

const construction = new Construction<DataChannelSlots>();
const internals = internalSlots<DataChannelSlots, RTCDataChannel>("RTCDataChannel");

/** A two-way message channel between the peers. */
export class RTCDataChannel extends EventTargetWith<RTCDataChannelEventMap> {
  declare onopen: EventHandler;
  declare onbufferedamountlow: EventHandler;
  declare onerror: EventHandler<RTCErrorEvent>;
  declare onclosing: EventHandler;
  declare onclose: EventHandler;
  declare onmessage: EventHandler<PlatformMessageEvent>;
  /** webrtc-priority §4.3. Always there; optional in the type, because `lib.dom` does not know it. */
  declare readonly priority?: RTCPriorityType;

  constructor() {
    const slots = construction.take();
    super();
    internals.attach(this, slots);
  }

  get label(): string {
    return internals.of(this).label;
  }
  get ordered(): boolean {
    return internals.of(this).ordered;
  }
  get maxPacketLifeTime(): number | null {
    return internals.of(this).maxPacketLifeTime;
  }
  get maxRetransmits(): number | null {
    return internals.of(this).maxRetransmits;
  }
  get protocol(): string {
    return internals.of(this).protocol;
  }
  get negotiated(): boolean {
    return internals.of(this).negotiated;
  }
  get id(): number | null {
    return internals.of(this).id;
  }
  get readyState(): RTCDataChannelState {
    return internals.of(this).readyState;
  }
  get bufferedAmount(): number {
    return internals.of(this).bufferedAmount;
  }
  get bufferedAmountLowThreshold(): number {
    return internals.of(this).bufferedAmountLowThreshold;
  }
  set bufferedAmountLowThreshold(value: number) {
    const slots = internals.of(this);
    const context = "Failed to set the 'bufferedAmountLowThreshold' property on 'RTCDataChannel'";
    slots.bufferedAmountLowThreshold = enforcedUnsignedLong(value, context);
  }
  /** "arraybuffer" at first, as the standard says (and not "blob", as in old browsers). */
  get binaryType(): BinaryType {
    return internals.of(this).binaryType;
  }
  set binaryType(value: BinaryType) {
    const slots = internals.of(this);
    // WebIDL §3.7.6: an attribute of an enum type ignores other strings.
    const text = String(value);
    if (text === "blob" || text === "arraybuffer") slots.binaryType = text;
  }

  close(): void {
    closeChannel(internals.of(this));
  }

  send(data: string): void;
  send(data: Blob): void;
  send(data: ArrayBuffer): void;
  send(data: ArrayBufferView): void;
  send(...args: unknown[]): void {
    const slots = internals.of(this);
    const context = operationContext("RTCDataChannel", "send");
    requireArguments(context, args, 1);
    sendData(slots, convertSendable(args[0], context));
  }
}

defineAttributes(RTCDataChannel.prototype, {
  get priority(): RTCPriorityType {
    return internals.of(this).priority;
  },
});
defineEventHandlers(RTCDataChannel.prototype, internals.of, [
  "open",
  "bufferedamountlow",
  "error",
  "closing",
  "close",
  "message",
]);
exposeInterface(RTCDataChannel, "RTCDataChannel", { operations: { send: 1 } });

/** Brand check. */
export const isRTCDataChannel: (value: unknown) => value is RTCDataChannel = internals.has;

/** webrtc-pc §6.2.1 "create an RTCDataChannel": the object for `slots`, which remember it. */
export function createDataChannelObject(slots: DataChannelSlots): RTCDataChannel {
  const channel = construction.run(slots, () => new RTCDataChannel());
  slots.target = channel;
  return channel;
}
