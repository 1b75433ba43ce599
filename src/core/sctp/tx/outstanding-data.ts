import { DATA_HEADER_LENGTH } from "../packet/data-chunk.ts";
import { padded } from "../packet/wire.ts";
import type { OutboundMessage } from "./outbound-message.ts";

/** What has become of a chunk that was sent. */
export const CHUNK_STATE = { IN_FLIGHT: 0, ACKED: 1, TO_RETRANSMIT: 2, ABANDONED: 3 } as const;

/** One DATA chunk that was sent and is not covered by the cumulative TSN ack. */
export class OutstandingChunk {
  readonly message: OutboundMessage;
  readonly offset: number;
  /** Bytes of user data; 0 for the placeholder of an abandoned rest. */
  readonly length: number;
  state: number = CHUNK_STATE.IN_FLIGHT;
  /** SACKs that reported it missing since it was last sent (RFC 9260 §7.2.4). */
  misses = 0;
  retransmits = 0;
  /** A miss counts only if a TSN from here on has arrived: one that was sent after this chunk's latest transmission. */
  evidenceFrom = 0;

  constructor(message: OutboundMessage, offset: number, length: number) {
    this.message = message;
    this.offset = offset;
    this.length = length;
  }
}

/** Bytes of a DATA chunk on the wire. */
export function dataChunkSize(length: number): number {
  return DATA_HEADER_LENGTH + padded(length);
}

/** Room for so many chunks at first; doubles when needed. A power of two. */
const INITIAL_CAPACITY = 64;

/**
 * Chunks between the cumulative TSN ack and the next TSN, in a ring indexed by TSN. Keeps the sums that congestion and flow
 * control ask for.
 */
export class OutstandingData {
  #ring: (OutstandingChunk | undefined)[] = new Array(INITIAL_CAPACITY).fill(undefined);
  #mask = INITIAL_CAPACITY - 1;
  #cumulativeAck = -1;
  #nextTsn = 0;
  #flightBytes = 0;
  #flightPayload = 0;
  #retransmitCount = 0;
  /** No chunk below it waits for retransmission. */
  #retransmitFrom = 0;

  /** The newest TSN below which, itself included, the peer has everything; -1 at first. */
  get cumulativeAck(): number {
    return this.#cumulativeAck;
  }

  get nextTsn(): number {
    return this.#nextTsn;
  }

  /** Bytes of chunks in flight, headers included: for the congestion window. */
  get flightBytes(): number {
    return this.#flightBytes;
  }

  /** Bytes of user data in flight: for the peer's receiver window. */
  get flightPayload(): number {
    return this.#flightPayload;
  }

  /** Chunks that wait to be sent again. */
  get retransmitCount(): number {
    return this.#retransmitCount;
  }

  /** Nothing is waiting for an acknowledgement, abandoned chunks included. */
  get isEmpty(): boolean {
    return this.#nextTsn === this.#cumulativeAck + 1;
  }

  /** The ids of streams whose data is neither acknowledged nor given up. */
  streams(): Set<number> {
    const ids = new Set<number>();
    for (let tsn = this.#cumulativeAck + 1; tsn < this.#nextTsn; tsn++) {
      const { state, message } = this.get(tsn);
      if (state !== CHUNK_STATE.ACKED && state !== CHUNK_STATE.ABANDONED) ids.add(message.stream.id);
    }
    return ids;
  }

  /** The chunk with a TSN above the cumulative ack and below the next TSN. */
  get(tsn: number): OutstandingChunk {
    return this.#ring[tsn & this.#mask]!;
  }

  /** A chunk goes out for the first time; returns its TSN. */
  push(chunk: OutstandingChunk): number {
    const tsn = this.#nextTsn++;
    if (tsn - this.#cumulativeAck > this.#mask) this.#grow();
    this.#ring[tsn & this.#mask] = chunk;
    const message = chunk.message;
    if (message.firstTsn < 0) message.firstTsn = tsn;
    message.lastTsn = tsn;
    message.stream.lastTsn = tsn;
    if (chunk.state === CHUNK_STATE.IN_FLIGHT) this.#takeOff(chunk);
    return tsn;
  }

  #grow(): void {
    const mask = this.#mask * 2 + 1;
    const ring: (OutstandingChunk | undefined)[] = new Array(mask + 1).fill(undefined);
    for (let tsn = this.#cumulativeAck + 1; tsn < this.#nextTsn - 1; tsn++) ring[tsn & mask] = this.get(tsn);
    this.#ring = ring;
    this.#mask = mask;
  }

  #takeOff(chunk: OutstandingChunk): void {
    this.#flightBytes += dataChunkSize(chunk.length);
    this.#flightPayload += chunk.length;
  }

