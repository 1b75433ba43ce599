/** Media over RTP: payload formats, repair, buffers and tables (docs/rtp.md). */

export * from "./payload/comfort-noise.ts";
export {
  MAX_FRAME_LENGTH,
  MIN_PAYLOAD_LENGTH,
  type Packetizer,
  type PayloadInfo,
  type VideoFormat,
} from "./payload/format.ts";
export * from "./payload/opus.ts";
export * from "./payload/pcm-audio.ts";
export { type VideoCodec, videoCodec } from "./payload/registry.ts";
export * from "./payload/telephone-event.ts";
export { decodeVp8Descriptor, type Vp8Descriptor } from "./payload/vp8.ts";
export { decodeVp9Descriptor, type Vp9Descriptor, type Vp9ScalabilityStructure } from "./payload/vp9.ts";
