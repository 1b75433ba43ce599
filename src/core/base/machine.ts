import type { Instant } from "./instant.ts";
import type { Path, Transmit } from "./path.ts";

/**
 * What every protocol machine that meets the network looks like (docs/architecture.md, "Machines"). After any
 * `handle…` or command: drain `pollTransmit`, then `pollEvent`, then read `nextTimeout`. No listeners, no promises.
 *
 * Machines that ride inside another one (DTLS over ICE, SCTP over DTLS) have the same verbs without the path.
 */
export interface Machine<Event> {
  /** `datagram` is borrowed until return and may be changed in place (decryption). Never throws on a peer's bytes. */
  handleDatagram(now: Instant, path: Path, datagram: Uint8Array): void;
  /** Idempotent; tolerates early and late calls. */
  handleTimeout(now: Instant): void;
  /** Writes at most one datagram into `out` and says where it goes; false: nothing owed. */
  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean;
  pollEvent(): Event | undefined;
  /** When `handleTimeout` wants to be called; `NEVER` if not at all. */
  nextTimeout(): Instant;
}

/** A machine inside another one: same contract, the path is its carrier's business. */
export interface InnerMachine<Event> {
  handleDatagram(now: Instant, datagram: Uint8Array): void;
  handleTimeout(now: Instant): void;
  /** Writes at most one datagram into `out`; returns its length, 0 when nothing is owed. */
  pollTransmit(now: Instant, out: Uint8Array): number;
  pollEvent(): Event | undefined;
  nextTimeout(): Instant;
}
