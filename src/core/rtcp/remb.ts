/**
 * Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03 §2.2), an application layer feedback message:
 *
 *    |  Unique identifier 'R' 'E' 'M' 'B'                            |
 *    |  Num SSRC     | BR Exp    |  BR Mantissa                      |
 *    |   SSRC feedback, …                                            |
 */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PAYLOAD_FMT, PT } from "./header.ts";

/** What the receiver takes the path to carry (draft-alvestrand-rmcat-remb). */
export interface ReceiverEstimatedMaximumBitrate {
  readonly type: "receiver-estimated-maximum-bitrate";
  readonly senderSsrc: number;
  /** bit/s, at most {@link MAX_REMB_BITRATE}. */
  readonly bitrate: number;
  readonly ssrcs: readonly number[];
}

/** What larger numbers are taken for. */
export const MAX_REMB_BITRATE = Number.MAX_SAFE_INTEGER;

const IDENTIFIER = 0x52454d42;
const MAX_MANTISSA = 0x3_ffff;
const NOT_REMB = malformed("rtcp: application layer feedback of an unknown kind");
const OVERRUN = malformed("rtcp: bitrate estimate with fewer sources than it says");

export function decodeRemb(body: Uint8Array): ReceiverEstimatedMaximumBitrate | Malformed {
  const reader = new ByteReader(body);
  const senderSsrc = reader.u32();
  reader.skip(4);
  if (reader.u32() !== IDENTIFIER) return NOT_REMB;
  const count = reader.u8();
  const packed = reader.u24();
  if (!reader.ok || reader.remaining < count * 4) return OVERRUN;
  const ssrcs: number[] = [];
  for (let i = 0; i < count; i++) ssrcs.push(reader.u32());
  const bitrate = Math.min(MAX_REMB_BITRATE, (packed & MAX_MANTISSA) * 2 ** (packed >>> 18));
  return { type: "receiver-estimated-maximum-bitrate", senderSsrc, bitrate, ssrcs };
}

/** At most 255 sources. The bitrate is rounded down to 18 bits. */
export function writeRemb(
  out: ByteWriter,
  senderSsrc: number,
  bitrate: number,
  ssrcs: readonly number[],
): void {
  const start = beginPacket(out, PAYLOAD_FMT.APPLICATION_LAYER, PT.PAYLOAD_FEEDBACK);
  out.u32(senderSsrc);
  out.u32(0);
  out.u32(IDENTIFIER);
  out.u8(ssrcs.length);
  let exponent = 0;
  let mantissa = Math.floor(Math.min(MAX_REMB_BITRATE, Math.max(0, bitrate)));
  for (; mantissa > MAX_MANTISSA; mantissa = Math.floor(mantissa / 2)) exponent++;
  out.u24((exponent << 18) | mantissa);
  for (const ssrc of ssrcs) out.u32(ssrc);
  endPacket(out, start);
}
