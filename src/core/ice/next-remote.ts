import type { IceCandidate } from "../base/ice-candidate.ts";
import type { Instant } from "../base/instant.ts";
import type { Generation, RemoteParameters } from "./generation.ts";
import { MAX_REMOTE_CANDIDATES } from "./timing.ts";

/** A description of the peer that came before our own restart: it waits for it. */
export class NextRemote {
  readonly parameters: RemoteParameters;
  readonly #candidates: IceCandidate[] = [];
  #ended = false;

  constructor(parameters: RemoteParameters) {
    this.parameters = parameters;
  }

  /** A candidate that names no generation belongs to the newest. */
  wants({ usernameFragment }: IceCandidate): boolean {
    return usernameFragment === undefined || usernameFragment === this.parameters.usernameFragment;
  }

  /** False when there is no room. */
  add(candidate: IceCandidate): boolean {
    if (this.#candidates.length >= MAX_REMOTE_CANDIDATES) return false;
    this.#candidates.push(candidate);
    return true;
  }

  end(): void {
    this.#ended = true;
  }

  handTo(now: Instant, generation: Generation): void {
    for (const candidate of this.#candidates) generation.addRemote(now, candidate);
    if (this.#ended) generation.endRemote(now);
  }
}
