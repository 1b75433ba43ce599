/**
 * The port between the project and the machine it runs on. `src/node` implements it with Node's sockets, `src/sim` with a
 * simulated world; `test/host-contract.ts` holds both to the same behaviour. Everything asynchronous is a callback that
 * is called exactly once, never synchronously from inside the call (unless it says so), and never after `close`/`cancel`.
 */
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
   * (unreachable, too long, no such address) goes to `UdpHandlers.error`, later. After `close` it does nothing.
   */
  send(datagram: Uint8Array, length: number, address: string, port: number): boolean;
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

/** A machine to run on: network, clock, names and cryptography. */
export interface Host {
  /** Also the source of randomness (`crypto.fill`). */
  readonly crypto: CryptoProvider;
  readonly log: Log;
  /** The monotonic clock. */
  now(): Instant;
  /** Milliseconds since 1970 (fractions allowed): certificates and timestamps, never protocol timers. */
  wallClock(): number;
  /** Every usable address now, loopback included; link-local IPv6 with its scope. */
  localAddresses(): LocalAddress[];
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
}
