/**
 * `skywave/host`: what the connections run on. `withRealm` makes connections on another host, for instance a simulated
 * one, of the same classes that `skywave` exports; `withIceOptions` with what ICE can do beyond the standard.
 */
export { bindRealm, type Realm, withIceOptions, withRealm } from "./api/realm.ts";
export type {
  AddressMapping,
  IceOptions,
  LocalAddressFilter,
  NetworkType,
  PortRange,
} from "./core/base/ice-options.ts";
export { openEngine } from "./host/driver.ts";
export type { OpenEngine } from "./host/engine-port.ts";
export type { Host } from "./host/host.ts";
export { SharedUdpPort, type SharedUdpPortDrops, type SharedUdpPortOptions } from "./host/shared-udp-port.ts";
export { nodeCrypto } from "./node/crypto.ts";
export { NodeHost, type NodeHostOptions, nodeHost } from "./node/host.ts";
