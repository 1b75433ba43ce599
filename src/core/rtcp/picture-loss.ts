/** Picture loss indication (RFC 4585 §6.3.1): two sources and nothing else. */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PAYLOAD_FMT, PT } from "./header.ts";

/** Pictures cannot be decoded any more: a key frame is needed (RFC 4585 §6.3.1). */
export interface PictureLoss {
  readonly type: "picture-loss";
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}

const TOO_SHORT = malformed("rtcp: picture loss indication without its two sources");

export function decodePictureLoss(body: Uint8Array): PictureLoss | Malformed {
  const reader = new ByteReader(body);
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  return reader.ok ? { type: "picture-loss", senderSsrc, mediaSsrc } : TOO_SHORT;
}

/** Appends the packet, with its header. */
export function writePictureLoss(out: ByteWriter, senderSsrc: number, mediaSsrc: number): void {
  const start = beginPacket(out, PAYLOAD_FMT.PICTURE_LOSS, PT.PAYLOAD_FEEDBACK);
  out.u32(senderSsrc);
  out.u32(mediaSsrc);
  endPacket(out, start);
}
