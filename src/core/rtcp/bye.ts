/** BYE (RFC 3550 §6.6): sources that leave, and optionally why. */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { Malformed, malformed } from "../base/malformed.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import { beginPacket, endPacket, PT } from "./header.ts";

/** These sources send no more (RFC 3550 §6.6). */
export interface Bye {
  readonly type: "bye";
  readonly ssrcs: readonly number[];
  /** Undefined when there is none, or none that is text. */
  readonly reason: string | undefined;
}

const OVERRUN = malformed("rtcp: bye overruns its packet");
const MAX_REASON_LENGTH = 255;

export function decodeBye(body: Uint8Array, count: number): Bye | Malformed {
  const reader = new ByteReader(body);
  const ssrcs: number[] = [];
  for (let i = 0; i < count && reader.ok; i++) ssrcs.push(reader.u32());
  const text = reader.remaining > 0 ? decodeUtf8(reader.bytes(reader.u8())) : undefined;
  if (!reader.ok) return OVERRUN;
  return { type: "bye", ssrcs, reason: text instanceof Malformed ? undefined : text };
}

/** At most 31 sources; a reason longer than 255 octets is left out. */
export function writeBye(out: ByteWriter, ssrcs: readonly number[], reason?: string): void {
  const start = beginPacket(out, ssrcs.length, PT.BYE);
  for (const ssrc of ssrcs) out.u32(ssrc);
  const bytes = reason === undefined ? undefined : encodeUtf8(reason);
  if (bytes !== undefined && bytes.length <= MAX_REASON_LENGTH) {
    out.u8(bytes.length);
    out.bytes(bytes);
  }
  endPacket(out, start);
}
