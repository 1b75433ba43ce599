/**
 * The common header of RTCP packets (RFC 3550 §6.4.1, RFC 4585 §6.1):
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |V=2|P| count/FMT|      PT       |             length            |   length: words - 1
 */
import type { ByteWriter } from "../base/byte-writer.ts";

export const RTCP_HEADER_LENGTH = 4;

/** Packet types (IANA "RTCP Control Packet Types"). */
export const PT = {
  SENDER_REPORT: 200,
  RECEIVER_REPORT: 201,
  SOURCE_DESCRIPTION: 202,
  BYE: 203,
  APPLICATION: 204,
  TRANSPORT_FEEDBACK: 205,
  PAYLOAD_FEEDBACK: 206,
  EXTENDED_REPORT: 207,
} as const;

/** Feedback message types of PT 205 (RFC 4585 §6.2, RFC 8888 §3.1, draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). */
export const TRANSPORT_FMT = { NACK: 1, CONGESTION_CONTROL: 11, TRANSPORT_WIDE: 15 } as const;
/** Feedback message types of PT 206 (RFC 4585 §6.3, RFC 5104 §4.3, draft-alvestrand-rmcat-remb-03). */
export const PAYLOAD_FMT = { PICTURE_LOSS: 1, FULL_INTRA_REQUEST: 4, APPLICATION_LAYER: 15 } as const;

/** Writes a header whose length {@link endPacket} fills in; returns where the packet begins. */
export function beginPacket(out: ByteWriter, countOrFormat: number, packetType: number): number {
  const start = out.length;
  out.u8(0x80 | (countOrFormat & 31));
  out.u8(packetType);
  out.u16(0);
  return start;
}

/** Fills the last word up with padding that says so (RFC 3550 §6.4.1), and writes the length. */
export function endPaddedPacket(out: ByteWriter, start: number): void {
  const padding = (4 - ((out.length - start) & 3)) & 3;
  if (padding > 0) {
    out.zeros(padding - 1);
    out.u8(padding);
    out.written()[start]! |= 0x20;
  }
  endPacket(out, start);
}

/** Fills up to a whole word with zeros and writes the length. */
export function endPacket(out: ByteWriter, start: number): void {
  out.zeros((4 - ((out.length - start) & 3)) & 3);
  out.patchU16(start + 2, ((out.length - start) >>> 2) - 1);
}