  /** The chunk leaves its state: the sums forget it. */
  #leave(chunk: OutstandingChunk): void {
    if (chunk.state === CHUNK_STATE.IN_FLIGHT) {
      this.#flightBytes -= dataChunkSize(chunk.length);
      this.#flightPayload -= chunk.length;
    } else if (chunk.state === CHUNK_STATE.TO_RETRANSMIT) this.#retransmitCount--;
  }

  /** Everything up to `tsn` has arrived; returns the bytes of chunks that are acknowledged by this for the first time. */
  acknowledgeUpTo(tsn: number): number {
    let bytes = 0;
    while (this.#cumulativeAck < tsn) {
      const at = ++this.#cumulativeAck & this.#mask;
      const chunk = this.#ring[at]!;
      this.#ring[at] = undefined;
      if (chunk.state !== CHUNK_STATE.ACKED && chunk.state !== CHUNK_STATE.ABANDONED) {
        bytes += dataChunkSize(chunk.length);
      }
      this.#leave(chunk);
    }
    return bytes;
  }

  /** One TSN above the cumulative ack has arrived; returns its bytes if that is news, else 0. */
  acknowledge(tsn: number): number {
    const chunk = this.get(tsn);
    if (chunk.state === CHUNK_STATE.ACKED || chunk.state === CHUNK_STATE.ABANDONED) return 0;
    this.#leave(chunk);
    chunk.state = CHUNK_STATE.ACKED;
    return dataChunkSize(chunk.length);
  }

  /** The peer has dropped what it had acknowledged above the cumulative TSN (RFC 9260 §6.2.1 D iii). */
  renege(chunk: OutstandingChunk): void {
    chunk.state = CHUNK_STATE.IN_FLIGHT;
    this.#takeOff(chunk);
  }

  /** Counts as lost; to be sent again. */
  markForRetransmission(tsn: number): void {
    const chunk = this.get(tsn);
    this.#leave(chunk);
    chunk.state = CHUNK_STATE.TO_RETRANSMIT;
    if (this.#retransmitCount++ === 0 || tsn < this.#retransmitFrom) this.#retransmitFrom = tsn;
  }

  /** The lowest TSN that waits for retransmission, -1 for none. */
  nextToRetransmit(): number {
    if (this.#retransmitCount === 0) return -1;
    let tsn = Math.max(this.#retransmitFrom, this.#cumulativeAck + 1);
    while (this.get(tsn).state !== CHUNK_STATE.TO_RETRANSMIT) tsn++;
    this.#retransmitFrom = tsn;
    return tsn;
  }

  /** A chunk goes out again. */
  retransmitted(chunk: OutstandingChunk): void {
    this.#leave(chunk);
    chunk.state = CHUNK_STATE.IN_FLIGHT;
    chunk.misses = 0;
    chunk.retransmits++;
    chunk.evidenceFrom = this.#nextTsn;
    this.#takeOff(chunk);
  }

  /** Gives up every chunk of a message that is still here. */
  abandon(message: OutboundMessage): void {
    message.abandoned = true;
    const from = Math.max(message.firstTsn, this.#cumulativeAck + 1);
    for (let tsn = from; tsn <= message.lastTsn; tsn++) {
      const chunk = this.get(tsn);
      if (chunk.message !== message) continue;
      this.#leave(chunk);
      chunk.state = CHUNK_STATE.ABANDONED;
    }
  }

  /** The newest TSN up to which everything above the cumulative ack is abandoned (RFC 3758 §3.5 C2). */
  advancedAckPoint(): number {
    let point = this.#cumulativeAck;
    while (point + 1 < this.#nextTsn && this.get(point + 1).state === CHUNK_STATE.ABANDONED) point++;
    return point;
  }
}
