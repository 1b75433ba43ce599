/** RTP packets and their header extensions (RFC 3550, RFC 8285): docs/rtp.md. */

export * from "./extension/abs-capture-time.ts";
export * from "./extension/abs-send-time.ts";
export * from "./extension/audio-level.ts";
export * from "./extension/color-space.ts";
export * from "./extension/dependency-descriptor.ts";
export {
  DTI,
  type FrameDependencyStructure,
  type FrameDependencyTemplate,
} from "./extension/dependency-structure.ts";
export * from "./extension/playout-delay.ts";
export * from "./extension/sdes-item.ts";
export * from "./extension/transport-wide-cc.ts";
export * from "./extension/video-layers-allocation.ts";
export * from "./extension/video-orientation.ts";
export * from "./rtp-packet.ts";
export * from "./rtp-packet-builder.ts";
