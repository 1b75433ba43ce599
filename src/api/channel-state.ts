/** webrtc-pc §6.2: the algorithms that move a data channel from state to state. Each is the body of a task. */
import type { TransportError } from "../core/session/protocol.ts";
import { MessageEventConstructor } from "../webidl/event-target.ts";
import { changeReadyState, type DataChannelSlots } from "./data-channel-slots.ts";
import { fire, fireSimple, queueTask } from "./dispatch.ts";
import { RTCError, toRTCError } from "./RTCError.ts";
import { RTCErrorEvent } from "./RTCErrorEvent.ts";

/** The serialisation of an opaque origin (HTML §7.1.1): what a process without pages has. */
const ORIGIN = "null";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** §6.2.2 announcing a data channel as open */
export function announceOpen(slots: DataChannelSlots): void {
  // Step 1
  if (slots.connection.isClosed) return;
  // Step 3
  if (slots.readyState === "closing" || slots.readyState === "closed") return;
  // Steps 4 and 5
  changeReadyState(slots, "open");
  fireSimple(slots.target!, "open");
}

/** §6.2 close(), and the closing procedure of §6.2.4 that it starts. */
export function closeChannel(slots: DataChannelSlots): void {
  // close() steps 2 and 3
  if (slots.readyState === "closing" || slots.readyState === "closed") return;
  changeReadyState(slots, "closing");
  // Step 4: the closing procedure. Started at this end, it fires no `closing` event.
  const { connection } = slots;
  queueTask(connection, () => {
    if (connection.isClosed || slots.readyState === "closed") return;
    connection.dataChannels.delete(slots);
    // Pending messages first, then RFC 8831 §6.7; the engine answers with "channel-closed".
    const close = () => connection.command({ type: "close-channel", channel: slots.channel });
    if (!slots.opened) announceClosed(slots, undefined);
    else if (slots.outbox) slots.outbox.whenEmpty(close);
    else close();
  });
}

/** §6.2.4 closing procedure, when the peer has started it. */
export function announceClosing(slots: DataChannelSlots): void {
  if (slots.connection.isClosed) return;
  // Step 3
  slots.connection.dataChannels.delete(slots);
  // Step 4: not if close() was called at this end meanwhile.
  if (slots.readyState === "closing" || slots.readyState === "closed") return;
  changeReadyState(slots, "closing");
  fireSimple(slots.target!, "closing");
}

/** §6.2.5 announcing a data channel as closed; §6.2.7 when there never was a transport. `error`: why, unless it was wanted. */
export function announceClosed(slots: DataChannelSlots, error: TransportError | undefined): void {
  // Step 2
  if (slots.readyState === "closed") return;
  // Steps 3 and 4
  changeReadyState(slots, "closed");
  slots.connection.forgetChannel(slots);
  // Step 5
  if (error) fire(slots.target!, new RTCErrorEvent("error", { error: toRTCError(error) }));
  // Step 6
  fireSimple(slots.target!, "close");
}

/** §6.2.8 receiving messages on a data channel */
export function receiveMessage(slots: DataChannelSlots, binary: boolean, raw: Uint8Array): void {
  // Step 3
  if (slots.readyState !== "open") return;
  slots.counters.messagesReceived++;
  slots.counters.bytesReceived += raw.length;
  // Step 4
  const data = !binary ? decoder.decode(raw) : slots.binaryType === "blob" ? new Blob([raw]) : bufferOf(raw);
  // Step 5
  fire(slots.target!, new MessageEventConstructor("message", { data, origin: ORIGIN }));
}

/** The bytes as an ArrayBuffer of their own, without a copy when they fill theirs. */
function bufferOf(raw: Uint8Array): ArrayBufferLike {
  return raw.byteLength === raw.buffer.byteLength ? raw.buffer : new Uint8Array(raw).buffer;
}

/** §6.2 bufferedAmount: `bytes` have left the queue. */
export function decreaseBufferedAmount(slots: DataChannelSlots, bytes: number): void {
  const before = slots.bufferedAmount;
  slots.bufferedAmount = before - bytes;
  if (slots.connection.isClosed || slots.readyState === "closed") return;
  const threshold = slots.bufferedAmountLowThreshold;
  if (before > threshold && slots.bufferedAmount <= threshold) fireSimple(slots.target!, "bufferedamountlow");
}

/** §6.2 send() step 7, when accepted data cannot be transmitted: tells the application and closes the channel. */
export function failSending(slots: DataChannelSlots, message: string): void {
  const { connection } = slots;
  queueTask(connection, () => {
    if (connection.isClosed || slots.readyState === "closed") return;
    const error = new RTCError({ errorDetail: "data-channel-failure" }, message);
    fire(slots.target!, new RTCErrorEvent("error", { error }));
    closeChannel(slots);
  });
}
