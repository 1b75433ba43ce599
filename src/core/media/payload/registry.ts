/** Payload formats of video by their MIME types. */
import { Av1Packetizer, av1, isAv1KeyFrame } from "./av1.ts";
import type { Packetizer, VideoFormat } from "./format.ts";
import { H264_SYNTAX, h264, isH264KeyFrame } from "./h264.ts";
import { H265_SYNTAX, h265, isH265KeyFrame } from "./h265.ts";
import { NalPacketizer } from "./nal-packets.ts";
import { isVp8KeyFrame, Vp8Packetizer, vp8 } from "./vp8.ts";
import { isVp9KeyFrame, Vp9Packetizer, vp9 } from "./vp9.ts";

/** One codec: how its packets become frames, and the reverse. */
export interface VideoCodec {
  readonly format: VideoFormat;
  /** `seed`: any number, where the format counts pictures from a random one. */
  createPacketizer(seed: number): Packetizer;
  isKeyFrame(frame: Uint8Array): boolean;
}

const CODECS: ReadonlyMap<string, VideoCodec> = new Map<string, VideoCodec>([
  [
    "video/vp8",
    { format: vp8, createPacketizer: (seed) => new Vp8Packetizer(seed), isKeyFrame: isVp8KeyFrame },
  ],
  [
    "video/vp9",
    { format: vp9, createPacketizer: (seed) => new Vp9Packetizer(seed), isKeyFrame: isVp9KeyFrame },
  ],
  ["video/av1", { format: av1, createPacketizer: () => new Av1Packetizer(), isKeyFrame: isAv1KeyFrame }],
  [
    "video/h264",
    { format: h264, createPacketizer: () => new NalPacketizer(H264_SYNTAX), isKeyFrame: isH264KeyFrame },
  ],
  [
    "video/h265",
    { format: h265, createPacketizer: () => new NalPacketizer(H265_SYNTAX), isKeyFrame: isH265KeyFrame },
  ],
]);

/** Undefined for what is not known. MIME types compare without case. */
export function videoCodec(mimeType: string): VideoCodec | undefined {
  return CODECS.get(mimeType.toLowerCase());
}
