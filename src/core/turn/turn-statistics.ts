/** Counters of one client; they only grow. */
export interface TurnStatistics {
  /** Messages from the server that are not well-formed. */
  droppedMalformed: number;
  /** Answers that belong to no request, and messages that make no sense here. */
  droppedUnexpected: number;
  /** Answers without, or with wrong, integrity. */
  droppedUnauthenticated: number;
  /** Data from peers without permission, or on channels that are not bound. */
  droppedFromPeers: number;
  /** Data to peers that the server refuses, or that found no room to wait. */
  droppedToPeers: number;
}

export function newTurnStatistics(): TurnStatistics {
  return {
    droppedMalformed: 0,
    droppedUnexpected: 0,
    droppedUnauthenticated: 0,
    droppedFromPeers: 0,
    droppedToPeers: 0,
  };
}
