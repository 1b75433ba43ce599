/** Numbers of TURN: methods (RFC 8656 §17, RFC 6062 §6.1), error codes (§19), lifetimes and the limits of this client. */
import type { Duration } from "../base/instant.ts";

export const ALLOCATE = 0x003;
export const REFRESH = 0x004;
export const SEND = 0x006;
export const DATA_INDICATION = 0x007;
export const CREATE_PERMISSION = 0x008;
export const CHANNEL_BIND = 0x009;

/** RFC 6062 §6.1 */
export const CONNECT = 0x00a;
export const CONNECTION_BIND = 0x00b;
export const CONNECTION_ATTEMPT = 0x00c;

export const FORBIDDEN = 403;
export const ALLOCATION_MISMATCH = 437;
export const ADDRESS_FAMILY_NOT_SUPPORTED = 440;

/** REQUESTED-TRANSPORT: UDP's protocol number in the first of four bytes (RFC 8656 §18.6). */
export const REQUESTED_UDP = 17 * 0x100_0000;
/** … and TCP's (RFC 6062 §4.1). */
export const REQUESTED_TCP = 6 * 0x100_0000;
/** REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY: IPv6 in the first of four bytes (RFC 8656 §18.7). */
export const REQUESTED_IPV6 = 0x0200_0000;

/** Seconds asked for, and taken when the server names none (RFC 8656 §7.1, §3.2). */
export const DEFAULT_LIFETIME = 600;
/** Longest lifetime believed, seconds. */
export const MAX_LIFETIME = 3600;
/** A permission lasts 300 s (RFC 8656 §9); it is renewed so long after it was granted, ms. */
export const PERMISSION_REFRESH: Duration = 240_000;
/** A permission that nothing was sent under for so long is let go, ms. */
export const PERMISSION_IDLE: Duration = 300_000;

/** Peers (IP addresses) with a permission, or waiting for one. */
export const MAX_PERMISSIONS = 256;
/** Channels bound; data to further peers goes in Send indications. */
export const MAX_CHANNELS = 64;
/** The numbers of channels (RFC 8656 §12). */
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;
/** Datagrams that wait for one peer's permission. */
export const MAX_WAITING_DATAGRAMS = 8;
/** … and their bytes, for all peers together. */
export const MAX_WAITING_BYTES = 64 * 1024;
/** Requests that wait for an answer. */
export const MAX_REQUESTS = 64;
/** Peers in one CreatePermission request. */
export const MAX_PEERS_PER_REQUEST = 8;
/** A request is repeated with a new nonce no more often than this. */
export const MAX_NONCE_CHANGES = 3;
/** Indications that wait to be polled. */
export const MAX_OUTGOING = 256;

/** Durations of requests, ms. */
export interface TurnTiming {
  /** First retransmission timeout; doubles with each repetition (RFC 8489 §6.2.1). */
  readonly rto: Duration;
  /** Rc: sends per request, the first included. */
  readonly maxSends: number;
  /** Rm: how many times `rto` the last one is waited for. */
  readonly lastWait: number;
  /** Ti: how long an answer may take on a stream, where nothing is repeated (RFC 8489 §6.2.2). */
  readonly streamTimeout: Duration;
}

/** What is used unless told otherwise. */
export const DEFAULT_TURN_TIMING: TurnTiming = { rto: 250, maxSends: 7, lastWait: 16, streamTimeout: 10_000 };
