import type { SctpEventQueue } from "../event-queue.ts";
import { type DataFields, FLAG_BEGINNING, FLAG_ENDING, FLAG_UNORDERED } from "../packet/data-chunk.ts";
import type { SkippedStream } from "../packet/forward-tsn-chunk.ts";
import { type Fragment, FragmentRing, HOLDING_OVERHEAD } from "./fragment-ring.ts";

/** A whole message that waits for an earlier one of its stream. */
interface HeldMessage {
  readonly payloadProtocolId: number;
  readonly data: Uint8Array;
}

/** One incoming stream's place in the order. */
interface InboundStream {
  nextSequenceNumber: number;
  /** By stream sequence number. */
  readonly held: Map<number, HeldMessage>;
}

/** Why the peer's data cannot be taken any further: the association ends with this text. */
export type Violation = string;

/** The in-order assembly keeps a buffer of this size between messages; larger ones are let go. */
const KEPT_ASSEMBLY_BUFFER = 256 * 1024;
const SMALLEST_ASSEMBLY_BUFFER = 4 * 1024;

/** What an orphaned fragment means at the cumulative TSN. */
type Front = "between-messages" | "in-message" | "after-skip";

/**
 * Puts fragments together and messages in order (RFC 9260 §6.5, §6.6, §6.9). What arrives in TSN order, the usual case, is
 * copied once into one growing buffer (only one message can be open there); what arrives ahead of a gap goes through the
 * {@link FragmentRing}, and joins the buffer when the gap closes, unless its message is whole before that.
 */
export class ReassemblyQueue {
  readonly #events: SctpEventQueue;
  readonly #maxMessageSize: number;
  readonly #ring = new FragmentRing();
  readonly #streams = new Map<number, InboundStream>();
  #heldBytes = 0;

  #front: Front = "between-messages";
  #buffer = EMPTY;
  #length = 0;
  #frontFlags = 0;
  #frontStream = 0;
  #frontSequenceNumber = 0;
  #frontPayloadProtocolId = 0;

  constructor(events: SctpEventQueue, maxMessageSize: number) {
    this.#events = events;
    this.#maxMessageSize = maxMessageSize;
  }

  /** Bytes that count against the receive window: all that is held, and messages nobody has taken yet. */
  get bytes(): number {
    return this.#length + this.#ring.bytes + this.#heldBytes + this.#events.messageBytes;
  }

  /** Messages ahead of the cumulative TSN that have begun and are not whole. */
  get incompleteMessages(): number {
    return this.#ring.begunMessages;
  }

