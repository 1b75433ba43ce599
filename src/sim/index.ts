/** A world made of nothing, to test programs in: `skywave/sim`. See docs/sim.md. */
export { SimulationFailure } from "./failure.ts";
export type { Firewall, FirewallDecision, FirewallOptions, FirewallRule } from "./firewall.ts";
export type { Blackout, BurstLoss, Link, LinkChange, LinkOptions, Reorder } from "./link.ts";
export { DEFAULT_LINK } from "./link.ts";
export type { DnsTable } from "./names.ts";
export type { Nat, NatBehaviour, NatOptions } from "./nat.ts";
export type { Network, NetworkNode } from "./network.ts";
export type { DropReason, Packet, PacketCounters, PacketEvent, TcpSegment } from "./packet.ts";
export { SeededRandom } from "./seeded-random.ts";
export type { SimHost, SimHostOptions } from "./sim-host.ts";
export type { SimAddress } from "./sim-interfaces.ts";
export { type RunningStunServer, STUN_PORT, startStunServer } from "./stun-server.ts";
export type { TurnFault, TurnStep } from "./turn-fault.ts";
export {
  type RunningTurnServer,
  startTurnServer,
  TURN_PORT,
  TURNS_PORT,
  type TurnServerOptions,
} from "./turn-server.ts";
export { World, type WorldOptions } from "./world.ts";
