import { type Instant, NEVER } from "../base/instant.ts";
import type { Liveness } from "./consent.ts";
import type { Generation } from "./generation.ts";
import type { IceTransportState } from "./ice-event.ts";

/** What an agent watches. */
export interface Watch {
  readonly state: IceTransportState;
  /** Of the pair in use, or of the one that was. */
  readonly consent: Liveness | undefined;
  readonly active: boolean;
  /** The pair in use is the current generation's, and not suspected yet. */
  readonly maySuspect: boolean;
  readonly searching: boolean;
}

/** When the passing of time alone changes something: a consent check is due, or the state changes. */
export function nextChange(generation: Generation, watch: Watch): Instant {
  const { state, consent, active, maySuspect, searching } = watch;
  let at = NEVER;
  if (consent !== undefined) {
    at = consent.expireAt;
    if (active) at = Math.min(at, consent.nextCheck);
    if (maySuspect) at = Math.min(at, consent.suspectAt);
    if (state === "connected" || state === "completed") at = Math.min(at, consent.disconnectAt);
    if (state === "connected") at = Math.min(at, generation.completeAt);
  }
  if (!searching) return at;
  at = Math.min(at, generation.checkingUntil);
  return state === "checking" && consent === undefined ? Math.min(at, generation.hopelessAt) : at;
}
