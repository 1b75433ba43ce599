/** SR (RFC 3550 §6.4.1): the sender's clock, what it has sent, and its report blocks. Profile-specific extensions are skipped. */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PT } from "./header.ts";
import {
  REPORT_BLOCK_LENGTH,
  type ReportBlock,
  readReportBlocks,
  writeReportBlocks,
} from "./report-block.ts";

/** What was sent until when, on two clocks, and what has come (RFC 3550 §6.4.1). */
export interface SenderReport {
  readonly type: "sender-report";
  readonly ssrc: number;
  /** Seconds since 1900. */
  readonly ntpSeconds: number;
  /** In 1/2^32 s. */
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

const BODY_LENGTH = 24;
const TOO_SHORT = malformed("rtcp: sender report shorter than its count says");

export function decodeSenderReport(body: Uint8Array, count: number): SenderReport | Malformed {
  if (body.length < BODY_LENGTH + count * REPORT_BLOCK_LENGTH) return TOO_SHORT;
  const reader = new ByteReader(body);
  return {
    type: "sender-report",
    ssrc: reader.u32(),
    ntpSeconds: reader.u32(),
    ntpFraction: reader.u32(),
    rtpTimestamp: reader.u32(),
    packetCount: reader.u32(),
    octetCount: reader.u32(),
    reports: readReportBlocks(reader, count),
  };
}

/** Appends the packet, with its header. */
export function writeSenderReport(out: ByteWriter, report: Omit<SenderReport, "type">): void {
  const start = beginPacket(out, report.reports.length, PT.SENDER_REPORT);
  out.u32(report.ssrc);
  out.u32(report.ntpSeconds);
  out.u32(report.ntpFraction);
  out.u32(report.rtpTimestamp);
  out.u32(report.packetCount);
  out.u32(report.octetCount);
  writeReportBlocks(out, report.reports);
  endPacket(out, start);
}
