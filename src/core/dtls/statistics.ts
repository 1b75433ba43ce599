/** Counters of one endpoint; they only grow. Records that were dropped are counted once, under the reason that came first. */
export interface DtlsStatistics {
  recordsReceived: number;
  recordsSent: number;
  /** Headers, fragments or alerts that could not be read. */
  droppedMalformed: number;
  /** The tag did not fit. */
  droppedUnauthentic: number;
  /** The replay window had seen the number. */
  droppedReplayed: number;
  /** Unprotected where protection is due: data in epoch 0, or anything in epoch 0 after the handshake. */
  droppedPlaintext: number;
  /** An epoch that does not exist here. */
  droppedEpoch: number;
  /** Came early and found no room. */
  droppedEarly: number;
  /** Handshake fragments that belong to no message we could take. */
  droppedFragments: number;
  /** Nothing is awaited: not started yet, or over. */
  droppedIdle: number;
  /** Hellos that were refused without ending the handshake. */
  hellosRefused: number;
  /** Plaintext alerts, which are only noted. */
  unauthenticAlerts: number;
  /** Flights sent again because the timer fired. */
  timeouts: number;
  /** Flights sent again because the peer sent its own again. */
  repeats: number;
}

export function newStatistics(): DtlsStatistics {
  return {
    recordsReceived: 0,
    recordsSent: 0,
    droppedMalformed: 0,
    droppedUnauthentic: 0,
    droppedReplayed: 0,
    droppedPlaintext: 0,
    droppedEpoch: 0,
    droppedEarly: 0,
    droppedFragments: 0,
    droppedIdle: 0,
    hellosRefused: 0,
    unauthenticAlerts: 0,
    timeouts: 0,
    repeats: 0,
  };
}
