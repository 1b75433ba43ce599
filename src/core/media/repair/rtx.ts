/**
 * RTX (RFC 4588 §4): a packet sent again on a stream of its own. Its payload is the original sequence number and the original
 * payload; timestamp, marker, CSRCs and header extensions are those of the original.
 *
 *    |            OSN                |  original RTP packet payload  …
 */
import type { RtpPacketView } from "../../rtp/rtp-packet.ts";
import { writePayloadType, writeSequenceNumber, writeSsrc } from "../../rtp/rtp-packet-builder.ts";

/** Octets that a packet grows by. */
export const RTX_OVERHEAD = 2;

/** Writes the retransmission of `original` into `out`; returns its length, or -1 without room. Padding is left out. */
export function writeRtxPacket(
  original: RtpPacketView,
  payloadType: number,
  ssrc: number,
  sequenceNumber: number,
  out: Uint8Array,
): number {
  const header = original.payloadOffset;
  const length = header + RTX_OVERHEAD + original.payloadLength;
  if (length > out.length) return -1;
  out.set(original.bytes.subarray(0, header));
  out[0]! &= ~0x20;
  writePayloadType(out, payloadType, original.marker);
  writeSequenceNumber(out, sequenceNumber);
  writeSsrc(out, ssrc);
  out[header] = original.sequenceNumber >>> 8;
  out[header + 1] = original.sequenceNumber;
  out.set(original.payload(), header + RTX_OVERHEAD);
  return length;
}

/**
 * Writes the packet that a retransmission carries into `out`; returns its length, or -1 when there is none: packets of
 * padding on the repair stream are probes.
 */
export function restoreRtxPacket(
  retransmission: RtpPacketView,
  payloadType: number,
  ssrc: number,
  out: Uint8Array,
): number {
  const header = retransmission.payloadOffset;
  const length = header + retransmission.payloadLength - RTX_OVERHEAD;
  if (retransmission.payloadLength < RTX_OVERHEAD || length > out.length) return -1;
  const { bytes } = retransmission;
  out.set(bytes.subarray(0, header));
  out[0]! &= ~0x20;
  writePayloadType(out, payloadType, retransmission.marker);
  out[2] = bytes[header]!;
  out[3] = bytes[header + 1]!;
  writeSsrc(out, ssrc);
  out.set(bytes.subarray(header + RTX_OVERHEAD, length + RTX_OVERHEAD), header);
  return length;
}
