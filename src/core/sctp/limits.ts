import type { Duration } from "../base/instant.ts";

/** Figures that bound an association. Every one may be set; {@link DEFAULT_LIMITS} says what they are otherwise. */
export interface SctpLimits {
  /**
   * Bytes we hold for the peer before we refuse more: reassembly, messages waiting for their turn and events not yet taken.
   * Announced as a_rwnd. Never less than twice the largest message we accept, lest such a message could not arrive.
   */
  readonly receiveWindow: number;
  /** How far above the cumulative TSN we accept DATA (and FORWARD TSN): bounds everything indexed by TSN. */
  readonly maxTsnGap: number;
  /** Messages ahead of a gap that have begun and are not whole. The beginning of one more is dropped, to be sent again. */
  readonly maxIncompleteMessages: number;
  /** RFC 9260 §6.3.1 and §16 (RTO.Initial, RTO.Min, RTO.Max), milliseconds. */
  readonly rtoInitial: Duration;
  readonly rtoMin: Duration;
  readonly rtoMax: Duration;
  /**
   * Retransmissions of INIT and of COOKIE ECHO before we give up (RFC 9260 §16 Max.Init.Retransmits). Unlimited by default, as
   * for DATA: on a path with heavy loss eight are not enough, and giving up answers the peer's next INIT with an ABORT.
   */
  readonly maxInitRetransmissions: number;
  /** What the timers of INIT and COOKIE ECHO double up to, milliseconds. Below rtoMax: nothing else is on its way then. */
  readonly initBackoffMax: Duration;
  /** Retransmissions of SHUTDOWN and SHUTDOWN ACK before we give up. */
  readonly maxShutdownRetransmissions: number;
  /** Retransmission timeouts in a row before we give up on DATA. Unlimited by default: ICE and DTLS know when a peer is dead. */
  readonly maxDataRetransmissions: number;
  /** RFC 9260 §6.2: how long a SACK may wait, milliseconds. */
  readonly sackDelay: Duration;
  /** RFC 9260 §8.3: idle time before a HEARTBEAT, milliseconds. */
  readonly heartbeatInterval: Duration;
  /** RFC 9260 §5.1.3: how long a state cookie is good, milliseconds. */
  readonly cookieLife: Duration;
  /** RFC 9260 §7.2.1: initial congestion window in packets. */
  readonly initialWindowPackets: number;
  /** RFC 9260 §6.1 D: packets that may leave in one go beyond what was just acknowledged. */
  readonly maxBurst: number;
  /** Duplicate TSNs remembered for the next SACK. */
  readonly maxReportedDuplicates: number;
  /** Control chunks (answers, mostly) waiting to be sent; more are dropped, the peer asks again. */
  readonly maxControlChunks: number;
}

/** Project figures: reliability over a path whose liveness others watch. */
export const DEFAULT_LIMITS: SctpLimits = {
  // Well below what a socket's receive buffer holds (docs/sctp.md): a sender that meets no loss fills the window.
  receiveWindow: 2 * 1024 * 1024,
  // Ten times as many TSNs as full packets fill the window, so that small messages fit too.
  maxTsnGap: 17_600,
  maxIncompleteMessages: 4096,
  rtoInitial: 500,
  rtoMin: 400,
  rtoMax: 3000,
  maxInitRetransmissions: Number.POSITIVE_INFINITY,
  initBackoffMax: 1000,
  maxShutdownRetransmissions: 8,
  maxDataRetransmissions: Number.POSITIVE_INFINITY,
  sackDelay: 200,
  heartbeatInterval: 30_000,
  cookieLife: 60_000,
  initialWindowPackets: 10,
  maxBurst: 4,
  maxReportedDuplicates: 20,
  maxControlChunks: 64,
};

/** The largest {@link SctpLimits.maxTsnGap} that may be asked for. */
export const MAX_TSN_GAP = 40_000;

/** Largest SCTP packet by default: 1200 bytes of UDP payload without the DTLS record around it. */
export const DEFAULT_SCTP_MTU = 1191;
