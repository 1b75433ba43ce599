/**
 * The RTP packet (RFC 3550 §5.1) as a view over the bytes it came in, reused from packet to packet.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                           timestamp                           |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |           synchronization source (SSRC) identifier            |
 *    +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *    |            contributing source (CSRC) identifiers             |
 *    |                             ....                              |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Header extensions are those of RFC 8285, one-byte and two-byte form, told apart packet by packet (§4.1.2); elements
 * that overrun their block end its reading, and the packet is good all the same (§4.1.1 of RFC 8285: "ignored").
 */
import { type Malformed, malformed } from "../base/malformed.ts";

/** Octets of a header without CSRCs and extension. */
export const RTP_FIXED_HEADER_LENGTH = 12;
/** CC has four bits. */
export const MAX_CSRCS = 15;
/** "Defined by profile" of the one-byte form (RFC 8285 §4.2). */
export const ONE_BYTE_PROFILE = 0xbede;
/** The same of the two-byte form, whose last four bits are free (§4.3). */
export const TWO_BYTE_PROFILE = 0x1000;

const TOO_SHORT = malformed("rtp: shorter than its fixed header");
const BAD_VERSION = malformed("rtp: version is not 2");
const HEADER_OVERRUN = malformed("rtp: header overruns packet");
const BAD_PADDING = malformed("rtp: padding length out of range");

const EMPTY = new Uint8Array(0);

/** A packet read where it lies; one view serves many packets, one after the other. */
export class RtpPacketView {
  /** The packet, borrowed. */
  bytes: Uint8Array = EMPTY;
  marker = false;
  /** 0..127 */
  payloadType = 0;
  sequenceNumber = 0;
  timestamp = 0;
  ssrc = 0;
  csrcCount = 0;
  /** "Defined by profile" of the extension, -1 without one. */
  extensionProfile = -1;
  /** Where the payload begins, and how long it is without padding. */
  payloadOffset = 0;
  payloadLength = 0;
  /** Octets of padding, its length octet included. */
  paddingLength = 0;
  /** Length of the element that {@link findExtension} has found. */
  elementLength = 0;
  #extensionOffset = 0;
  #extensionEnd = 0;

  /** Reads `bytes`, which must stay as they are while the view is in use. Undefined: it is an RTP packet. */
  parse(bytes: Uint8Array): Malformed | undefined {
    const length = bytes.length;
    if (length < RTP_FIXED_HEADER_LENGTH) return TOO_SHORT;
    const first = bytes[0]!;
    if (first >>> 6 !== 2) return BAD_VERSION;
    const second = bytes[1]!;
    const csrcCount = first & 15;
    let offset = RTP_FIXED_HEADER_LENGTH + csrcCount * 4;
    let profile = -1;
    let extensionOffset = 0;
    if ((first & 0x10) !== 0) {
      if (offset + 4 > length) return HEADER_OVERRUN;
      profile = (bytes[offset]! << 8) | bytes[offset + 1]!;
      extensionOffset = offset + 4;
      offset = extensionOffset + ((bytes[offset + 2]! << 8) | bytes[offset + 3]!) * 4;
    }
    if (offset > length) return HEADER_OVERRUN;
    let padding = 0;
    if ((first & 0x20) !== 0) {
      padding = offset < length ? bytes[length - 1]! : 0;
      if (padding === 0 || padding > length - offset) return BAD_PADDING;
    }
    this.bytes = bytes;
    this.marker = second >= 0x80;
    this.payloadType = second & 0x7f;
    this.sequenceNumber = (bytes[2]! << 8) | bytes[3]!;
    this.timestamp = uint32(bytes, 4);
    this.ssrc = uint32(bytes, 8);
    this.csrcCount = csrcCount;
    this.extensionProfile = profile;
    this.#extensionOffset = extensionOffset;
    this.#extensionEnd = profile < 0 ? 0 : offset;
    this.payloadOffset = offset;
    this.payloadLength = length - offset - padding;
    this.paddingLength = padding;
    return undefined;
  }

  /** The contributing source at `index`, which must be below `csrcCount`. */
  csrc(index: number): number {
    return uint32(this.bytes, RTP_FIXED_HEADER_LENGTH + index * 4);
  }

  /** The payload without padding, borrowed. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.payloadOffset, this.payloadOffset + this.payloadLength);
  }

  /** Where the data of the element with this id begins, -1 without it; `elementLength` tells how long it is. */
  findExtension(id: number): number {
    if (this.extensionProfile === ONE_BYTE_PROFILE) return this.#findOneByte(id);
    return (this.extensionProfile & 0xfff0) === TWO_BYTE_PROFILE ? this.#findTwoByte(id) : -1;
  }

  /** The element's data, borrowed; undefined without it. */
  extension(id: number): Uint8Array | undefined {
    const at = this.findExtension(id);
    return at < 0 ? undefined : this.bytes.subarray(at, at + this.elementLength);
  }

  /** Calls `visit` with each element in order: for tools and forwarding, not for each packet's fields. */
  forEachExtension(visit: (id: number, data: Uint8Array) => void): void {
    const oneByte = this.extensionProfile === ONE_BYTE_PROFILE;
    if (!oneByte && (this.extensionProfile & 0xfff0) !== TWO_BYTE_PROFILE) return;
    const bytes = this.bytes;
    for (let at = this.#extensionOffset; at < this.#extensionEnd; ) {
      const first = bytes[at]!;
      const id = oneByte ? first >>> 4 : first;
      if (first === 0) {
        at++;
        continue;
      }
      if (oneByte && (id === 0 || id === 15)) return;
      if (!oneByte && at + 1 >= this.#extensionEnd) return;
      const length = oneByte ? (first & 15) + 1 : bytes[at + 1]!;
      const data = at + (oneByte ? 1 : 2);
      if (data + length > this.#extensionEnd) return;
      visit(id, bytes.subarray(data, data + length));
      at = data + length;
    }
  }

  #findOneByte(id: number): number {
    const bytes = this.bytes;
    const end = this.#extensionEnd;
    for (let at = this.#extensionOffset; at < end; ) {
      const first = bytes[at]!;
      const element = first >>> 4;
      if (first === 0) {
        at++;
        continue;
      }
      const length = (first & 15) + 1;
      // RFC 8285 §4.2: id 15, and id 0 with a length, end the block.
      if (element === 0 || element === 15 || at + 1 + length > end) return -1;
      if (element === id) {
        this.elementLength = length;
        return at + 1;
      }
      at += 1 + length;
    }
    return -1;
  }

  #findTwoByte(id: number): number {
    const bytes = this.bytes;
    const end = this.#extensionEnd;
    for (let at = this.#extensionOffset; at + 1 < end; ) {
      const element = bytes[at]!;
      if (element === 0) {
        at++;
        continue;
      }
      const length = bytes[at + 1]!;
      if (at + 2 + length > end) return -1;
      if (element === id) {
        this.elementLength = length;
        return at + 2;
      }
      at += 2 + length;
    }
    return -1;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
