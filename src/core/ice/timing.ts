import type { Duration } from "../base/instant.ts";

/** All durations of the agent in milliseconds. Tests shorten some; production uses {@link DEFAULT_TIMING}. */
export interface IceTiming {
  /** Pace of new and repeated checks and server requests, Ta (RFC 8445 §14.2). At least 5. */
  readonly ta: Duration;
  /** First retransmission timeout of a transaction (RFC 8445 §14.3); doubles up to `maxRto`. */
  readonly rto: Duration;
  readonly maxRto: Duration;
  /** Sends per transaction, the first included. */
  readonly maxSends: number;
  /** How long the answer to a check over TCP may take, the connection included. */
  readonly streamTimeout: Duration;
  /** Middle of the consent interval; each one is drawn from 80 % to 120 % of it (RFC 7675 §5.1). */
  readonly consentInterval: Duration;
  /** Consent ends this long after the last good answer (RFC 7675 §5.1). */
  readonly consentExpiry: Duration;
  /** A lite agent that has sent nothing for so long sends a keep-alive (RFC 8445 §11, Tr: 15 s at least). */
  readonly keepAliveInterval: Duration;
  /** How soon an unanswered consent check is followed by another one. */
  readonly recheckInterval: Duration;
  /** A pair that is silent this long after a check is suspected: alternatives are looked at. */
  readonly suspectAfter: Duration;
  /** … and this long: the state becomes "disconnected". */
  readonly disconnectedAfter: Duration;
  /** Checking without any valid pair ends in "failed" after this long (RFC 8863 patience, shortened). */
  readonly checkingTimeout: Duration;
  /** … while more candidates may come, in "disconnected" after this long. */
  readonly hopelessAfter: Duration;
  /** … and sooner, when the peer has told that it has no candidates at all: it may still check us. */
  readonly emptyTimeout: Duration;
  /** Nothing more to be found for this long makes "connected" "completed". */
  readonly completedAfter: Duration;
  /** How long the controlling side waits for a better pair than the one that is valid already. */
  readonly nominationPatience: Duration;
  /** How long what the peer still sends over the pairs of before a restart is taken (RFC 8445 §8.3.1: 3 s at least). */
  readonly retiredFor: Duration;
  /** Gathering ends after this long, whatever servers are silent. */
  readonly gatheringTimeout: Duration;
  /** … and after this long, where what is missing would be more of what there is. */
  readonly spareTimeout: Duration;
  /** A server that is silent for so long is probed for an ICMP error. */
  readonly probeAfter: Duration;
}

/** What is used where an application asks for nothing else. */
export const DEFAULT_TIMING: IceTiming = {
  ta: 50,
  rto: 250,
  maxRto: 8000,
  maxSends: 9,
  streamTimeout: 12_000,
  consentInterval: 5000,
  consentExpiry: 30_000,
  keepAliveInterval: 15_000,
  recheckInterval: 500,
  suspectAfter: 1000,
  disconnectedAfter: 5000,
  checkingTimeout: 30_000,
  hopelessAfter: 15_000,
  emptyTimeout: 10_000,
  completedAfter: 2000,
  nominationPatience: 500,
  retiredFor: 5000,
  gatheringTimeout: 10_000,
  spareTimeout: 5000,
  probeAfter: 1000,
};

/** Remote candidates per generation, signalled and peer-reflexive together. */
export const MAX_REMOTE_CANDIDATES = 100;
/** Generations that still listen after restarts in quick succession. */
export const MAX_RETIRED_GENERATIONS = 4;
/** Candidate pairs per generation (RFC 8445 §6.1.2.5). */
export const MAX_PAIRS = 100;
/** STUN transactions that wait for an answer. */
export const MAX_TRANSACTIONS = 256;
/** Local addresses per generation. */
export const MAX_LOCAL_ADDRESSES = 16;
/** STUN and TURN servers asked per gathering. */
export const MAX_SERVERS = 8;
/** TURN allocations asked for per gathering. */
export const MAX_ALLOCATIONS = 8;
/** Remote `.local` names resolved per generation. */
export const MAX_REMOTE_NAMES = 50;
/** Answers and checks that wait to be polled; more are dropped (the peer repeats its checks). */
export const MAX_OUTBOX = 64;
/** Checks of one pair that may be repeated because of a role conflict. */
export const MAX_ROLE_CONFLICTS = 5;
