import type { IceCandidate } from "../base/ice-candidate.ts";
import type { AgentContext } from "./agent-context.ts";

/** The local candidates that one generation has told. */
export class Announcements {
  readonly #context: AgentContext;
  /** The generation's. */
  usernameFragment: string;
  readonly #told: IceCandidate[] = [];

  constructor(context: AgentContext, usernameFragment: string) {
    this.#context = context;
    this.usernameFragment = usernameFragment;
  }

  /**
   * Tells about a candidate unless one with the same transport address was told already (RFC 8445 §5.1.3), or the application
   * does not want its type told.
   */
  announce(candidate: IceCandidate): void {
    const { candidateTypes } = this.#context.options;
    const { address, port, protocol, type } = candidate;
    if (candidateTypes !== undefined && !candidateTypes.some((told) => told === type)) return;
    if (
      this.#told.some(
        (other) => other.address === address && other.port === port && other.protocol === protocol,
      )
    )
      return;
    this.#told.push(candidate);
    this.#context.events.push({ type: "candidate", candidate, usernameFragment: this.usernameFragment });
  }
}
