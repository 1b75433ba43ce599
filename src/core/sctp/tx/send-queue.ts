import type { Duration, Instant } from "../../base/instant.ts";
import { NEVER } from "../../base/instant.ts";
import type { SctpEventQueue } from "../event-queue.ts";
import { FairSchedule } from "./fair-schedule.ts";
import { OutboundMessage } from "./outbound-message.ts";
import { DEFAULT_PRIORITY, OutboundStream } from "./outbound-stream.ts";

/** How a message is to be treated. */
export interface SendOptions {
  readonly ordered: boolean;
  /** Partial reliability: retransmissions of a fragment before the message is given up. */
  readonly maxRetransmits?: number;
  /** Partial reliability: milliseconds before the message is given up. */
  readonly lifetime?: Duration;
}

/**
 * Messages that wait to be sent, by stream. One message goes out whole before the next one starts (fragments of DATA chunks
 * must not interleave, RFC 9260 §6.9). Not bounded here: `bufferedAmount` tells the caller, who bounds it.
 */
export class SendQueue {
  readonly #streams = new Map<number, OutboundStream>();
  readonly #schedule = new FairSchedule();
  readonly #events: SctpEventQueue;
  /** The message whose fragments are going out. */
  #current: OutboundMessage | undefined;

  constructor(events: SctpEventQueue) {
    this.#events = events;
  }

  /** True when no message waits, not even in part. */
  get isEmpty(): boolean {
    return this.#current === undefined && this.#schedule.size === 0;
  }

  /** The ids of streams that have something queued. */
  busyStreams(): number[] {
    return [...this.#streams.values()].filter(({ queue }) => queue.length > 0).map(({ id }) => id);
  }

  stream(streamId: number): OutboundStream | undefined {
    return this.#streams.get(streamId);
  }

  #streamFor(streamId: number): OutboundStream {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = new OutboundStream(streamId, DEFAULT_PRIORITY);
      this.#streams.set(streamId, stream);
    }
    return stream;
  }

  setPriority(streamId: number, priority: number): void {
    this.#streamFor(streamId).priority = Math.max(1, priority);
  }

  bufferedAmount(streamId: number): number {
    return this.#streams.get(streamId)?.buffered ?? 0;
  }

  /** Queues a message; false when its stream is being reset. `data` belongs to the queue from here on. */
  push(
    now: Instant,
    streamId: number,
    payloadProtocolId: number,
    data: Uint8Array,
    options: SendOptions,
  ): boolean {
    const stream = this.#streamFor(streamId);
    if (stream.resetting) return false;
    const expiresAt = options.lifetime === undefined ? NEVER : now + options.lifetime;
    const maxRetransmits = options.maxRetransmits ?? Number.POSITIVE_INFINITY;
    stream.queue.push(
      new OutboundMessage(stream, payloadProtocolId, data, !options.ordered, maxRetransmits, expiresAt),
    );
    stream.buffered += data.length;
    if (!stream.scheduled && stream !== this.#current?.stream) this.#schedule.add(stream, data.length);
    return true;
  }

  /** Takes a stream out of use until {@link forget} or {@link resume}: it accepts nothing more. */
  beginReset(streamId: number): OutboundStream {
    const stream = this.#streamFor(streamId);
    stream.resetting = true;
    return stream;
  }

  /** The reset was refused: the stream goes on. */
  resume(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.resetting = false;
  }

  /** The reset was performed: nothing of the stream stays, and its numbers begin again at 0. */
  forget(streamId: number): void {
    this.#streams.delete(streamId);
  }

  /** The message to send from next; expired ones are dropped on the way. */
  next(now: Instant, partialReliability: boolean): OutboundMessage | undefined {
    if (this.#current !== undefined) return this.#current;
    for (;;) {
      const stream = this.#schedule.first();
      if (stream === undefined) return undefined;
      const message = stream.queue.peek()!;
      if (!partialReliability || now < message.expiresAt) return message;
      this.#schedule.served();
      stream.queue.shift();
      this.#leave(stream, message.data.length);
      this.#events.abandoned(stream.id);
      this.#reschedule(stream);
    }
  }

  /** The next `length` bytes of `message` (from {@link next}) go out for the first time. */
  advance(message: OutboundMessage, length: number): void {
    const stream = message.stream;
    if (message.sent === 0) {
      if (!message.unordered) {
        message.streamSequenceNumber = stream.nextSequenceNumber;
        stream.nextSequenceNumber = (stream.nextSequenceNumber + 1) & 0xffff;
      }
      this.#schedule.served();
      this.#current = message;
    }
    message.sent += length;
    this.#leave(stream, length);
    if (message.sent < message.data.length) return;
    this.#finish(stream);
  }

  /** Gives up what is left of a message that has begun to go out. True when there was something left. */
  discardRest(message: OutboundMessage): boolean {
    if (message !== this.#current) return false;
    const stream = message.stream;
    this.#leave(stream, message.data.length - message.sent);
    this.#finish(stream);
    return true;
  }

  #finish(stream: OutboundStream): void {
    this.#current = undefined;
    stream.queue.shift();
    this.#reschedule(stream);
  }

  #reschedule(stream: OutboundStream): void {
    const following = stream.queue.peek();
    if (following !== undefined) this.#schedule.add(stream, following.data.length);
  }

  #leave(stream: OutboundStream, bytes: number): void {
    stream.buffered -= bytes;
    if (bytes > 0) this.#events.bufferedAmountDecrease(stream.id, bytes);
  }

  /** Drops the messages of streams that the peer does not have (`count`: how many it has). */
  limitStreams(count: number): void {
    for (const stream of [...this.#streams.values()]) {
      if (stream.id < count) continue;
      this.#schedule.remove(stream);
      this.#leave(stream, stream.buffered);
      for (let i = stream.queue.length; i > 0; i--) this.#events.abandoned(stream.id);
      this.#streams.delete(stream.id);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#streams.clear();
    while (this.#schedule.size > 0) this.#schedule.served();
    this.#current = undefined;
  }
}
