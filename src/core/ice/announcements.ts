import type { IceCandidate } from "../base/ice-candidate.ts";
import type { AgentContext } from "./agent-context.ts";

/** The local candidates that one generation has told. */
export class Announcements {
  readonly #context: AgentContext;
  readonly #usernameFragment: string;
  readonly #told: IceCandidate[] = [];

  constructor(context: AgentContext, usernameFragment: string) {
    this.#context = context;
    this.#usernameFragment = usernameFragment;
  }

  /** Tells about a candidate unless one with the same transport address was told already (RFC 8445 §5.1.3). */
  announce(candidate: IceCandidate): void {
    const { address, port } = candidate;
    if (this.#told.some((other) => other.address === address && other.port === port)) return;
    this.#told.push(candidate);
    this.#context.events.push({ type: "candidate", candidate, usernameFragment: this.#usernameFragment });
  }
}
