/**
 * `skywave/register`: puts every interface on `globalThis`, and the devices on `navigator`, where a browser's code expects
 * them.
 */
import * as interfaces from "./index.ts";
import { mediaDevices } from "./media/MediaDevices.ts";
import { exposeInterface, illegalInvocation } from "./webidl/expose.ts";

// WebIDL §3.7.1: interface objects are writable, configurable and not enumerable.
for (const [name, value] of Object.entries(interfaces)) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}

const scope = globalThis as { navigator?: object };
if (scope.navigator === undefined) defineNavigator();
addMediaDevices(scope.navigator!);

/** Node.js has a `navigator` from version 21 on. Before that there is one with nothing but devices. */
function defineNavigator(): void {
  class Navigator {
    static create(): Navigator {
      return Object.create(Navigator.prototype) as Navigator;
    }
    constructor() {
      throw new TypeError("Illegal constructor");
    }
  }
  const navigator = Navigator.create();
  Reflect.deleteProperty(Navigator, "create");
  exposeInterface(Navigator, "Navigator");
  Object.defineProperties(globalThis, {
    Navigator: { value: Navigator, writable: true, enumerable: false, configurable: true },
    navigator: { get: () => navigator, enumerable: true, configurable: true },
  });
}

/** mediacapture-main §9.1 */
function addMediaDevices(navigator: object): void {
  const members = {
    get mediaDevices() {
      if ((this as object) !== navigator) throw illegalInvocation("Navigator");
      return mediaDevices;
    },
  };
  const descriptor = Object.getOwnPropertyDescriptor(members, "mediaDevices")!;
  Object.defineProperty(Object.getPrototypeOf(navigator), "mediaDevices", descriptor);
}
