/** What the objects made here and now run on: a host, and the way to open an engine on it. */
import type { IceOptions } from "../core/base/ice-options.ts";
import type { OpenEngine } from "../host/engine-port.ts";
import type { Host } from "../host/host.ts";
import { convertIceOptions } from "./ice-options.ts";

/** See {@link bindRealm}. */
export interface Realm {
  readonly host: Host;
  readonly openEngine: OpenEngine;
  /** What ICE is asked beyond the W3C configuration, of every connection that is made here. */
  readonly ice?: IceOptions;
}

let current: Realm | undefined;

/** Sets what `new RTCPeerConnection()` and `generateCertificate()` run on from here on. */
export function bindRealm(realm: Realm): void {
  current = checked(realm);
}

function checked(realm: Realm): Realm {
  return realm.ice === undefined ? realm : { ...realm, ice: convertIceOptions(realm.ice, "IceOptions") };
}

/**
 * Runs `make` on another realm: a simulated world gets connections of the same classes. Only what `make` constructs
 * before it returns belongs to that realm; a connection stays in its realm for life.
 */
export function withRealm<T>(realm: Realm, make: () => T): T {
  const before = current;
  current = checked(realm);
  try {
    return make();
  } finally {
    current = before;
  }
}

/** {@link withRealm} with other options of ICE on the realm that is bound now. Throws if they make no sense. */
export function withIceOptions<T>(ice: IceOptions, make: () => T): T {
  return withRealm({ ...currentRealm(), ice }, make);
}

/** The realm that is bound now. */
export function currentRealm(): Realm {
  if (current === undefined) throw new DOMException("no host is bound", "UnknownError");
  return current;
}
