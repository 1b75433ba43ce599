/** webrtc-pc §6.2 the send() algorithm. */
import { isObject, usvString } from "../webidl/convert.ts";
import { failSending } from "./channel-state.ts";
import type { DataChannelSlots } from "./data-channel-slots.ts";

/** What the four overloads of `send` take. */
type Sendable = string | Blob | ArrayBuffer | ArrayBufferView;

const encoder = new TextEncoder();

/** WebIDL §3.7.7 overload resolution for `send`: everything that is no buffer and no Blob is taken as a string. */
export function convertSendable(value: unknown, context: string): Sendable {
  if (typeof value === "string") return value; // TextEncoder replaces lone surrogates.
  if (isObject(value)) {
    if (ArrayBuffer.isView(value) || value instanceof Blob || isArrayBuffer(value)) return value;
  }
  return usvString(value, context);
}

/** Also true for ArrayBuffers of other realms, which `instanceof` does not know. */
function isArrayBuffer(value: object): value is ArrayBuffer {
  return value instanceof ArrayBuffer || Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

/** Steps 2 to 7. */
export function sendData(slots: DataChannelSlots, data: Sendable): void {
  // Step 3
  if (slots.readyState !== "open") {
    throw new DOMException(`the channel's readyState is '${slots.readyState}'.`, "InvalidStateError");
  }
  // Step 4
  const payload = typeof data === "string" ? encoder.encode(data) : data;
  const size = payload instanceof Blob ? payload.size : payload.byteLength;
  const { maxMessageSize, maxBufferSize } = slots.connection.sctpLimits();
  // Step 5
  if (size > maxMessageSize) {
    throw new TypeError(`a message of ${size} bytes is larger than the maximum, ${maxMessageSize} bytes.`);
  }
  // Step 6
  if (slots.bufferedAmount + size > maxBufferSize) {
    throw new DOMException("the send buffer is full.", "OperationError");
  }
  // Step 7: the caller may go on to change its buffer.
  const message: OutgoingMessage = {
    binary: typeof data !== "string",
    data:
      payload instanceof Blob || typeof data === "string" ? (payload as Blob | Uint8Array) : copyOf(payload),
  };
  if (slots.outbox === undefined && !(message.data instanceof Blob))
    transmit(slots, message.binary, message.data);
  else {
    slots.outbox ??= new Outbox(slots);
    slots.outbox.push(message);
  }
  // Step 8
  slots.bufferedAmount += size;
}

function copyOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
    : new Uint8Array(data).slice();
}

function transmit(slots: DataChannelSlots, binary: boolean, data: Uint8Array): void {
  slots.counters.messagesSent++;
  slots.counters.bytesSent += data.length;
  slots.connection.command({ type: "send", channel: slots.channel, binary, data });
}

interface OutgoingMessage {
  readonly binary: boolean;
  readonly data: Uint8Array | Blob;
}

/**
 * Keeps the order of `send` calls while Blobs are being read. Bounded by [[MaxBufferSize]], because all that is in here
 * counts in bufferedAmount. Lives from the first Blob until everything behind it has gone out.
 */
export class Outbox {
  readonly #slots: DataChannelSlots;
  readonly #messages: OutgoingMessage[] = [];
  #afterwards: (() => void) | undefined;

  constructor(slots: DataChannelSlots) {
    this.#slots = slots;
  }

  push(message: OutgoingMessage): void {
    this.#messages.push(message);
    if (this.#messages.length === 1) void this.#drain();
  }

  /** Calls `task` when everything has gone out: the closing procedure finishes what is pending (§6.2.4). */
  whenEmpty(task: () => void): void {
    this.#afterwards = task;
  }

  async #drain(): Promise<void> {
    for (let next = this.#messages[0]; next !== undefined; next = this.#messages[0]) {
      if (next.data instanceof Blob) {
        const bytes = await next.data.arrayBuffer().catch(() => undefined);
        if (bytes === undefined) {
          // The file behind the Blob has changed or gone. What was accepted cannot be sent: the channel fails.
          this.#messages.length = 0;
          failSending(this.#slots, "a Blob could not be read.");
          break;
        }
        transmit(this.#slots, true, new Uint8Array(bytes));
      } else transmit(this.#slots, next.binary, next.data);
      this.#messages.shift();
    }
    this.#slots.outbox = undefined;
    this.#afterwards?.();
  }
}
