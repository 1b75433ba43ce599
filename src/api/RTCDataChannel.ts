/** webrtc-pc §6.2 RTCDataChannel, with the priority of webrtc-priority §4.3. */
import { Construction } from "../webidl/construction.ts";
import { enforcedUnsignedLong, isObject } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith, type PlatformMessageEvent } from "../webidl/event-target.ts";
import { exposeInterface, illegalInvocation, operationContext, requireArguments } from "../webidl/expose.ts";
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
/** Brand check. */
export let isRTCDataChannel: (value: unknown) => value is RTCDataChannel;
let slotsOf: (target: unknown) => DataChannelSlots;

/** A two-way message channel between the peers. */
export class RTCDataChannel extends EventTargetWith<RTCDataChannelEventMap> {
  readonly #slots: DataChannelSlots;
  declare onopen: EventHandler;
  declare onbufferedamountlow: EventHandler;
  declare onerror: EventHandler<RTCErrorEvent>;
  declare onclosing: EventHandler;
  declare onclose: EventHandler;
  declare onmessage: EventHandler<PlatformMessageEvent>;

  constructor() {
    const slots = construction.take();
    super();
    this.#slots = slots;
  }

  static {
    isRTCDataChannel = (value): value is RTCDataChannel => isObject(value) && #slots in value;
    slotsOf = (target) => {
      if (isRTCDataChannel(target)) return target.#slots;
      throw illegalInvocation("RTCDataChannel");
    };
  }

  get label(): string {
    return slotsOf(this).label;
  }
  get ordered(): boolean {
    return slotsOf(this).ordered;
  }
  get maxPacketLifeTime(): number | null {
    return slotsOf(this).maxPacketLifeTime;
  }
  get maxRetransmits(): number | null {
    return slotsOf(this).maxRetransmits;
  }
  get protocol(): string {
    return slotsOf(this).protocol;
  }
  get negotiated(): boolean {
    return slotsOf(this).negotiated;
  }
  get id(): number | null {
    return slotsOf(this).id;
  }
  get priority(): RTCPriorityType {
    return slotsOf(this).priority;
  }
  get readyState(): RTCDataChannelState {
    return slotsOf(this).readyState;
  }
  get bufferedAmount(): number {
    return slotsOf(this).bufferedAmount;
  }
  get bufferedAmountLowThreshold(): number {
    return slotsOf(this).bufferedAmountLowThreshold;
  }
  set bufferedAmountLowThreshold(value: number) {
    const slots = slotsOf(this);
    const context = "Failed to set the 'bufferedAmountLowThreshold' property on 'RTCDataChannel'";
    slots.bufferedAmountLowThreshold = enforcedUnsignedLong(value, context);
  }
  /** "arraybuffer" at first, as the standard says (and not "blob", as in old browsers). */
  get binaryType(): BinaryType {
    return slotsOf(this).binaryType;
  }
  set binaryType(value: BinaryType) {
    const slots = slotsOf(this);
    // WebIDL §3.7.6: an attribute of an enum type ignores other strings.
    const text = String(value);
    if (text === "blob" || text === "arraybuffer") slots.binaryType = text;
  }

  close(): void {
    closeChannel(slotsOf(this));
  }

  send(data: string): void;
  send(data: Blob): void;
  send(data: ArrayBuffer): void;
  send(data: ArrayBufferView): void;
  send(...args: unknown[]): void {
    const slots = slotsOf(this);
    const context = operationContext("RTCDataChannel", "send");
    requireArguments(context, args, 1);
    sendData(slots, convertSendable(args[0], context));
  }
}

defineEventHandlers(RTCDataChannel.prototype, (target) => slotsOf(target), [
  "open",
  "bufferedamountlow",
  "error",
  "closing",
  "close",
  "message",
]);
exposeInterface(RTCDataChannel, "RTCDataChannel", { operations: { send: 1 } });

/** webrtc-pc §6.2.1 "create an RTCDataChannel": the object for `slots`, which remember it. */
export function createDataChannelObject(slots: DataChannelSlots): RTCDataChannel {
  const channel = construction.run(slots, () => new RTCDataChannel());
  slots.target = channel;
  return channel;
}
