import type { IceCandidateType } from "../base/ice-candidate.ts";

/**
 * Foundations (RFC 8445 §5.1.1.3): equal exactly for candidates of the same type, base address and server. They are small
 * numbers, so they tell a peer nothing about addresses.
 */
export class Foundations {
  readonly #known = new Map<string, string>();
  #last = 0;

  /** The foundation of a local candidate. `server`: the address it was learnt from, for reflexive ones. */
  of(type: IceCandidateType, baseAddress: string, server = ""): string {
    const key = `${type} ${baseAddress} ${server}`;
    let foundation = this.#known.get(key);
    if (foundation === undefined) {
      foundation = this.fresh();
      this.#known.set(key, foundation);
    }
    return foundation;
  }

  /** One that nobody has: for peer-reflexive candidates (RFC 8445 §7.2.5.3.1, §7.3.1.3). */
  fresh(): string {
    return String(++this.#last);
  }
}