  /** The next TSN in order. Fragments must be inside `packet[fields.from, fields.to)`, and not empty. */
  addInOrder(packet: Uint8Array, fields: DataFields): Violation | undefined {
    return this.#feed(
      fields.flags,
      fields.streamId,
      fields.streamSequenceNumber,
      fields.payloadProtocolId,
      packet,
      fields.from,
      fields.to,
    );
  }

  /** A TSN ahead of the next one. `cumulative`: up to where everything has been fed. */
  addAhead(tsn: number, cumulative: number, packet: Uint8Array, fields: DataFields): Violation | undefined {
    const { flags, streamId, streamSequenceNumber, payloadProtocolId } = fields;
    const data = packet.slice(fields.from, fields.to);
    if (flags & FLAG_BEGINNING && flags & FLAG_ENDING) {
      return this.#complete(flags, streamId, streamSequenceNumber, payloadProtocolId, data);
    }
    const run = this.#ring.add(tsn, cumulative, {
      flags,
      streamId,
      streamSequenceNumber,
      payloadProtocolId,
      data,
      runOther: tsn,
    });
    if (run === "violation") return "fragments of different messages are interleaved";
    if (run === "partial") return undefined;
    return this.#completeRun(run.first, run.last);
  }

  #completeRun(first: number, last: number): Violation | undefined {
    let length = 0;
    for (let tsn = first; tsn <= last; tsn++) length += this.#ring.get(tsn)!.data.length;
    if (length > this.#maxMessageSize) return MESSAGE_TOO_LARGE;
    const data = new Uint8Array(length);
    const { flags, streamId, streamSequenceNumber, payloadProtocolId } = this.#ring.get(first)!;
    let at = 0;
    for (let tsn = first; tsn <= last; tsn++) {
      const fragment = this.#ring.take(tsn)!;
      data.set(fragment.data, at);
      at += fragment.data.length;
    }
    return this.#complete(flags, streamId, streamSequenceNumber, payloadProtocolId, data);
  }

  /** The cumulative TSN has moved over `(from, to]`: what was held of it is in order now. */
  advance(from: number, to: number): Violation | undefined {
    if (this.#ring.count === 0) return undefined;
    for (let tsn = from + 1; tsn <= to; tsn++) {
      const fragment = this.#ring.take(tsn);
      if (fragment === undefined) continue;
      const violation = this.#feedFragment(fragment);
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  #feedFragment(fragment: Fragment): Violation | undefined {
    return this.#feed(
      fragment.flags,
      fragment.streamId,
      fragment.streamSequenceNumber,
      fragment.payloadProtocolId,
      fragment.data,
      0,
      fragment.data.length,
    );
  }

  #feed(
    flags: number,
    streamId: number,
    streamSequenceNumber: number,
    payloadProtocolId: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): Violation | undefined {
    if (flags & FLAG_BEGINNING) {
      if (this.#front === "in-message") return "a message begins inside another one";
      this.#front = "between-messages";
      if (flags & FLAG_ENDING) {
        if (to - from > this.#maxMessageSize) return MESSAGE_TOO_LARGE;
        const data = bytes.slice(from, to);
        return this.#complete(flags, streamId, streamSequenceNumber, payloadProtocolId, data);
      }
      this.#front = "in-message";
      this.#frontFlags = flags;
      this.#frontStream = streamId;
      this.#frontSequenceNumber = streamSequenceNumber;
      this.#frontPayloadProtocolId = payloadProtocolId;
    } else if (this.#front === "after-skip") {
      return undefined;
    } else if (this.#front === "between-messages") {
      return "a fragment comes without the beginning of its message";
    } else if (!this.#continuesFront(flags, streamId, streamSequenceNumber)) {
      return "fragments of different messages are interleaved";
    }
    if (this.#length + to - from > this.#maxMessageSize) return MESSAGE_TOO_LARGE;
    this.#append(bytes, from, to);
    if (!(flags & FLAG_ENDING)) return undefined;
    const data = this.#buffer.slice(0, this.#length);
    this.#closeFront("between-messages");
    return this.#complete(
      this.#frontFlags,
      this.#frontStream,
      this.#frontSequenceNumber,
      this.#frontPayloadProtocolId,
      data,
    );
  }

  #continuesFront(flags: number, streamId: number, streamSequenceNumber: number): boolean {
    if (streamId !== this.#frontStream || (flags ^ this.#frontFlags) & FLAG_UNORDERED) return false;
    return (flags & FLAG_UNORDERED) !== 0 || streamSequenceNumber === this.#frontSequenceNumber;
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#buffer.length) {
      const size = Math.max(SMALLEST_ASSEMBLY_BUFFER, length, this.#buffer.length * 2);
      const larger = new Uint8Array(Math.min(size, Math.max(this.#maxMessageSize, length)));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#length);
    this.#length = length;
  }

  #closeFront(front: Front): void {
    this.#front = front;
    this.#length = 0;
    if (this.#buffer.length > KEPT_ASSEMBLY_BUFFER) this.#buffer = EMPTY;
  }

  /** Gives the kept buffers back when nothing is in them: for quiet times. */
  releaseIdleMemory(): void {
    this.#ring.releaseIdleMemory();
    if (this.#length === 0) this.#buffer = EMPTY;
  }

  /** A message is whole: deliver it, or hold it until its turn comes. */
  #complete(
    flags: number,
    streamId: number,
    streamSequenceNumber: number,
    payloadProtocolId: number,
    data: Uint8Array,
  ): Violation | undefined {
    if (data.length > this.#maxMessageSize) return MESSAGE_TOO_LARGE;
    if (flags & FLAG_UNORDERED) {
      this.#events.message(streamId, payloadProtocolId, data);
      return undefined;
    }
    const stream = this.#streamFor(streamId);
    if (streamSequenceNumber === stream.nextSequenceNumber) {
      stream.nextSequenceNumber = (streamSequenceNumber + 1) & 0xffff;
      this.#events.message(streamId, payloadProtocolId, data);
      if (stream.held.size > 0) this.#deliverHeld(streamId, stream);
      return undefined;
    }
    // Behind its turn (skipped meanwhile), or twice under another TSN: nobody waits for it.
    const ahead = (streamSequenceNumber - stream.nextSequenceNumber) & 0xffff;
    if (ahead >= 0x8000 || stream.held.has(streamSequenceNumber)) return undefined;
    stream.held.set(streamSequenceNumber, { payloadProtocolId, data });
    this.#heldBytes += data.length + HOLDING_OVERHEAD;
    return undefined;
  }

  #streamFor(streamId: number): InboundStream {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = { nextSequenceNumber: 0, held: new Map() };
      this.#streams.set(streamId, stream);
    }
    return stream;
  }

  /** Delivers what follows without a gap. */
  #deliverHeld(streamId: number, stream: InboundStream): void {
    while (stream.held.size > 0) {
      const message = this.#takeHeld(stream, stream.nextSequenceNumber);
      if (message === undefined) return;
      stream.nextSequenceNumber = (stream.nextSequenceNumber + 1) & 0xffff;
      this.#events.message(streamId, message.payloadProtocolId, message.data);
    }
  }

  #takeHeld(stream: InboundStream, sequenceNumber: number): HeldMessage | undefined {
    const message = stream.held.get(sequenceNumber);
    if (message === undefined) return undefined;
    stream.held.delete(sequenceNumber);
    this.#heldBytes -= message.data.length + HOLDING_OVERHEAD;
    return message;
  }

  /**
   * The peer has given up `(from, to]` and, in each named stream, everything up to a sequence number (RFC 3758 §3.6). What
   * was whole is delivered, what was partial is dropped.
   */
  skip(from: number, to: number, skipped: readonly SkippedStream[]): void {
    if (this.#ring.count > 0) for (let tsn = from + 1; tsn <= to; tsn++) this.#ring.take(tsn);
    this.#closeFront("after-skip");
    for (const { streamId, streamSequenceNumber } of skipped) {
      const stream = this.#streamFor(streamId);
      const next = (streamSequenceNumber + 1) & 0xffff;
      if (((next - stream.nextSequenceNumber) & 0xffff) >= 0x8000) continue;
      if (stream.held.size > 0) this.#deliverHeldBelow(streamId, stream, next);
      stream.nextSequenceNumber = next;
      this.#deliverHeld(streamId, stream);
    }
  }

  /** Delivers, in order, what is held of sequence numbers before `next`: the gaps between them will never close. */
  #deliverHeldBelow(streamId: number, stream: InboundStream, next: number): void {
    const first = stream.nextSequenceNumber;
    const distance = (next - first) & 0xffff;
    const due = [...stream.held.keys()].filter((number) => ((number - first) & 0xffff) < distance);
    due.sort((a, b) => ((a - first) & 0xffff) - ((b - first) & 0xffff));
    for (const number of due) {
      const message = this.#takeHeld(stream, number)!;
      this.#events.message(streamId, message.payloadProtocolId, message.data);
    }
  }

  /** The peer has reset its streams (RFC 6525 §5.2.2): their numbers begin again at 0. None named: all of them. */
  resetStreams(streamIds: readonly number[]): void {
    const all = streamIds.length === 0 ? [...this.#streams.keys()] : streamIds;
    for (const streamId of all) {
      const stream = this.#streams.get(streamId);
      if (stream === undefined) continue;
      for (const number of [...stream.held.keys()]) this.#takeHeld(stream, number);
      this.#streams.delete(streamId);
    }
  }

  /** Streams with a memory of their own: for tests of bounds. */
  get knownStreams(): number {
    return this.#streams.size;
  }
}

const EMPTY = new Uint8Array(0);
const MESSAGE_TOO_LARGE: Violation = "a message is larger than what we accept";
