/** The RTCP packets that a session sends: reports with what belongs to them, and feedback (RFC 3550 §6.1, RFC 4585 §3.1). */
import type { ByteWriter } from "../base/byte-writer.ts";
import type { Instant } from "../base/instant.ts";
import type { SourceClock } from "../base/media-frame.ts";
import type { SenderStatistics } from "../media/index.ts";
import {
  MAX_REPORT_BLOCKS,
  SDES,
  writeBye,
  writeReceiverReport,
  writeSenderReport,
  writeSourceDescription,
} from "../rtcp/index.ts";
import type { ReceiveStream } from "./receive-stream.ts";

/** A stream that is sent, as its reports need to know it. */
export interface ReportingStream {
  readonly statistics: SenderStatistics;
  readonly clockRate: number;
  /** As {@link SenderStatistics.report} has it. */
  readonly captured: Omit<SourceClock, "ssrc"> | undefined;
}

/** What a report is made of. */
export interface Reporter {
  readonly now: Instant;
  /** Milliseconds since 1970. */
  readonly wallClock: number;
  readonly cname: string;
  /** Of who reports when nothing is sent. */
  readonly ssrc: number;
  readonly senders: readonly ReportingStream[];
  readonly receivers: readonly ReceiveStream[];
}

/** One report packet for each sender, or one for the receivers alone; then the CNAME. Blocks beyond what fits wait. */
export function writeReports(out: ByteWriter, reporter: Reporter): void {
  const { now, wallClock, cname, ssrc, senders, receivers } = reporter;
  const blocks = receivers
    .filter(({ statistics }) => statistics.active)
    .slice(0, MAX_REPORT_BLOCKS)
    .map(({ statistics }) => statistics.reportBlock(now));
  const [first, ...others] = senders;
  if (first === undefined) writeReceiverReport(out, ssrc, blocks);
  else {
    for (const { statistics, clockRate, captured } of [first, ...others.slice(0, 8)]) {
      const reports = statistics === first.statistics ? blocks : [];
      writeSenderReport(out, statistics.report(now, wallClock, clockRate, reports, captured));
    }
  }
  const sources = first === undefined ? [ssrc] : senders.slice(0, 9).map(({ statistics }) => statistics.ssrc);
  writeSourceDescription(
    out,
    sources.map((source) => ({ ssrc: source, items: [{ itemType: SDES.CNAME, text: cname }] })),
  );
}

/** RFC 3550 §6.6 */
export function writeFarewell(out: ByteWriter, ssrcs: readonly number[]): void {
  for (let at = 0; at < ssrcs.length; at += 31) writeBye(out, ssrcs.slice(at, at + 31));
}
