/**
 * `skywave/media`: tracks for applications without a browser's devices, and devices for those with a browser's code. The
 * interfaces themselves are exported by `skywave`.
 */
import type { MediaStreamTrack } from "./MediaStreamTrack.ts";
import { trackFrom } from "./MediaStreamTrack.ts";
import { type MediaStreamTrackKind, TrackSource, type TrackSourceOptions } from "./track-source.ts";

export type {
  EncodedFrame,
  MediaPacket,
  PacketExtension,
  ReceivedFrame,
  ReceivedTone,
} from "../core/base/media-frame.ts";
export type { MediaTrackSettings } from "./constraints.ts";
export {
  type AddedDevice,
  addDevice,
  type Device,
  type DevicePermission,
  type DevicePermissionAnswer,
  setPermission,
} from "./devices.ts";
export { feedGreyPicture } from "./fake/camera.ts";
export { addFakeDevices } from "./fake/devices.ts";
export { feedSilence } from "./fake/microphone.ts";
export { mediaDevices } from "./MediaDevices.ts";
export { PacketSwitch } from "./packet-switch.ts";
export { type PlainRtpOptions, RtpReader, RtpWriter } from "./plain-rtp.ts";
export type { ControlledCapabilities, VideoMode } from "./source-choices.ts";
export { type Subscription, subscribe } from "./subscription.ts";
export type {
  MediaSink,
  MediaStreamTrackKind,
  TrackSourceOptions,
  WantedEncoding,
  WantedMedia,
} from "./track-source.ts";
export { TrackSource, trackFrom };

/** A live track with a source of its own. Make a {@link TrackSource} and use {@link trackFrom} to mute or end it later. */
export function createTrack(kind: MediaStreamTrackKind, options?: TrackSourceOptions): MediaStreamTrack {
  return trackFrom(new TrackSource(kind, options));
}
