/**
 * Congestion control feedback (RFC 8888 §3.1): for each source a range of sequence numbers with a word for two packets.
 *
 *    |                   SSRC of nth RTP stream                      |
 *    |          begin_seq            |          num_reports          |
 *    |R|ECN|  Arrival time offset    | ...                           .
 *    …
 *    |                 Report Timestamp (32 bits)                    |
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PT, TRANSPORT_FMT } from "./header.ts";

/** RFC 8888 §3.1: a receiver reports at most as many packets of one source. */
export const MAX_REPORTED_PACKETS = 16_384;
/** Arrival time offset: the packet came after the report's timestamp, or too long before it. */
export const ARRIVAL_AFTER_REPORT = 0x1fff;
export const ARRIVAL_TOO_OLD = 0x1ffe;
/** In `metrics`: the packet has not come. */
export const NOT_ARRIVED = 0;

/** When the packets of one stream came, from a sequence number on (RFC 8888 §3.1). */
export interface StreamMetrics {
  readonly ssrc: number;
  readonly beginSequenceNumber: number;
  /** One for each packet: R (0x8000), ECN (bits 13 and 14) and the offset in 1/1024 s before the report's timestamp. */
  readonly metrics: Uint16Array;
}

/** When the packets of all streams came (RFC 8888 §3.1). */
export interface CongestionControlFeedback {
  readonly type: "congestion-control-feedback";
  readonly senderSsrc: number;
  readonly streams: readonly StreamMetrics[];
  /** The middle 32 bits of an NTP timestamp. */
  readonly reportTimestamp: number;
}

const STREAM_HEADER_LENGTH = 8;
const TIMESTAMP_LENGTH = 4;
const TOO_SHORT = malformed("rtcp: congestion control feedback shorter than its fixed part");
const OVERRUN = malformed("rtcp: congestion control feedback with fewer reports than it says");

/** `body`: the packet from the SSRC of its sender on. */
export function decodeCongestionControlFeedback(body: Uint8Array): CongestionControlFeedback | Malformed {
  if (body.length < 4 + TIMESTAMP_LENGTH) return TOO_SHORT;
  const reader = new ByteReader(body);
  const senderSsrc = reader.u32();
  const streams: StreamMetrics[] = [];
  while (reader.remaining >= STREAM_HEADER_LENGTH + TIMESTAMP_LENGTH) {
    const ssrc = reader.u32();
    const beginSequenceNumber = reader.u16();
    const count = reader.u16();
    const padded = (count + 1) & ~1;
    if (count > MAX_REPORTED_PACKETS || reader.remaining < padded * 2 + TIMESTAMP_LENGTH) return OVERRUN;
    const metrics = new Uint16Array(count);
    for (let i = 0; i < count; i++) metrics[i] = reader.u16();
    reader.skip((padded - count) * 2);
    streams.push({ ssrc, beginSequenceNumber, metrics });
  }
  if (reader.remaining !== TIMESTAMP_LENGTH) return OVERRUN;
  return { type: "congestion-control-feedback", senderSsrc, streams, reportTimestamp: reader.u32() };
}

/** One packet's word. `offset`: in 1/1024 s, or one of the two special values. */
export function arrivalMetric(ecn: number, offset: number): number {
  return 0x8000 | ((ecn & 3) << 13) | Math.min(0x1fff, Math.max(0, offset));
}

/** Appends the packet, with its header. */
export function writeCongestionControlFeedback(
  out: ByteWriter,
  feedback: Omit<CongestionControlFeedback, "type">,
): void {
  const start = beginPacket(out, TRANSPORT_FMT.CONGESTION_CONTROL, PT.TRANSPORT_FEEDBACK);
  out.u32(feedback.senderSsrc);
  for (const { ssrc, beginSequenceNumber, metrics } of feedback.streams) {
    out.u32(ssrc);
    out.u16(beginSequenceNumber);
    out.u16(metrics.length);
    for (const metric of metrics) out.u16(metric);
    if ((metrics.length & 1) === 1) out.u16(0);
  }
  out.u32(feedback.reportTimestamp);
  endPacket(out, start);
}
