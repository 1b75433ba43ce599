/**
 * SDES (RFC 3550 §6.5): chunks of an SSRC and items, each chunk ended by a zero octet and filled up to a word.
 *
 *    |                          SSRC/CSRC_1                          |
 *    |    item type  |     length    | text                        ...
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { Malformed, malformed } from "../base/malformed.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import { beginPacket, endPacket, PT } from "./header.ts";

/** Item types (RFC 3550 §6.5, RFC 9143 §15.1, RFC 8852 §4). */
export const SDES = { CNAME: 1, MID: 15, RTP_STREAM_ID: 12, REPAIRED_RTP_STREAM_ID: 13 } as const;

const MAX_TEXT_LENGTH = 255;

/** One thing that is said of a source: its CNAME, for example. */
export interface SdesItem {
  readonly itemType: number;
  readonly text: string;
}

/** What is said of one source. */
export interface SdesChunk {
  readonly ssrc: number;
  readonly items: readonly SdesItem[];
}

/** What is said of sources (RFC 3550 §6.5). */
export interface SourceDescription {
  readonly type: "source-description";
  readonly chunks: readonly SdesChunk[];
}

const OVERRUN = malformed("rtcp: source description overruns its packet");

/** Items whose text is no UTF-8 are left out. */
export function decodeSourceDescription(body: Uint8Array, count: number): SourceDescription | Malformed {
  const reader = new ByteReader(body);
  const chunks: SdesChunk[] = [];
  for (let i = 0; i < count; i++) {
    const ssrc = reader.u32();
    const items: SdesItem[] = [];
    for (let itemType = reader.u8(); itemType !== 0 && reader.ok; itemType = reader.u8()) {
      const text = decodeUtf8(reader.bytes(reader.u8()));
      if (!(text instanceof Malformed)) items.push({ itemType, text });
    }
    reader.skip((4 - (reader.position & 3)) & 3);
    if (!reader.ok) return OVERRUN;
    chunks.push({ ssrc, items });
  }
  return { type: "source-description", chunks };
}

/** Texts longer than 255 octets are not written. */
export function writeSourceDescription(out: ByteWriter, chunks: readonly SdesChunk[]): void {
  const start = beginPacket(out, chunks.length, PT.SOURCE_DESCRIPTION);
  for (const { ssrc, items } of chunks) {
    out.u32(ssrc);
    for (const { itemType, text } of items) {
      const bytes = encodeUtf8(text);
      if (bytes.length > MAX_TEXT_LENGTH) continue;
      out.u8(itemType);
      out.u8(bytes.length);
      out.bytes(bytes);
    }
    // At least one zero ends the chunk.
    out.zeros(4 - ((out.length - start) & 3));
  }
  endPacket(out, start);
}
