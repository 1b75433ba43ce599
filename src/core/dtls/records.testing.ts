/** Taking datagrams apart and making records by hand: for tests. */
import { ByteReader } from "../base/byte-reader.ts";
import { type HandshakeFragment, readHandshakeFragment } from "./message/handshake-header.ts";
import { RECORD_HEADER_LENGTH } from "./record/record-header.ts";

/** The records of a datagram, headers included. */
export function splitRecords(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at + RECORD_HEADER_LENGTH <= datagram.length; ) {
    const end = at + RECORD_HEADER_LENGTH + ((datagram[at + 11]! << 8) | datagram[at + 12]!);
    records.push(datagram.slice(at, end));
    at = end;
  }
  return records;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** An unprotected record, or one that claims another epoch. */
export function record(type: number, body: Uint8Array, epoch = 0, sequence = 0): Uint8Array {
  const out = new Uint8Array(RECORD_HEADER_LENGTH + body.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, type);
  view.setUint16(1, 0xfefd);
  view.setUint16(3, epoch);
  view.setUint32(7, sequence);
  view.setUint16(11, body.length);
  out.set(body, RECORD_HEADER_LENGTH);
  return out;
}

/** One handshake fragment with its header. */
export function fragment(
  type: number,
  length: number,
  messageSequence: number,
  offset: number,
  body: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(12 + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, length);
  view.setUint8(0, type);
  view.setUint16(4, messageSequence);
  view.setUint32(5, offset);
  view.setUint16(4, messageSequence);
  view.setUint8(6, offset >> 16);
  view.setUint16(7, offset & 0xffff);
  view.setUint8(9, body.length >> 16);
  view.setUint16(10, body.length & 0xffff);
  out.set(body, 12);
  return out;
}

/** All fragments of a record, up to the first that cannot be read. */
export function readHandshakeFragments(record: Uint8Array): HandshakeFragment[] {
  const reader = new ByteReader(record);
  const fragments: HandshakeFragment[] = [];
  while (reader.remaining > 0) {
    const fragment = readHandshakeFragment(reader);
    if ("reason" in fragment) break;
    fragments.push(fragment);
  }
  return fragments;
}
