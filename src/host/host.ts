/**
 * The port between the project and the machine it runs on. `src/node` implements it with Node's sockets, `src/sim` with a
 * simulated world; `test/host-contract.ts` holds both to the same behaviour. Everything asynchronous is a callback that
 * is called exactly once, never synchronously from inside the call (unless it says so), and never after `close`/`cancel`.
 */
import type { NetworkType } from "../core/base/ice-options.ts";
import type { Instant } from "../core/base/instant.ts";
import type { IpFamily } from "../core/base/ip-address.ts";
import type { Log } from "../core/base/log.ts";
import type { CryptoProvider } from "../core/crypto/provider.ts";

/** One address of a local network interface, canonical text without zone. */
export interface LocalAddress {
  readonly address: string;
  readonly family: IpFamily;
  /** The interface's name, for logs and ordering. */
  readonly interfaceName: string;
  readonly loopback: boolean;
  /** Bytes of the largest IP packet that its link carries, where the host knows. */
  readonly mtu?: number;
  /** What its interface is, where the host knows. */
  readonly networkType?: NetworkType;
  /** IPv6 zone to bind with for link-local addresses. */
  readonly scopeId?: number;
}

/** Something to undo. Idempotent. */
export interface Cancelable {
  cancel(): void;
}

/** A bound UDP socket. */
export interface UdpSocket {
  /** Canonical text of what it is bound to. */
  readonly address: string;
  readonly port: number;
  /**
   * Sends `datagram[0, length)`. Returns true when the bytes have left the buffer (sent, copied or dropped), false when
   * the system still reads from it: then the caller must not touch that buffer again (it is "retired").
   * `address` is canonical text without zone, also for link-local destinations. Never throws: whatever the system refuses
   * (unreachable, too long, no such address) goes to `UdpHandlers.error`, later, but for some of many in a row to one address.
   * After `close` it does nothing.
   */
  send(datagram: Uint8Array, length: number, address: string, port: number): boolean;
  /** Sockets that share a port have this: peers that name this ICE fragment of ours mean this one. */
  expect?(usernameFragment: string): void;
  /** Nothing is delivered any more; the port is free again when `close` has returned (or soon after). Idempotent. */
  close(): void;
}

export interface UdpHandlers {
  /**
   * `datagram` is borrowed until return, and may be overwritten by the receiver; a plain `Uint8Array`, never a subclass
   * (whose `slice` may not copy), and nobody else's memory. Never called inside `send`. `address` is canonical text without
   * zone. What a handler throws is logged as "internal-error"; the socket goes on.
   */
  message(datagram: Uint8Array, address: string, port: number): void;
  /** A send or receive failed (unreachable, message too long…). The socket stays usable unless `fatal`. */
  error(code: string, fatal: boolean): void;
}

/** Milliseconds within which a stream is connected (and its TLS handshake done), or has failed. */
export const STREAM_CONNECT_TIMEOUT = 10_000;
/** Bytes that one stream holds back for a peer that reads slowly; `send` refuses what comes beyond. */
export const MAX_STREAM_BACKLOG = 256 * 1024;

/** What `Host.probeUdp` sends, and the milliseconds between. */
export const PROBE_SENDS = 2;
export const PROBE_INTERVAL = 500;

/** A connected byte stream: TCP, or TLS over it. */
export interface StreamSocket {
  /** Canonical text of our end. */
  readonly address: string;
  readonly port: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /**
   * Takes `bytes[0, length)` whole and copies it: true. False, and nothing of it was taken, when more than
   * {@link MAX_STREAM_BACKLOG} bytes would wait; `StreamHandlers.drained` then tells when there is room. After `close` it
   * does nothing. Never throws.
   */
  send(bytes: Uint8Array, length: number): boolean;
  /** What was taken is still sent, within a second; nothing is delivered any more, `closed` included. Idempotent. */
  close(): void;
}

/** What a stream tells. */
export interface StreamHandlers {
  /** The next bytes, borrowed until return, as for `UdpHandlers.message`. Never called inside `send`. */
  data(bytes: Uint8Array): void;
  /** After a refused `send`: all that waited has gone. */
  drained(): void;
  /** The end of it, once: by the peer (undefined) or by an error. */
  closed(errorCode: string | undefined): void;
}

