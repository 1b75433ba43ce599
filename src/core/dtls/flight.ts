/**
 * A flight: the messages that one side sends before it waits (RFC 6347 §4.2.4). It is sent, and sent again, as a whole;
 * each time it is cut into records and datagrams afresh, since the path's MTU may have changed.
 */
import { ByteWriter } from "../base/byte-writer.ts";
import { HANDSHAKE_HEADER_LENGTH, writeHandshakeHeader } from "./message/handshake-header.ts";
import { CHANGE_CIPHER_SPEC, HANDSHAKE } from "./record/content-type.ts";
import type { Epoch, RecordWriter } from "./record/record-layer.ts";

interface FlightItem {
  readonly epoch: Epoch;
  /** Undefined: the ChangeCipherSpec message. */
  readonly message:
    | { readonly type: number; readonly sequence: number; readonly body: Uint8Array }
    | undefined;
}

/** A rest of a datagram is left empty rather than filled with a shorter fragment than this. */
const WORTHWHILE_FRAGMENT = 32;

const CHANGE_CIPHER_SPEC_BODY = new Uint8Array([1]);

export class Flight {
  #items: FlightItem[] = [];
  #item = 0;
  #offset = 0;
  /** Grows with each new flight. */
  #number = 0;
  #awaitsReply = false;

  get number(): number {
    return this.#number;
  }

  /** Whether the sender waits for the peer's next flight, so that a timer must send this one again. */
  get awaitsReply(): boolean {
    return this.#awaitsReply;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Forgets the flight before: the peer's answer proved that it had arrived. */
  begin(awaitsReply: boolean): void {
    this.clear();
    this.#number++;
    this.#awaitsReply = awaitsReply;
  }

  clear(): void {
    this.#items = [];
    this.#awaitsReply = false;
    this.rewind();
  }

  addMessage(epoch: Epoch, type: number, sequence: number, body: Uint8Array): void {
    this.#items.push({ epoch, message: { type, sequence, body } });
  }

  addChangeCipherSpec(): void {
    this.#items.push({ epoch: 0, message: undefined });
  }

  /** Sends all of it again. */
  rewind(): void {
    this.#item = 0;
    this.#offset = 0;
  }

  get isSent(): boolean {
    return this.#item >= this.#items.length;
  }

  /** Fills `out`, one datagram, with as many records as it takes; returns its length, 0 when the flight is sent. */
  write(records: RecordWriter, out: Uint8Array): number {
    let at = 0;
    while (this.#item < this.#items.length) {
      const written = this.#writeRecord(this.#items[this.#item]!, records, out.subarray(at), at === 0);
      if (written === 0) break;
      at += written;
    }
    return at;
  }

  #writeRecord(item: FlightItem, records: RecordWriter, out: Uint8Array, first: boolean): number {
    if (item.message === undefined) {
      const written = records.write(CHANGE_CIPHER_SPEC, item.epoch, CHANGE_CIPHER_SPEC_BODY, out);
      if (written > 0) this.#item++;
      return written;
    }
    const { type, sequence, body } = item.message;
    const room = out.length - records.overhead(item.epoch) - HANDSHAKE_HEADER_LENGTH;
    const left = body.length - this.#offset;
    const length = Math.min(left, room);
    if (length < left && (length <= 0 || (!first && length < WORTHWHILE_FRAGMENT))) return 0;
    if (length < 0) return 0;
    const fragment = new Uint8Array(HANDSHAKE_HEADER_LENGTH + length);
    const writer = new ByteWriter(fragment);
    writeHandshakeHeader(writer, type, body.length, sequence, this.#offset, length);
    writer.bytes(body.subarray(this.#offset, this.#offset + length));
    const written = records.write(HANDSHAKE, item.epoch, fragment, out);
    if (written === 0) return 0;
    this.#offset += length;
    if (this.#offset === body.length) {
      this.#item++;
      this.#offset = 0;
    }
    return written;
  }
}
