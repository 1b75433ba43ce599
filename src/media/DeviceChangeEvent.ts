/** mediacapture-main §9.5 DeviceChangeEvent. */
import { Construction } from "../webidl/construction.ts";
import { domString, instanceOf, sequence } from "../webidl/convert.ts";
import { defaulted, dictionary } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isMediaDeviceInfo, type MediaDeviceInfo } from "./MediaDeviceInfo.ts";

/** mediacapture-main §9.5 */
export interface DeviceChangeEventInit extends EventInit {
  devices?: MediaDeviceInfo[];
}

interface DeviceChange {
  readonly devices: readonly MediaDeviceInfo[];
  readonly userInsertedDevices: readonly MediaDeviceInfo[];
}

const NAME = "DeviceChangeEvent";

const convertInit = dictionary(
  "DeviceChangeEventInit",
  { devices: defaulted(sequence(instanceOf("MediaDeviceInfo", isMediaDeviceInfo)), []) },
  convertEventInit,
);

const construction = new Construction<readonly MediaDeviceInfo[]>();
const internals = internalSlots<DeviceChange, DeviceChangeEvent>(NAME);

/** Fired at `MediaDevices` when devices have come or gone. */
export class DeviceChangeEvent extends Event {
  constructor(...args: [type: string, eventInitDict?: DeviceChangeEventInit]) {
    const inserted = construction.handed() ?? [];
    const context = constructorContext(NAME);
    requireArguments(context, args, 1);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, {
      devices: Object.freeze(init.devices),
      userInsertedDevices: Object.freeze([...inserted]),
    });
  }

  get devices(): readonly MediaDeviceInfo[] {
    return internals.of(this).devices;
  }
  get userInsertedDevices(): readonly MediaDeviceInfo[] {
    return internals.of(this).userInsertedDevices;
  }
}

exposeInterface(DeviceChangeEvent, NAME, { length: 1 });

/** A `devicechange` event; `inserted` are those of `devices` that were not there before. */
export function createDeviceChangeEvent(
  devices: MediaDeviceInfo[],
  inserted: readonly MediaDeviceInfo[],
): DeviceChangeEvent {
  return construction.run(inserted, () => new DeviceChangeEvent("devicechange", { devices }));
}
