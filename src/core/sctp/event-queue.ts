import { Fifo } from "../base/fifo.ts";
import type { SctpEvent } from "./events.ts";

type Decrease = Extract<SctpEvent, { type: "buffered-amount-decrease" }>;
type Abandoned = Extract<SctpEvent, { type: "messages-abandoned" }>;

/**
 * Events not taken yet. Messages in it count against the receive window, which bounds them; the counting events are one per
 * stream.
 */
export class SctpEventQueue {
  readonly #queue = new Fifo<SctpEvent>();
  readonly #decreases = new Map<number, Decrease>();
  readonly #abandoned = new Map<number, Abandoned>();
  #messageBytes = 0;
  #messagesAbandoned = 0;

  /** Bytes of messages that wait here. */
  get messageBytes(): number {
    return this.#messageBytes;
  }

  /** Messages given up so far, in all. */
  get messagesAbandoned(): number {
    return this.#messagesAbandoned;
  }

  push(event: SctpEvent): void {
    this.#queue.push(event);
  }

  message(streamId: number, ppid: number, data: Uint8Array): void {
    this.#messageBytes += data.length;
    this.#queue.push({ type: "message", streamId, ppid, data });
  }

  bufferedAmountDecrease(streamId: number, bytes: number): void {
    const waiting = this.#decreases.get(streamId);
    if (waiting !== undefined) {
      waiting.bytes += bytes;
      return;
    }
    const event: Decrease = { type: "buffered-amount-decrease", streamId, bytes };
    this.#decreases.set(streamId, event);
    this.#queue.push(event);
  }

  /** One message of the stream was given up. */
  abandoned(streamId: number): void {
    this.#messagesAbandoned++;
    const waiting = this.#abandoned.get(streamId);
    if (waiting !== undefined) {
      waiting.count++;
      return;
    }
    const event: Abandoned = { type: "messages-abandoned", streamId, count: 1 };
    this.#abandoned.set(streamId, event);
    this.#queue.push(event);
  }

  shift(): SctpEvent | undefined {
    const event = this.#queue.shift();
    if (event === undefined) return undefined;
    if (event.type === "message") this.#messageBytes -= event.data.length;
    else if (event.type === "buffered-amount-decrease") this.#decreases.delete(event.streamId);
    else if (event.type === "messages-abandoned") this.#abandoned.delete(event.streamId);
    return event;
  }
}
