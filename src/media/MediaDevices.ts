/** mediacapture-main §9.2 MediaDevices, with what §10.1 adds. */
import { Construction } from "../webidl/construction.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { exposeInterface, operationContext, promiseReturning } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { type MediaTrackSupportedConstraints, PROPERTIES } from "./constraints.ts";
import { createDeviceChangeEvent, type DeviceChangeEvent } from "./DeviceChangeEvent.ts";
import { devices, KINDS, type PresentDevice } from "./devices.ts";
import {
  convertStreamConstraints,
  type MediaStreamConstraints,
  openStream,
  type Request,
  requestsOf,
} from "./get-user-media.ts";
import { createInputDeviceInfo, type InputDeviceInfo, type MediaDeviceInfo } from "./MediaDeviceInfo.ts";
import type { MediaStream } from "./MediaStream.ts";
import type { MediaStreamTrackKind } from "./track-source.ts";

/** The events of `MediaDevices`. */
export interface MediaDevicesEventMap {
  devicechange: DeviceChangeEvent;
}

/** The internal slots of `MediaDevices`. */
interface MediaDevicesSlots {
  /** [[canExposeMicrophoneInfo]] and [[canExposeCameraInfo]] */
  readonly canExpose: Record<MediaStreamTrackKind, boolean>;
  /** [[storedDeviceList]] */
  stored: readonly PresentDevice[];
}

/** A device and what the application may know of it. */
interface ExposedDevice {
  readonly device: PresentDevice;
  readonly named: boolean;
}

const NAME = "MediaDevices";

const construction = new Construction<MediaDevicesSlots>();
const internals = internalSlots<MediaDevicesSlots, MediaDevices>(NAME);

/** The entry point to microphones and cameras: `navigator.mediaDevices`. */
export class MediaDevices extends EventTargetWith<MediaDevicesEventMap> {
  declare ondevicechange: EventHandler;

  constructor() {
    const slots = construction.take();
    super();
    internals.attach(this, slots);
  }

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return promiseReturning(async () => exposedDevices(internals.of(this), devices.all()).map(deviceInfo));
  }

  getSupportedConstraints(): MediaTrackSupportedConstraints {
    internals.of(this);
    const properties = [...new Set([...PROPERTIES.audio, ...PROPERTIES.video])].sort();
    return Object.fromEntries(properties.map((property) => [property, true]));
  }

  getUserMedia(constraints?: MediaStreamConstraints): Promise<MediaStream>;
  getUserMedia(...args: unknown[]): Promise<MediaStream> {
    return promiseReturning(() => {
      const slots = internals.of(this);
      const constraints = convertStreamConstraints(args[0], operationContext(NAME, "getUserMedia"));
      return openAndExpose(slots, requestsOf(constraints));
    });
  }
}

defineEventHandlers(MediaDevices.prototype, internals.of, ["devicechange"]);
exposeInterface(MediaDevices, NAME, { operations: { getUserMedia: 0 } });

/** Once a device of a kind was opened, all devices of that kind can be told apart (§9.2.5). */
async function openAndExpose(
  { canExpose }: MediaDevicesSlots,
  requests: readonly Request[],
): Promise<MediaStream> {
  const stream = await openStream(requests);
  for (const { kind } of requests) canExpose[kind] = true;
  return stream;
}

/** §9.2.2 "create a list of device info objects": microphones, then cameras; of those not to be told apart one. */
function exposedDevices({ canExpose }: MediaDevicesSlots, list: readonly PresentDevice[]): ExposedDevice[] {
  return (["audio", "video"] as const).flatMap((kind) => {
    const present = list.filter((device) => device.kind === kind);
    // §9.2.4 "camera information can be exposed"
    const named = canExpose[kind] || present.some((device) => device.inUse);
    return (named ? present : present.slice(0, 1)).map((device) => ({ device, named }));
  });
}

/** §9.2.2 "create a device info object" */
function deviceInfo({ device, named }: ExposedDevice): InputDeviceInfo {
  return createInputDeviceInfo({
    kind: KINDS[device.kind].input,
    deviceId: named ? device.deviceId : "",
    label: named ? device.label : "",
    groupId: named ? device.groupId : "",
    capabilities: () => (named ? device.allCapabilities() : {}),
  });
}

/** §9.2 "device change notification steps" */
function notifyOfChange(target: MediaDevices, added: readonly PresentDevice[]): void {
  const slots = internals.of(target);
  const before = exposedDevices(slots, slots.stored);
  slots.stored = devices.all();
  const now = exposedDevices(slots, slots.stored);
  const same =
    now.length === before.length && now.every((device, index) => looksLike(device, before[index]!));
  if (same) return;
  const infos = now.map(deviceInfo);
  const inserted = infos.filter((_, index) => now[index]!.named && added.includes(now[index]!.device));
  setTimeout(() => target.dispatchEvent(createDeviceChangeEvent(infos, inserted)), 0);
}

/** Whether the application sees no difference. */
function looksLike(a: ExposedDevice, b: ExposedDevice): boolean {
  if (a.named !== b.named) return false;
  return a.named ? a.device === b.device : a.device.kind === b.device.kind;
}

/** `navigator.mediaDevices` of this process. */
export const mediaDevices = construction.run(
  { canExpose: { audio: false, video: false }, stored: [] },
  () => new MediaDevices(),
);
devices.onchange = (added) => notifyOfChange(mediaDevices, added);
