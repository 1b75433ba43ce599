/** The records that statistics are made of: filled by the machines that count, read by `api`. */
export type { DtlsSnapshot, EngineSnapshot, TransportSnapshot } from "./engine-snapshot.ts";
export type {
  CandidateSnapshot,
  IceSnapshot,
  PairCounters,
  PairSnapshot,
  TrafficCounters,
} from "./ice-snapshot.ts";
export type {
  InboundRtpSnapshot,
  OutboundRtpSnapshot,
  RemoteInboundRtpSnapshot,
  RemoteOutboundRtpSnapshot,
  RtpSnapshot,
} from "./rtp-snapshot.ts";
