/** What an agent counts as a whole; its pairs count for themselves. */
import type { TrafficCounters } from "../stats/index.ts";

/** Counters of one agent; they only grow. */
export interface IceStatistics {
  /** What it has carried for its owner, over all pairs. */
  readonly traffic: TrafficCounters;
  /** How often the pair in use has changed, to and from "none" included. */
  selectedPairChanges: number;
  /** Connectivity and consent checks sent, retransmissions included. */
  checksSent: number;
  /** Authenticated checks received. */
  checksReceived: number;
  responsesSent: number;
  /** Authenticated answers to our checks. */
  responsesReceived: number;
  /** Binding requests sent to STUN servers, retransmissions included. */
  serverRequestsSent: number;
  /** Remote candidates that were refused: not usable, beyond a limit, of another generation. */
  candidatesRefused: number;
  /** Datagrams dropped because they are not well-formed STUN. */
  droppedMalformed: number;
  /** Requests without, or with wrong, credentials. */
  droppedUnauthenticated: number;
  /** Answers without, or with wrong, integrity. */
  droppedUnauthenticatedResponses: number;
  /** Answers that belong to no transaction of ours. */
  droppedUnknownTransaction: number;
  /** Messages that make no sense here: indications, other methods, sockets that are not ours. */
  droppedUnexpected: number;
  /** Answers that found the outbox full. */
  droppedOutboxFull: number;
}

export function newIceStatistics(): IceStatistics {
  return {
    traffic: { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0 },
    selectedPairChanges: 0,
    checksSent: 0,
    checksReceived: 0,
    responsesSent: 0,
    responsesReceived: 0,
    serverRequestsSent: 0,
    candidatesRefused: 0,
    droppedMalformed: 0,
    droppedUnauthenticated: 0,
    droppedUnauthenticatedResponses: 0,
    droppedUnknownTransaction: 0,
    droppedUnexpected: 0,
    droppedOutboxFull: 0,
  };
}
