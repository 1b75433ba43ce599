export * from "../base/ice-candidate.ts";
export type {
  CandidateSnapshot,
  IceSnapshot,
  PairCounters,
  PairSnapshot,
  TrafficCounters,
} from "../stats/index.ts";
export type { IceAgentOptions } from "./agent-options.ts";
export type { LocalSocket } from "./gatherer.ts";
export type { RemoteParameters } from "./generation.ts";
export { IceAgent } from "./ice-agent.ts";
export type { IceEvent, IceGathererState, IceTransportPolicy, IceTransportState } from "./ice-event.ts";
export type { IceStatistics } from "./ice-statistics.ts";
export {
  candidatePriority,
  comparePairPriorities,
  type PairPriority,
  pairPriority,
  TYPE_PREFERENCE,
} from "./priority.ts";
export type { RelayedSocket } from "./relay-gathering.ts";
export * from "./timing.ts";