/** Where a stream leads. */
export interface StreamTarget {
  /** Canonical IP text. */
  readonly address: string;
  readonly port: number;
  /** What to bind to; the system chooses when it is absent. */
  readonly local?: LocalAddress;
  /** 0 or absent: any. Only with `local`. */
  readonly localPort?: number;
  /** TLS 1.2 or later, whose certificate must be valid for this name (or IP address). */
  readonly tls?: { readonly serverName: string };
}

/** A listening TCP socket. */
export interface StreamListener {
  readonly address: string;
  readonly port: number;
  /** No more streams come; those that have come stay. Idempotent. */
  close(): void;
}

/** A machine to run on: network, clock, names and cryptography. */
export interface Host {
  /** Also the source of randomness (`crypto.fill`). */
  readonly crypto: CryptoProvider;
  readonly log: Log;
  /** The monotonic clock. */
  now(): Instant;
  /**
   * Milliseconds since 1970 at which `now()` was 0, fixed for the host's life: `timeOrigin + now()` is what the standards
   * call a DOMHighResTimeStamp of the performance clock.
   */
  readonly timeOrigin: number;
  /** Milliseconds since 1970 (fractions allowed): certificates and timestamps, never protocol timers. */
  wallClock(): number;
  /** Every usable address now, loopback included; link-local IPv6 with its scope. */
  localAddresses(): LocalAddress[];
  /** Tells, in a task of its own, whenever `localAddresses()` has changed since it was last told. Keeps no process alive. */
  watchAddresses(changed: () => void): Cancelable;
  /**
   * Binds a UDP socket. `port` 0: any. Calls back (possibly before returning) with the socket or an error code
   * ("EADDRINUSE", "EADDRNOTAVAIL"). `cancel` before the answer: there will be none, and nothing stays bound; after it, the
   * same as the socket's `close`.
   */
  bindUdp(
    local: LocalAddress,
    port: number,
    handlers: UdpHandlers,
    done: (socket: UdpSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable;
  /**
   * Finds out whether nobody listens at a UDP port: sends `datagram` from a socket of its own that is connected to it, which
   * hears of ICMP errors (RFC 1122 §4.1.3.3), {@link PROBE_SENDS} times, {@link PROBE_INTERVAL} ms apart. "ECONNREFUSED" as
   * soon as that is told, undefined when it is not, or when somebody has answered. A host that cannot do it leaves it out.
   */
  probeUdp?(
    local: LocalAddress,
    address: string,
    port: number,
    datagram: Uint8Array,
    done: (errorCode: string | undefined) => void,
  ): Cancelable;
  /**
   * Connects a stream. Calls back with it or with an error code ("ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", for TLS also
   * OpenSSL's and "ERR_TLS_CERT_ALTNAME_INVALID"); data comes after that. Deadline {@link STREAM_CONNECT_TIMEOUT}. `cancel`
   * as for `bindUdp`.
   */
  connectStream(
    target: StreamTarget,
    handlers: StreamHandlers,
    done: (stream: StreamSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable;
  /**
   * Listens for TCP streams. `port` 0: any. `accept` gets each of them and gives what it tells; undefined refuses it.
   * Otherwise as `bindUdp`.
   */
  listenStreams(
    local: LocalAddress,
    port: number,
    accept: (stream: StreamSocket) => StreamHandlers | undefined,
    done: (listener: StreamListener | undefined, errorCode: string | undefined) => void,
  ): Cancelable;
  /** Wakes once at or after `at`; `NEVER` does not wake. `keepAlive`: whether the process must stay alive for it. */
  setTimer(at: Instant, wake: () => void, keepAlive: boolean): Cancelable;
  /**
   * Runs `task` soon, after the current call stack and its microtasks, in the order of the calls (a task, HTML §8.1.7), and
   * the microtasks it causes before the next one. What a task throws is nobody's to catch: an uncaught exception on Node,
   * thrown out of the run in the simulated world.
   */
  queueTask(task: () => void): void;
  /** Resolves a name with the system's resolver to canonical addresses of one family; empty when it cannot. Deadline 5 s. */
  resolve(name: string, family: IpFamily, done: (addresses: readonly string[]) => void): Cancelable;
  /**
   * Resolves `<uuid>.local` by multicast DNS (RFC 6762); empty when nobody answers in time (3 tries, 3 s in all), and for
   * every name of another form, which is not asked for.
   */
  resolveMdns(name: string, done: (addresses: readonly string[]) => void): Cancelable;
  /** Answers by multicast DNS that `<uuid>.local` is this address of ours, until it is canceled. Never fails: at worst nobody hears. */
  publishMdns(name: string, address: string): Cancelable;
}
