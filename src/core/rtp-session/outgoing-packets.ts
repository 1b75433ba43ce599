/** RTP packets that wait to leave, in their order. */
import { Fifo } from "../base/fifo.ts";
import type { Instant } from "../base/instant.ts";
import { encodeAbsSendTime, encodeTransportSequenceNumber } from "../rtp/index.ts";
import type { DepartureFields } from "./header-extensions.ts";
import { MAX_QUEUED_PACKETS } from "./limits.ts";
import type { SendStream } from "./send-stream.ts";

/** A packet before its protection. */
export interface OutgoingPacket extends DepartureFields {
  readonly stream: SendStream;
  /** Owned by the queue, and then by the stream's history. */
  readonly bytes: Uint8Array;
  /** Octets of payload. */
  readonly payloadLength: number;
  /** Unset for retransmissions: they are not kept once more. */
  readonly sequenceNumber: number | undefined;
}

export class OutgoingPackets {
  /** Packets dropped because the queue was full. */
  dropped = 0;
  readonly #queue = new Fifo<OutgoingPacket>();
  #transportSequenceNumber = 0;

  /** A packet that finds the queue full is dropped and counted. */
  push(packet: OutgoingPacket): void {
    if (this.#queue.length >= MAX_QUEUED_PACKETS) this.dropped++;
    else this.#queue.push(packet);
  }

  /** Writes the next packet into `out`; returns its length, 0 when there is none. */
  take(now: Instant, out: Uint8Array): number {
    const packet = this.#queue.shift();
    if (packet === undefined) return 0;
    const { bytes, absSendTimeAt, transportWideCcAt } = packet;
    out.set(bytes);
    if (absSendTimeAt >= 0) encodeAbsSendTime(now, out, absSendTimeAt);
    if (transportWideCcAt >= 0) {
      encodeTransportSequenceNumber(this.#transportSequenceNumber, out, transportWideCcAt);
      this.#transportSequenceNumber = (this.#transportSequenceNumber + 1) & 0xffff;
    }
    packet.stream.left(now, packet);
    return bytes.length;
  }

  clear(): void {
    this.#queue.clear();
  }
}
