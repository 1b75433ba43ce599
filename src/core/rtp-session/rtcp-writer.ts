/** The RTCP packets that a session sends: reports with what belongs to them, and feedback (RFC 3550 §6.1, RFC 4585 §3.1). */
import type { ByteWriter } from "../base/byte-writer.ts";
import type { Instant } from "../base/instant.ts";
import { compactDifference, compactNtp, ntpFraction, ntpSeconds, toCompactDelay } from "../media/index.ts";
import {
  MAX_REPORT_BLOCKS,
  type ReportBlock,
  SDES,
  writeBye,
  writeReceiverReport,
  writeSenderReport,
  writeSourceDescription,
} from "../rtcp/index.ts";
import type { ReceiveStream } from "./receive-stream.ts";
import type { SendStream } from "./send-stream.ts";

/** What a report is made of. */
export interface Reporter {
  readonly now: Instant;
  /** Milliseconds since 1970. */
  readonly wallClock: number;
  readonly cname: string;
  /** Of who reports when nothing is sent. */
  readonly ssrc: number;
  readonly senders: readonly { readonly stream: SendStream; readonly clockRate: number }[];
  readonly receivers: readonly ReceiveStream[];
}

/** One report packet for each sender, or one for the receivers alone; then the CNAME. Blocks beyond what fits wait. */
export function writeReports(out: ByteWriter, reporter: Reporter): void {
  const { now, wallClock, cname, ssrc, senders, receivers } = reporter;
  const blocks = receivers
    .filter(({ statistics }) => statistics.active)
    .slice(0, MAX_REPORT_BLOCKS)
    .map((stream) => reportBlock(now, stream));
  const [first, ...others] = senders;
  if (first === undefined) writeReceiverReport(out, ssrc, blocks);
  else {
    for (const { stream, clockRate } of [first, ...others.slice(0, 8)]) {
      const elapsed = Math.round(((now - stream.lastTimestampAt) * clockRate) / 1000);
      writeSenderReport(out, {
        ssrc: stream.ssrc,
        ntpSeconds: ntpSeconds(wallClock),
        ntpFraction: ntpFraction(wallClock),
        rtpTimestamp: (stream.lastTimestamp + elapsed) % 0x1_0000_0000,
        packetCount: stream.statistics.packetsSent % 0x1_0000_0000,
        octetCount: stream.statistics.bytesSent % 0x1_0000_0000,
        reports: stream === first.stream ? blocks : [],
      });
    }
  }
  const sources = first === undefined ? [ssrc] : senders.slice(0, 9).map(({ stream }) => stream.ssrc);
  writeSourceDescription(
    out,
    sources.map((source) => ({ ssrc: source, items: [{ itemType: SDES.CNAME, text: cname }] })),
  );
}

function reportBlock(now: Instant, { ssrc, statistics, senderReport }: ReceiveStream): ReportBlock {
  const { fractionLost, cumulativeLost, extendedHighestSequenceNumber, jitter } = statistics.report();
  return {
    ssrc,
    fractionLost,
    cumulativeLost,
    highestSequenceNumber: extendedHighestSequenceNumber,
    jitter,
    lastSenderReport: senderReport?.lsr ?? 0,
    delaySinceLastSenderReport: senderReport === undefined ? 0 : toCompactDelay(now - senderReport.at),
  };
}

/** RFC 3550 §6.6 */
export function writeFarewell(out: ByteWriter, ssrcs: readonly number[]): void {
  for (let at = 0; at < ssrcs.length; at += 31) writeBye(out, ssrcs.slice(at, at + 31));
}

/** RFC 3550 §6.4.1: from a report block about a stream of ours; milliseconds, undefined when it cannot be told. */
export function roundTripOf(wallClock: number, block: ReportBlock): number | undefined {
  if (block.lastSenderReport === 0) return undefined;
  const now = compactNtp(ntpSeconds(wallClock), ntpFraction(wallClock));
  const roundTrip = compactDifference(now, block.lastSenderReport + block.delaySinceLastSenderReport);
  // A clock that was set in between makes nonsense of it.
  return roundTrip < 0 || roundTrip > 60_000 ? undefined : roundTrip;
}
