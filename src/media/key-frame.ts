/** Where in a stream of packets one can begin. */
import type { MediaPacket } from "../core/base/media-frame.ts";
import { type PayloadInfo, videoCodec } from "../core/media/index.ts";

/** Filled in anew for every payload. One serves all. */
const info: PayloadInfo = {
  mayBegin: false,
  begins: false,
  keyFrame: false,
  pictureId: -1,
  pictureIdBits: 0,
};

/** Whether a frame begins with the packet that needs none before it. True as well for what cannot be looked into. */
export function beginsKeyFrame({ mimeType, payload }: MediaPacket): boolean {
  const codec = videoCodec(mimeType);
  if (codec === undefined) return true;
  return codec.format.inspect(payload, info) === undefined && info.mayBegin && info.keyFrame;
}
