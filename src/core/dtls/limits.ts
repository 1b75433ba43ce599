/** The bounds and times of a DTLS endpoint. What is not authenticated may cost a little memory, never the session. */
import type { Duration } from "../base/instant.ts";

/** Octets of one handshake message. */
export const MAX_HANDSHAKE_MESSAGE_LENGTH = 16_384;
/** Octets of a Certificate message, which may carry a chain. */
export const MAX_CERTIFICATE_MESSAGE_LENGTH = 32_768;
/**
 * Octets that all handshake messages of the peer may have together: those under reassembly, as announced, and those in the
 * transcript. With one bit per octet for the reassembly and twice the early records below it stays under 64 KiB, all that
 * somebody who has proved nothing yet can make us keep.
 */
export const MAX_HANDSHAKE_LENGTH = 40_960;
/** How many messages beyond the awaited one are kept: a whole flight of the peer. */
export const MESSAGE_LOOK_AHEAD = 7;

/** Records of the next epoch, or application data before the peer is proved, that are kept for later. */
export const MAX_EARLY_RECORDS = 32;
/** Octets that those may have together. */
export const MAX_EARLY_RECORD_BYTES = 8192;

/** Octets of a datagram: what every path carries that WebRTC meets. */
export const DEFAULT_MTU = 1200;
/** IPv4's 576 without IP and UDP headers: the least a path may offer. */
export const MINIMUM_MTU = 548;
/** After so many timeouts of one flight, datagrams shrink to {@link MINIMUM_MTU} (RFC 6347 §4.1.1.1). */
export const TIMEOUTS_BEFORE_MINIMUM_MTU = 3;

/** The retransmission timer starts at twice the round-trip time, within these bounds. */
export const MIN_RETRANSMISSION_TIMEOUT: Duration = 50;
export const MAX_RETRANSMISSION_TIMEOUT: Duration = 3000;
/**
 * It doubles up to this, or stays where it began if that is longer. One flight a second burdens no path that ICE's checks
 * have passed, and a path that loses every second datagram needs that many tries before {@link HANDSHAKE_DEADLINE}.
 */
export const MAX_RETRANSMISSION_BACKOFF: Duration = 1000;
/** A handshake that has not ended by then has failed. */
export const HANDSHAKE_DEADLINE: Duration = 30_000;
/**
 * A plaintext fatal alert can come from anybody, so it only ends a handshake that makes no progress for this long
 * afterwards.
 */
export const UNAUTHENTICATED_ALERT_GRACE: Duration = 5000;

/** Records that one epoch may protect (RFC 6347 §4.1: 48 bits, and they must not wrap). */
export const MAX_RECORD_SEQUENCE = 2 ** 48 - 1;
