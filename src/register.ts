/** `skywave/register`: puts every interface on `globalThis`, where a browser's code expects it. */
import * as interfaces from "./index.ts";

// WebIDL §3.7.1: interface objects are writable, configurable and not enumerable.
for (const [name, value] of Object.entries(interfaces)) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
