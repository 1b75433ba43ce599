/** RR (RFC 3550 §6.4.2). Profile-specific extensions are skipped. */
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

/** What has come of the streams of others (RFC 3550 §6.4.2). */
export interface ReceiverReport {
  readonly type: "receiver-report";
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

const BODY_LENGTH = 4;
const TOO_SHORT = malformed("rtcp: receiver report shorter than its count says");

export function decodeReceiverReport(body: Uint8Array, count: number): ReceiverReport | Malformed {
  if (body.length < BODY_LENGTH + count * REPORT_BLOCK_LENGTH) return TOO_SHORT;
  const reader = new ByteReader(body);
  return { type: "receiver-report", ssrc: reader.u32(), reports: readReportBlocks(reader, count) };
}

/** Appends the packet, with its header. */
export function writeReceiverReport(out: ByteWriter, ssrc: number, reports: readonly ReportBlock[]): void {
  const start = beginPacket(out, reports.length, PT.RECEIVER_REPORT);
  out.u32(ssrc);
  writeReportBlocks(out, reports);
  endPacket(out, start);
}
