/**
 * Full intra request (RFC 5104 §4.3.1): the media source of the header is 0, each entry names one.
 *
 *    |                              SSRC                             |
 *    | Seq nr.       |    Reserved                                   |
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PAYLOAD_FMT, PT } from "./header.ts";

/** One stream of which a key frame is asked for. */
export interface IntraRequestEntry {
  readonly ssrc: number;
  /** Grows with each request; the same number again is the same request. */
  readonly commandNumber: number;
}

/** Asks for key frames, whatever was lost (RFC 5104 §4.3.1). */
export interface FullIntraRequest {
  readonly type: "full-intra-request";
  readonly senderSsrc: number;
  readonly entries: readonly IntraRequestEntry[];
}

const ENTRY_LENGTH = 8;
const BAD_LENGTH = malformed("rtcp: full intra request is not made of whole entries");

export function decodeFullIntraRequest(body: Uint8Array): FullIntraRequest | Malformed {
  const reader = new ByteReader(body);
  const senderSsrc = reader.u32();
  reader.skip(4);
  if (!reader.ok || reader.remaining % ENTRY_LENGTH !== 0) return BAD_LENGTH;
  const entries: IntraRequestEntry[] = [];
  while (reader.remaining > 0) {
    entries.push({ ssrc: reader.u32(), commandNumber: reader.u8() });
    reader.skip(3);
  }
  return { type: "full-intra-request", senderSsrc, entries };
}

/** Appends the packet, with its header. */
export function writeFullIntraRequest(
  out: ByteWriter,
  senderSsrc: number,
  entries: readonly IntraRequestEntry[],
): void {
  const start = beginPacket(out, PAYLOAD_FMT.FULL_INTRA_REQUEST, PT.PAYLOAD_FEEDBACK);
  out.u32(senderSsrc);
  out.u32(0);
  for (const { ssrc, commandNumber } of entries) {
    out.u32(ssrc);
    out.u8(commandNumber);
    out.u24(0);
  }
  endPacket(out, start);
}
