import type { ChannelId, DataChannelParameters } from "../core/session/protocol.ts";
import type { Connection } from "./connection.ts";
import { priorityFromWire, type RTCPriorityType } from "./data-channel-init.ts";
import type { BinaryType, RTCDataChannelState } from "./RTCDataChannel.ts";
import type { Outbox } from "./send.ts";

/** What has gone through a channel: messages and the bytes in them, empty ones included. */
export interface ChannelCounters {
  messagesSent: number;
  bytesSent: number;
  messagesReceived: number;
  bytesReceived: number;
}

/** The internal slots of an `RTCDataChannel` (webrtc-pc §6.2.1). */
export interface DataChannelSlots {
  /** Set as soon as the object exists. */
  target: EventTarget | undefined;
  readonly connection: Connection;
  /** The engine's name for the channel. */
  readonly channel: ChannelId;
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readonly negotiated: boolean;
  readonly priority: RTCPriorityType;
  id: number | null;
  readyState: RTCDataChannelState;
  bufferedAmount: number;
  bufferedAmountLowThreshold: number;
  binaryType: BinaryType;
  /** The engine knows the channel. */
  opened: boolean;
  /** The peer's channel was announced, and the task that fires `open` has not run. */
  openIsQueued: boolean;
  readonly counters: ChannelCounters;
  /** Messages that wait for a Blob to be read; undefined when there are none. */
  outbox: Outbox | undefined;
}

/** The slots of a channel that the peer has announced (webrtc-pc §6.2.3). */
export function announcedSlots(
  connection: Connection,
  channel: ChannelId,
  streamId: number,
  parameters: DataChannelParameters,
): DataChannelSlots {
  return {
    ...initialSlots(connection, channel),
    label: parameters.label,
    protocol: parameters.protocol,
    ordered: parameters.ordered,
    maxPacketLifeTime: parameters.maxPacketLifeTime ?? null,
    maxRetransmits: parameters.maxRetransmits ?? null,
    negotiated: false,
    priority: priorityFromWire(parameters.priority),
    id: streamId,
    opened: true,
  };
}

/** The slots that start alike on every channel. */
export function initialSlots(connection: Connection, channel: ChannelId) {
  return {
    target: undefined,
    connection,
    channel,
    readyState: "connecting",
    bufferedAmount: 0,
    bufferedAmountLowThreshold: 0,
    binaryType: "arraybuffer",
    opened: false,
    openIsQueued: false,
    counters: { messagesSent: 0, bytesSent: 0, messagesReceived: 0, bytesReceived: 0 } as ChannelCounters,
    outbox: undefined,
  } as const;
}

/** Every change of [[ReadyState]]: what enters "open" and what leaves it is counted (webrtc-stats §8.14). */
export function changeReadyState(slots: DataChannelSlots, state: RTCDataChannelState): void {
  const { statistics } = slots.connection;
  if (slots.readyState !== "open" && state === "open") statistics.channelsOpened++;
  else if (slots.readyState === "open" && state !== "open") statistics.channelsClosed++;
  slots.readyState = state;
}
