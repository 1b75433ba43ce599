/** Media over RTP: payload formats, repair, buffers and tables (docs/rtp.md). */

export * from "./capture-time.ts";
export { FramePace } from "./frame-pace.ts";
export * from "./ntp.ts";
export { audioDuration } from "./payload/audio-duration.ts";
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
export { type PictureSize, pictureSize } from "./payload/picture-size.ts";
export { type VideoCodec, videoCodec } from "./payload/registry.ts";
export * from "./payload/telephone-event.ts";
export { decodeVp8Descriptor, type Vp8Descriptor } from "./payload/vp8.ts";
export {
  decodeVp9Descriptor,
  type Vp9Descriptor,
  Vp9InterPictures,
  type Vp9ScalabilityStructure,
} from "./payload/vp9.ts";
export * from "./receive/buffered-frame.ts";
export * from "./receive/clock-offsets.ts";
export * from "./receive/congestion-feedback.ts";
export * from "./receive/dense-numbers.ts";
export * from "./receive/frame-buffer.ts";
export { type JitterEstimate, MAX_JITTER_DELAY } from "./receive/jitter-estimate.ts";
export * from "./receive/packet-buffer.ts";
export * from "./receive/reception-statistics.ts";
export * from "./receive/synchronization.ts";
export * from "./receive/tone-receiver.ts";
export * from "./receive/transport-feedback.ts";
export * from "./repair/fec-receiver.ts";
export * from "./repair/fec-sender.ts";
export * from "./repair/flexfec.ts";
export * from "./repair/nack-list.ts";
export * from "./repair/red.ts";
export * from "./repair/sent-packets.ts";
export * from "./repair/ulpfec.ts";
export { type RepairPacket, XorCode } from "./repair/xor-code.ts";
export * from "./send/frame-chain.ts";
export * from "./send/joined-numbers.ts";
export * from "./send/joined-pictures.ts";
export * from "./send/key-frame-requests.ts";
export * from "./send/loss-protection.ts";
export * from "./send/pacer.ts";
export * from "./send/patience.ts";
export * from "./send/sender-statistics.ts";
export * from "./send/source-clocks.ts";
export * from "./send/tone-sender.ts";
