import type { IceOptions } from "../core/base/ice-options.ts";
import type { CertificateWithKey } from "../core/crypto/certificate-with-key.ts";
import type { EngineCommand, EngineEvent } from "../core/session/protocol.ts";
import type { Host } from "./host.ts";

/** The engine of one connection as `api` sees it, wherever it runs. */
export interface EnginePort {
  /** Never throws; ignored after "close". Events it causes are delivered later, never inside this call. */
  command(command: EngineCommand): void;
}

/** What an engine is opened with. */
export interface EngineOptions {
  /** Their index is their `CertificateId`. */
  readonly certificates: readonly CertificateWithKey[];
  /** What ICE is asked beyond the W3C configuration. */
  readonly ice?: IceOptions | undefined;
  /** Candidate pairs are told by events, and each nomination waits for a decision. */
  readonly supervised?: boolean | undefined;
}

/**
 * Opens an engine on a host. `deliver` gets every event in order, outside of any call into the port, each in a task of
 * its own (microtasks run between them; the list has more than one member only where the events belong to one task). The
 * last event of all is "ended".
 */
export type OpenEngine = (
  host: Host,
  options: EngineOptions,
  deliver: (events: readonly EngineEvent[]) => void,
) => EnginePort;
