/**
 * What a sender can send again when it is asked to (RFC 4585 §6.2.1, RFC 4588 §3, RFC 8834 §6.1): the last packets of one
 * stream, within bounds of number, age and rate, so that requests cannot be used to amplify.
 *
 * What is known of them lies in columns, not in an object for each: there are hundreds for each receiver of a stream that is
 * passed on, and what lives that long is what a garbage collector spends its time on.
 */
import type { Duration, Instant } from "../../base/instant.ts";
import type { PacketExtension } from "../../base/media-frame.ts";
import { OctetQueue } from "./octet-queue.ts";

/** Packets that are kept. A power of two. */
export const MAX_SENT_PACKETS = 2048;
/** Nothing older is sent again. Milliseconds. */
export const SENT_PACKET_LIFETIME: Duration = 2000;
/** Octets that may be sent again at once: what media has earned. */
export const MAX_RESEND_CREDIT = 512 * 1024;
/**
 * The same packet is not sent again within half a round trip, nor this time: requests that cross its answer are not answered
 * twice, and an honest one that follows a loss always is. Milliseconds.
 */
export const MAX_RESEND_HOLD: Duration = 50;

const MASK = MAX_SENT_PACKETS - 1;
const MARKER = 0x80;

/** What a packet is made from when it is sent again on a stream of its own. */
export interface PacketContent {
  payloadType: number;
  marker: boolean;
  timestamp: number;
  payload: Uint8Array;
  csrcs: readonly number[];
  extensions: readonly PacketExtension[];
}

/** A packet that has been sent. */
export interface SentPacket extends Readonly<PacketContent> {
  /** As it was in the packet: 16 bits. */
  readonly sequenceNumber: number;
  /** What it costs to send it again. */
  readonly octets: number;
}

/** Where a packet is put that is sent again. */
export interface RepeatedPacket extends PacketContent {
  sequenceNumber: number;
  octets: number;
  /** The packet was kept as these octets, borrowed: there is no content. */
  keepWire(octets: Uint8Array): void;
}

/** One row for each packet. */
class Columns {
  /** The row of the last packet with a number that ends like this index. */
  readonly rows = new Uint16Array(MAX_SENT_PACKETS);
  readonly numbers = new Uint16Array(MAX_SENT_PACKETS);
  readonly octets = new Uint32Array(MAX_SENT_PACKETS);
  readonly sentAt = new Float64Array(MAX_SENT_PACKETS);
  readonly resentAt = new Float64Array(MAX_SENT_PACKETS);
  /** Of what was kept as octets: where, and how many; 0 for other packets. */
  readonly positions = new Float64Array(MAX_SENT_PACKETS);
  readonly lengths = new Uint16Array(MAX_SENT_PACKETS);
  /** Of other packets: the payload type behind the marker. */
  readonly types = new Uint8Array(MAX_SENT_PACKETS);
  readonly timestamps = new Uint32Array(MAX_SENT_PACKETS);
}

export class SentPackets {
  /** Made for the first packet: most streams of audio keep none. */
  #columns: Columns | undefined;
  /** By row, of packets with content. */
  readonly #payloads: (Uint8Array | undefined)[] = [];
  /** Of the few that have such. */
  readonly #besides = new Map<number, Pick<PacketContent, "csrcs" | "extensions">>();
  readonly #queue = new OctetQueue();
  /** The row of the oldest packet, and how many there are. */
  #first = 0;
  #count = 0;
  #credit = 0;

  /** Keeps a packet that has just been sent, in place of those that are too old or too many. */
  keep(now: Instant, packet: SentPacket): void {
    const columns = this.#makeRoom(now);
    const row = this.#add(now, columns, packet);
    columns.lengths[row] = 0;
    columns.types[row] = packet.payloadType | (packet.marker ? MARKER : 0);
    columns.timestamps[row] = packet.timestamp;
    while (this.#payloads.length <= row) this.#payloads.push(undefined);
    this.#payloads[row] = packet.payload;
    const { csrcs, extensions } = packet;
    if (csrcs.length > 0 || extensions.length > 0) this.#besides.set(row, { csrcs, extensions });
  }

  /** The same for a packet that can only be sent again as the octets that it was; borrowed. */
  keepOctets(now: Instant, packet: SentPacket, octets: Uint8Array): void {
    const columns = this.#makeRoom(now);
    const row = this.#add(now, columns, packet);
    columns.positions[row] = this.#queue.append(octets);
    columns.lengths[row] = octets.length;
  }

  /**
   * Gives the packet with that number, to be sent again now; false if it is gone or too old, has just been sent again, or media
   * has not earned the rate. `roundTrip`: milliseconds, undefined before it is known.
   */
  take(now: Instant, sequenceNumber: number, roundTrip: Duration | undefined, into: RepeatedPacket): boolean {
    const columns = this.#columns;
    if (columns === undefined) return false;
    const row = columns.rows[sequenceNumber & MASK]!;
    const isThere = ((row - this.#first) & MASK) < this.#count && columns.numbers[row] === sequenceNumber;
    if (!isThere || now - columns.sentAt[row]! > SENT_PACKET_LIFETIME) return false;
    const hold = Math.min(MAX_RESEND_HOLD, (roundTrip ?? MAX_RESEND_HOLD) / 2);
    const octets = columns.octets[row]!;
    if (now - columns.resentAt[row]! < hold || this.#credit < octets) return false;
    this.#credit -= octets;
    columns.resentAt[row] = now;
    into.sequenceNumber = sequenceNumber;
    into.octets = octets;
    const length = columns.lengths[row]!;
    if (length > 0) into.keepWire(this.#queue.at(columns.positions[row]!, length));
    else this.#restore(columns, row, into);
    return true;
  }

  /** Forgets all: the numbers go on, the packets cannot be sent again. */
  clear(): void {
    this.#count = 0;
    this.#payloads.length = 0;
    this.#besides.clear();
    this.#queue.clear();
  }

  #restore({ types, timestamps }: Columns, row: number, into: PacketContent): void {
    const type = types[row]!;
    into.payloadType = type & ~MARKER;
    into.marker = (type & MARKER) !== 0;
    into.timestamp = timestamps[row]!;
    into.payload = this.#payloads[row]!;
    const beside = this.#besides.get(row);
    if (beside === undefined) return;
    into.csrcs = beside.csrcs;
    into.extensions = beside.extensions;
  }

  #makeRoom(now: Instant): Columns {
    this.#columns ??= new Columns();
    const { sentAt } = this.#columns;
    while (
      this.#count === MAX_SENT_PACKETS ||
      (this.#count > 0 && now - sentAt[this.#first]! > SENT_PACKET_LIFETIME)
    )
      this.#forgetOldest(this.#columns);
    return this.#columns;
  }

  #forgetOldest({ lengths, positions }: Columns): void {
    const row = this.#first;
    const length = lengths[row]!;
    if (length > 0) this.#queue.releaseBefore(positions[row]! + length);
    else {
      this.#payloads[row] = undefined;
      if (this.#besides.size > 0) this.#besides.delete(row);
    }
    this.#first = (row + 1) & MASK;
    this.#count--;
  }

  #add(now: Instant, columns: Columns, { sequenceNumber, octets }: SentPacket): number {
    const row = (this.#first + this.#count++) & MASK;
    columns.rows[sequenceNumber & MASK] = row;
    columns.numbers[row] = sequenceNumber;
    columns.octets[row] = octets;
    columns.sentAt[row] = now;
    columns.resentAt[row] = Number.NEGATIVE_INFINITY;
    this.#credit = Math.min(MAX_RESEND_CREDIT, this.#credit + octets);
    return row;
  }
}
