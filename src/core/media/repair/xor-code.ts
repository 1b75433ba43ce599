/**
 * The parity code that ULPFEC (RFC 5109 §8) and FlexFEC (RFC 8627 §6) share. A packet counts as the octets
 *
 *    | P X CC M PT of its header (2) | length behind the fixed header (2) | timestamp (4) |   and what is behind the header
 *
 * and a repair packet holds the XOR of those of the packets that it protects.
 */

const FIXED_HEADER = 12;
/** Octets of the header's part of the code. */
export const CODE_HEADER_LENGTH = 8;
/** V. */
const VERSION = 0x80;

/** XOR of packets, with room for the longest of them. */
export class XorCode {
  /** The header's part, then the rest. */
  readonly header = new Uint8Array(CODE_HEADER_LENGTH);
  readonly body: Uint8Array;
  /** Octets of `body` in use. */
  bodyLength = 0;

  constructor(capacity: number) {
    this.body = new Uint8Array(capacity);
  }

  reset(): void {
    this.header.fill(0);
    this.body.fill(0, 0, this.bodyLength);
    this.bodyLength = 0;
  }

  /** Takes over the code of a repair packet. */
  load(header: Uint8Array, body: Uint8Array): void {
    this.reset();
    this.header.set(header);
    this.bodyLength = Math.min(body.length, this.body.length);
    this.body.set(body.subarray(0, this.bodyLength));
  }

  /** Adds a packet of at least 12 octets. Octets beyond the capacity are not covered. */
  add(packet: Uint8Array): void {
    const header = this.header;
    const length = packet.length - FIXED_HEADER;
    header[0]! ^= packet[0]! & 0x3f;
    header[1]! ^= packet[1]!;
    header[2]! ^= length >>> 8;
    header[3]! ^= length & 0xff;
    for (let i = 0; i < 4; i++) header[4 + i]! ^= packet[4 + i]!;
    const covered = Math.min(length, this.body.length);
    for (let i = 0; i < covered; i++) this.body[i]! ^= packet[FIXED_HEADER + i]!;
    if (covered > this.bodyLength) this.bodyLength = covered;
  }

  /**
   * What is left when all packets but one were added is that one; returns a fresh packet with the given SSRC and sequence
   * number, or undefined when its length is more than the code covers.
   */
  packet(ssrc: number, sequenceNumber: number): Uint8Array | undefined {
    const length = (this.header[2]! << 8) | this.header[3]!;
    if (length > this.bodyLength) return undefined;
    const packet = new Uint8Array(FIXED_HEADER + length);
    packet[0] = VERSION | (this.header[0]! & 0x3f);
    packet[1] = this.header[1]!;
    packet[2] = sequenceNumber >>> 8;
    packet[3] = sequenceNumber;
    packet.set(this.header.subarray(4), 4);
    packet[8] = ssrc >>> 24;
    packet[9] = ssrc >>> 16;
    packet[10] = ssrc >>> 8;
    packet[11] = ssrc;
    packet.set(this.body.subarray(0, length), FIXED_HEADER);
    return packet;
  }
}

/** A repair packet that was read: what it protects, and its code. */
export interface RepairPacket {
  /** The stream that it protects; undefined: the one that it came on. */
  readonly ssrc: number | undefined;
  readonly baseSequenceNumber: number;
  /** Offsets from the base to the packets that are protected, ascending. */
  readonly offsets: readonly number[];
  /** Octets as in {@link XorCode}, borrowed or made for it. */
  readonly header: Uint8Array;
  /** Borrowed. */
  readonly body: Uint8Array;
}
