/**
 * Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1):
 *
 *    |      base sequence number     |      packet status count      |
 *    |                 reference time                | fb pkt. count |
 *    |          packet chunk         |         packet chunk          |   then one receive delta for each received packet
 *
 * Chunks: run length `0 | S S | run (13)`, vectors of one bit `1 0 | 14 symbols` and of two bits `1 1 | 7 symbols`. Symbols:
 * 0 not received, 1 small delta (8 bits), 2 large or negative delta (16 bits), in units of 250 µs.
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPaddedPacket, PT, TRANSPORT_FMT } from "./header.ts";

/** Milliseconds. */
export const REFERENCE_TIME_UNIT = 64;
export const RECEIVE_DELTA_UNIT = 0.25;
/** Packets that one feedback may speak of; honest ones speak of some hundreds. */
export const MAX_FEEDBACK_PACKETS = 16_384;
/** In `deltas`: the packet did not come. */
export const NOT_RECEIVED = -0x8000_0000;

/** When packets came, by the number that counts all of a transport (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
export interface TransportWideFeedback {
  readonly type: "transport-wide-feedback";
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly baseSequenceNumber: number;
  /** Signed, 24 bits, in {@link REFERENCE_TIME_UNIT}. */
  readonly referenceTime: number;
  /** Counts feedback packets, modulo 256. */
  readonly feedbackCount: number;
  /** One for each packet from the base on: {@link NOT_RECEIVED}, or units of 250 µs since the packet received before. */
  readonly deltas: Int32Array;
}

const SMALL = 1;
const LARGE = 2;
const FIXED_LENGTH = 16;
const TOO_SHORT = malformed("rtcp: transport-wide feedback shorter than its fixed part");
const BAD_COUNT = malformed("rtcp: transport-wide feedback for no packet, or for too many");
const OVERRUN = malformed("rtcp: transport-wide feedback with fewer chunks or deltas than it says");
const RESERVED = malformed("rtcp: transport-wide feedback with a reserved symbol");

export function decodeTransportWideFeedback(body: Uint8Array): TransportWideFeedback | Malformed {
  if (body.length < FIXED_LENGTH) return TOO_SHORT;
  const reader = new ByteReader(body);
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  const baseSequenceNumber = reader.u16();
  const count = reader.u16();
  const referenceTime = (reader.u24() << 8) >> 8;
  const feedbackCount = reader.u8();
  if (count === 0 || count > MAX_FEEDBACK_PACKETS) return BAD_COUNT;
  const deltas = new Int32Array(count);
  if (!readChunks(reader, deltas)) return OVERRUN;
  for (let i = 0; i < count; i++) {
    const symbol = deltas[i]!;
    if (symbol === 3) return RESERVED;
    if (symbol === SMALL) deltas[i] = reader.u8();
    else deltas[i] = symbol === LARGE ? (reader.u16() << 16) >> 16 : NOT_RECEIVED;
  }
  if (!reader.ok) return OVERRUN;
  const type = "transport-wide-feedback";
  return { type, senderSsrc, mediaSsrc, baseSequenceNumber, referenceTime, feedbackCount, deltas };
}

/** Writes one symbol for each packet into `symbols`; false when the chunks end before. */
function readChunks(reader: ByteReader, symbols: Int32Array): boolean {
  for (let at = 0; at < symbols.length; ) {
    const chunk = reader.u16();
    if (!reader.ok) return false;
    if (chunk < 0x8000) {
      const run = chunk & 0x1fff;
      // A run of nothing would not consume a packet; it consumes its chunk, so this ends all the same.
      symbols.fill(chunk >>> 13, at, at + run);
      at += run;
    } else if (chunk < 0xc000) {
      for (let bit = 13; bit >= 0 && at < symbols.length; bit--) symbols[at++] = (chunk >>> bit) & 1;
    } else {
      for (let bit = 12; bit >= 0 && at < symbols.length; bit -= 2) symbols[at++] = (chunk >>> bit) & 3;
    }
  }
  return true;
}

/** Writes chunks for `symbols[0, count)`. */
function writeChunks(out: ByteWriter, deltas: Int32Array, count: number): void {
  for (let at = 0; at < count; ) {
    const symbol = symbolOf(deltas[at]!);
    let run = 1;
    while (at + run < count && run < 0x1fff && symbolOf(deltas[at + run]!) === symbol) run++;
    if (run >= 14 || at + run === count) {
      out.u16((symbol << 13) | run);
      at += run;
      continue;
    }
    let large = false;
    for (let i = at; i < Math.min(at + 14, count); i++) large ||= symbolOf(deltas[i]!) === LARGE;
    const width = large ? 2 : 1;
    const symbols = 14 / width;
    let chunk = large ? 0xc000 : 0x8000;
    for (let i = 0; i < symbols && at < count; i++, at++)
      chunk |= symbolOf(deltas[at]!) << (14 - width * (i + 1));
    out.u16(chunk);
  }
}

function symbolOf(delta: number): number {
  if (delta === NOT_RECEIVED) return 0;
  return delta >= 0 && delta <= 0xff ? SMALL : LARGE;
}

/** Whether a delta can be written; one that cannot begins a new feedback. */
export function isReceiveDelta(delta: number): boolean {
  return delta >= -0x8000 && delta <= 0x7fff;
}

/** The first `count` of `deltas`, each {@link NOT_RECEIVED} or accepted by {@link isReceiveDelta}. */
export function writeTransportWideFeedback(
  out: ByteWriter,
  feedback: Omit<TransportWideFeedback, "type">,
  count: number = feedback.deltas.length,
): void {
  const start = beginPacket(out, TRANSPORT_FMT.TRANSPORT_WIDE, PT.TRANSPORT_FEEDBACK);
  out.u32(feedback.senderSsrc);
  out.u32(feedback.mediaSsrc);
  out.u16(feedback.baseSequenceNumber);
  out.u16(count);
  out.u24(feedback.referenceTime & 0xff_ffff);
  out.u8(feedback.feedbackCount);
  writeChunks(out, feedback.deltas, count);
  for (let i = 0; i < count; i++) {
    const delta = feedback.deltas[i]!;
    if (symbolOf(delta) === SMALL) out.u8(delta);
    else if (delta !== NOT_RECEIVED) out.u16(delta & 0xffff);
  }
  endPaddedPacket(out, start);
}
