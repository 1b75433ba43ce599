export * from "../base/ice-candidate.ts";
export type {
  CandidateSnapshot,
  IceSnapshot,
  PairCounters,
  PairSnapshot,
  TrafficCounters,
} from "../stats/index.ts";
export type { IceAgentOptions } from "./agent-options.ts";
export { FRAME_HEADER_LENGTH, FramedStream, frameInPlace } from "./framing.ts";
export type { RemoteParameters } from "./generation.ts";
export { IceAgent } from "./ice-agent.ts";
export type { IceEvent, IceGathererState, IceTransportPolicy, IceTransportState } from "./ice-event.ts";
export type { IceStatistics } from "./ice-statistics.ts";
export type { LocalSocket } from "./local-socket.ts";
export {
  candidatePriority,
  comparePairPriorities,
  type PairPriority,
  pairPriority,
  TCP_TYPE_PREFERENCE,
  TYPE_PREFERENCE,
  tcpCandidatePriority,
} from "./priority.ts";
export type { RelayedSocket, RelayedTcp } from "./relay-gathering.ts";
export * from "./timing.ts";
