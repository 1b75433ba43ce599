/** Writes RTP packets (RFC 3550 §5.1) into buffers given by the caller, and changes fields of packets that are written. */
import { MAX_CSRCS, ONE_BYTE_PROFILE, RTP_FIXED_HEADER_LENGTH, TWO_BYTE_PROFILE } from "./rtp-packet.ts";

/** Ids and lengths that the one-byte form of RFC 8285 §4.2 can say; the two-byte form: 1..255 and 0..255. */
export const MAX_ONE_BYTE_ID = 14;
export const MAX_ONE_BYTE_LENGTH = 16;

/** Whether the one-byte form can say an element with that id and so many octets of data (RFC 8285 §4.2). */
export function fitsOneByteForm(id: number, length: number): boolean {
  return id >= 1 && id <= MAX_ONE_BYTE_ID && length >= 1 && length <= MAX_ONE_BYTE_LENGTH;
}
const MAX_TWO_BYTE = 255;

/**
 * One packet at a time: `start`, `addCsrc`…, `reserveExtension`…, `endHeader`, then the payload behind what `endHeader`
 * returns. What does not fit in makes `endHeader` return -1.
 */
export class RtpPacketBuilder {
  #out: Uint8Array = new Uint8Array(0);
  #at = 0;
  #blockAt = -1;
  #twoByte = false;
  #ok = false;

  /** Begins a packet in `out`. `twoByte`: the form of its header extension. */
  start(
    out: Uint8Array,
    payloadType: number,
    marker: boolean,
    sequenceNumber: number,
    timestamp: number,
    ssrc: number,
    twoByte = false,
  ): void {
    this.#out = out;
    this.#at = RTP_FIXED_HEADER_LENGTH;
    this.#blockAt = -1;
    this.#twoByte = twoByte;
    this.#ok = out.length >= RTP_FIXED_HEADER_LENGTH;
    if (!this.#ok) return;
    out[0] = 0x80;
    out[1] = (marker ? 0x80 : 0) | (payloadType & 0x7f);
    writeSequenceNumber(out, sequenceNumber);
    writeTimestamp(out, timestamp);
    writeSsrc(out, ssrc);
  }

  /** Before any extension; at most 15. */
  addCsrc(csrc: number): void {
    const count = (this.#out[0] ?? 0) & 15;
    if (!this.#ok || this.#blockAt >= 0 || count >= MAX_CSRCS || this.#at + 4 > this.#out.length) {
      this.#ok = false;
      return;
    }
    writeUint32(this.#out, this.#at, csrc);
    this.#out[0]!++;
    this.#at += 4;
  }

  /** Room for an element's data, cleared; returns where it begins, or -1 when the form cannot say it or the room ends. */
  reserveExtension(id: number, length: number): number {
    const fits = this.#twoByte
      ? id >= 1 && id <= MAX_TWO_BYTE && length >= 0 && length <= MAX_TWO_BYTE
      : fitsOneByteForm(id, length);
    const blockHeader = this.#blockAt < 0 ? 4 : 0;
    const elementHeader = this.#twoByte ? 2 : 1;
    const end = this.#at + blockHeader + elementHeader + length;
    if (!this.#ok || !fits || end > this.#out.length) {
      this.#ok = false;
      return -1;
    }
    if (blockHeader > 0) {
      this.#blockAt = this.#at;
      this.#at += blockHeader;
    }
    if (this.#twoByte) {
      this.#out[this.#at] = id;
      this.#out[this.#at + 1] = length;
    } else this.#out[this.#at] = (id << 4) | (length - 1);
    const data = end - length;
    clear(this.#out, data, end);
    this.#at = end;
    return data;
  }

  /** Adds an element that is already encoded. */
  addExtension(id: number, data: Uint8Array): void {
    const at = this.reserveExtension(id, data.length);
    if (at >= 0) this.#out.set(data, at);
  }

  /** Closes the header; returns its length, -1 when something did not fit. */
  endHeader(): number {
    if (!this.#ok || this.#blockAt < 0) return this.#ok ? this.#at : -1;
    const out = this.#out;
    const block = this.#blockAt;
    const end = block + 4 + ((this.#at - block - 4 + 3) & ~3);
    if (end > out.length) return -1;
    clear(out, this.#at, end);
    const profile = this.#twoByte ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE;
    out[0]! |= 0x10;
    out[block] = profile >>> 8;
    out[block + 1] = profile & 0xff;
    const words = (end - block - 4) >>> 2;
    out[block + 2] = words >>> 8;
    out[block + 3] = words;
    this.#at = end;
    return end;
  }
}

/** Some octets: `fill` costs more than they do. */
function clear(out: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at++) out[at] = 0;
}

/**
 * Appends `padding` octets (1..255) to `packet[0, length)` and sets the P bit; returns the new length, or -1 without room.
 * Packets of padding alone are probes.
 */
export function appendPadding(packet: Uint8Array, length: number, padding: number): number {
  if (padding < 1 || padding > 255 || length + padding > packet.length) return -1;
  packet.fill(0, length, length + padding - 1);
  packet[length + padding - 1] = padding;
  packet[0]! |= 0x20;
  return length + padding;
}

/** Changes the sequence number of a packet that is written: for forwarding and retransmission. */
export function writeSequenceNumber(packet: Uint8Array, sequenceNumber: number): void {
  packet[2] = sequenceNumber >>> 8;
  packet[3] = sequenceNumber;
}

/** The same for the timestamp. */
export function writeTimestamp(packet: Uint8Array, timestamp: number): void {
  writeUint32(packet, 4, timestamp);
}

/** The same for the SSRC. */
export function writeSsrc(packet: Uint8Array, ssrc: number): void {
  writeUint32(packet, 8, ssrc);
}

/** The same for payload type and marker. */
export function writePayloadType(packet: Uint8Array, payloadType: number, marker: boolean): void {
  packet[1] = (marker ? 0x80 : 0) | (payloadType & 0x7f);
}

function writeUint32(packet: Uint8Array, at: number, value: number): void {
  packet[at] = value >>> 24;
  packet[at + 1] = value >>> 16;
  packet[at + 2] = value >>> 8;
  packet[at + 3] = value;
}
