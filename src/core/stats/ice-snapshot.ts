/** What statistics say of one ICE agent (webrtc-stats: candidate-pair, local-candidate, remote-candidate, transport). */
import type { IceCandidate } from "../base/ice-candidate.ts";
import type { Duration, Instant } from "../base/instant.ts";

/** What an agent has carried for others: datagrams that are not STUN. They only grow. */
export interface TrafficCounters {
  packetsSent: number;
  packetsReceived: number;
  /** UDP payloads. */
  bytesSent: number;
  bytesReceived: number;
}

/** Counters of one candidate pair, kept by the pair. Data: everything that is not STUN. They only grow. */
export interface PairCounters extends TrafficCounters {
  /** When data was sent or received last; undefined: never. */
  lastPacketSent: Instant | undefined;
  lastPacketReceived: Instant | undefined;
  /** Connectivity checks without repetitions and without consent. */
  requestsSent: number;
  /** Authenticated checks, repetitions and consent included: they cannot be told apart. */
  requestsReceived: number;
  responsesSent: number;
  /** Authenticated answers to checks of both uses. Each one is a measurement of the round-trip time. */
  responsesReceived: number;
  consentRequestsSent: number;
  totalRoundTripTime: Duration;
  currentRoundTripTime: Duration | undefined;
}

/** One candidate pair. */
export interface PairSnapshot extends Readonly<PairCounters> {
  /** Number within its agent, never used again. */
  readonly name: number;
  /** Names of candidates in the same snapshot. */
  readonly local: number;
  readonly remote: number;
  readonly state: "waiting" | "in-progress" | "succeeded" | "failed";
  /** RFC 8445 §8: it was selected by a nomination. */
  readonly nominated: boolean;
}

/** One candidate. */
export interface CandidateSnapshot {
  /** Number within its agent, never used again: a candidate keeps it when signalling overtakes a check. */
  readonly name: number;
  readonly candidate: IceCandidate;
  /** Of its generation; undefined: signalling has not told it yet. */
  readonly usernameFragment: string | undefined;
  /** Signalling has named its address: it may be shown. True for all local candidates. */
  readonly signalled: boolean;
}

/** One agent: the candidates and pairs of its generation, and the pair that still carries data while a restart is under way. */
export interface IceSnapshot {
  readonly localCandidates: readonly CandidateSnapshot[];
  readonly remoteCandidates: readonly CandidateSnapshot[];
  readonly pairs: readonly PairSnapshot[];
  /** The pair in use. */
  readonly selectedPair: number | undefined;
  /** How often that has changed, to and from "none" included. */
  readonly selectedPairChanges: number;
  readonly traffic: Readonly<TrafficCounters>;
}
