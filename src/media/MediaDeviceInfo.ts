/** mediacapture-main §9.3 MediaDeviceInfo and §9.4 InputDeviceInfo. */
import { Construction } from "../webidl/construction.ts";
import { exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { MediaTrackCapabilities } from "./constraints.ts";

/** mediacapture-main §9.3 */
export type MediaDeviceKind = "audioinput" | "audiooutput" | "videoinput";

/** The internal slots of a `MediaDeviceInfo`. */
export interface DeviceInfoSlots {
  readonly deviceId: string;
  readonly kind: MediaDeviceKind;
  readonly label: string;
  readonly groupId: string;
  /** Empty while the device may not be told from others. */
  readonly capabilities: () => MediaTrackCapabilities;
}

const construction = new Construction<DeviceInfoSlots>();
const internals = internalSlots<DeviceInfoSlots, MediaDeviceInfo>("MediaDeviceInfo");
const inputInternals = internalSlots<DeviceInfoSlots, InputDeviceInfo>("InputDeviceInfo");

/** A device, as far as the application may know it. */
export class MediaDeviceInfo {
  constructor() {
    internals.attach(this, construction.take());
  }

  get deviceId(): string {
    return internals.of(this).deviceId;
  }
  get kind(): MediaDeviceKind {
    return internals.of(this).kind;
  }
  get label(): string {
    return internals.of(this).label;
  }
  get groupId(): string {
    return internals.of(this).groupId;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in lib.dom.
  toJSON(): any {
    const { deviceId, kind, label, groupId } = internals.of(this);
    return { deviceId, kind, label, groupId };
  }
}

exposeInterface(MediaDeviceInfo, "MediaDeviceInfo");

/** A microphone or a camera. */
export class InputDeviceInfo extends MediaDeviceInfo {
  constructor() {
    super();
    inputInternals.attach(this, internals.of(this));
  }

  getCapabilities(): MediaTrackCapabilities {
    return inputInternals.of(this).capabilities();
  }
}

exposeInterface(InputDeviceInfo, "InputDeviceInfo");

/** Brand check. */
export const isMediaDeviceInfo: (value: unknown) => value is MediaDeviceInfo = internals.has;

/** "Creating a device info object" for a microphone or camera. */
export function createInputDeviceInfo(slots: DeviceInfoSlots): InputDeviceInfo {
  return construction.run(slots, () => new InputDeviceInfo());
}
