/**
 * XR (RFC 3611): receiver reference time (§4.4) and the delay since it (§4.5), with which an end that sends nothing
 * measures round trips. Other blocks are skipped.
 *
 *    |     BT=4      |   reserved    |       block length = 2        |  NTP timestamp, 64 bits
 *    |     BT=5      |   reserved    |         block length          |  SSRC, last RR, delay since last RR; …
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PT } from "./header.ts";

const BLOCK_RECEIVER_REFERENCE_TIME = 4;
const BLOCK_DELAY_SINCE_LAST_RECEIVER_REPORT = 5;
const SUB_BLOCK_LENGTH = 12;

/** One sub-block of DLRR. */
export interface DelaySinceReference {
  readonly ssrc: number;
  /** The middle 32 bits of the reference time's NTP timestamp. */
  readonly lastReference: number;
  /** In 1/65,536 s. */
  readonly delay: number;
}

/** What round trips are measured with by who receives only (RFC 3611 §4.4, §4.5). */
export interface ExtendedReport {
  readonly type: "extended-report";
  readonly ssrc: number;
  readonly referenceTime: { readonly ntpSeconds: number; readonly ntpFraction: number } | undefined;
  readonly delays: readonly DelaySinceReference[];
}

const OVERRUN = malformed("rtcp: extended report block overruns its packet");

export function decodeExtendedReport(body: Uint8Array): ExtendedReport | Malformed {
  const reader = new ByteReader(body);
  const ssrc = reader.u32();
  let referenceTime: ExtendedReport["referenceTime"];
  const delays: DelaySinceReference[] = [];
  while (reader.remaining > 0) {
    const blockType = reader.u8();
    reader.skip(1);
    const block = reader.sub(reader.u16() * 4);
    if (!reader.ok) break;
    if (blockType === BLOCK_RECEIVER_REFERENCE_TIME && block.remaining >= 8)
      referenceTime = { ntpSeconds: block.u32(), ntpFraction: block.u32() };
    else if (blockType === BLOCK_DELAY_SINCE_LAST_RECEIVER_REPORT)
      while (block.remaining >= SUB_BLOCK_LENGTH)
        delays.push({ ssrc: block.u32(), lastReference: block.u32(), delay: block.u32() });
  }
  return reader.ok ? { type: "extended-report", ssrc, referenceTime, delays } : OVERRUN;
}

/** Appends the packet, with its header. */
export function writeExtendedReport(out: ByteWriter, report: Omit<ExtendedReport, "type">): void {
  const start = beginPacket(out, 0, PT.EXTENDED_REPORT);
  out.u32(report.ssrc);
  if (report.referenceTime !== undefined) {
    out.u8(BLOCK_RECEIVER_REFERENCE_TIME);
    out.u8(0);
    out.u16(2);
    out.u32(report.referenceTime.ntpSeconds);
    out.u32(report.referenceTime.ntpFraction);
  }
  if (report.delays.length > 0) {
    out.u8(BLOCK_DELAY_SINCE_LAST_RECEIVER_REPORT);
    out.u8(0);
    out.u16(report.delays.length * 3);
    for (const { ssrc, lastReference, delay } of report.delays) {
      out.u32(ssrc);
      out.u32(lastReference);
      out.u32(delay);
    }
  }
  endPacket(out, start);
}
