/** Lets an entry point add to every connection that is made after it was loaded. */
import type { RTCPeerConnection } from "./RTCPeerConnection.ts";

type Hook = (connection: RTCPeerConnection) => void;

const hooks = new Set<Hook>();

/** `hook` runs at the end of every constructor from here on. */
export function whenConnectionCreated(hook: Hook): void {
  hooks.add(hook);
}

/** Runs the hooks. */
export function connectionCreated(connection: RTCPeerConnection): void {
  for (const hook of hooks) hook(connection);
}
