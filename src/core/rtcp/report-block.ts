/**
 * Report blocks of SR and RR (RFC 3550 §6.4.1):
 *
 *    |                 SSRC of source                                |
 *    | fraction lost |       cumulative number of packets lost       |
 *    |           extended highest sequence number received           |
 *    |                      interarrival jitter                      |
 *    |                         last SR (LSR)                         |
 *    |                   delay since last SR (DLSR)                  |
 */
import type { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";

export const REPORT_BLOCK_LENGTH = 24;
/** The count has five bits. */
export const MAX_REPORT_BLOCKS = 31;

/** What has come of one stream (RFC 3550 §6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** 0..255, in 1/256 */
  readonly fractionLost: number;
  /** Signed, 24 bits: duplicates count against loss. */
  readonly cumulativeLost: number;
  /** Cycles in the high 16 bits. */
  readonly highestSequenceNumber: number;
  /** In units of the RTP clock. */
  readonly jitter: number;
  /** The middle 32 bits of the last SR's NTP timestamp, 0 before the first. */
  readonly lastSenderReport: number;
  /** In 1/65,536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** The caller has checked that `count` blocks are there, or checks the reader. */
export function readReportBlocks(reader: ByteReader, count: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let i = 0; i < count && reader.remaining >= REPORT_BLOCK_LENGTH; i++)
    blocks.push({
      ssrc: reader.u32(),
      fractionLost: reader.u8(),
      cumulativeLost: (reader.u24() << 8) >> 8,
      highestSequenceNumber: reader.u32(),
      jitter: reader.u32(),
      lastSenderReport: reader.u32(),
      delaySinceLastSenderReport: reader.u32(),
    });
  return blocks;
}

const MAX_LOST = 0x7f_ffff;

export function writeReportBlocks(out: ByteWriter, blocks: readonly ReportBlock[]): void {
  for (const block of blocks) {
    out.u32(block.ssrc);
    out.u8(block.fractionLost);
    // RFC 3550 §A.3: the number is clamped, it does not wrap.
    out.u24(Math.max(-MAX_LOST - 1, Math.min(MAX_LOST, block.cumulativeLost)) & 0xff_ffff);
    out.u32(block.highestSequenceNumber);
    out.u32(block.jitter);
    out.u32(block.lastSenderReport);
    out.u32(block.delaySinceLastSenderReport);
  }
}
