/** What the objects made here and now run on: a host, and the way to open an engine on it. */
import type { OpenEngine } from "../host/engine-port.ts";
import type { Host } from "../host/host.ts";

/** See {@link bindRealm}. */
export interface Realm {
  readonly host: Host;
  readonly openEngine: OpenEngine;
}

let current: Realm | undefined;

/** Sets what `new RTCPeerConnection()` and `generateCertificate()` run on from here on. */
export function bindRealm(realm: Realm): void {
  current = realm;
}

/**
 * Runs `make` on another realm: a simulated world gets connections of the same classes. Only what `make` constructs
 * before it returns belongs to that realm; a connection stays in its realm for life.
 */
export function withRealm<T>(realm: Realm, make: () => T): T {
  const before = current;
  current = realm;
  try {
    return make();
  } finally {
    current = before;
  }
}

/** The realm that is bound now. */
export function currentRealm(): Realm {
  if (current === undefined) throw new DOMException("no host is bound", "UnknownError");
  return current;
}
