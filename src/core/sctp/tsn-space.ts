/**
 * One direction's transmission sequence numbers, unwrapped at the door (RFC 9260 §1.6): inside, the initial TSN is 0, each
 * later one is one more, and plain `<` compares them. They stay small integers for the first 2^30 chunks.
 */
export class TsnSpace {
  readonly #initial: number;

  /** `initial`: the initial TSN as on the wire. */
  constructor(initial: number) {
    this.#initial = initial >>> 0;
  }

  /** As it goes on the wire. */
  toWire(tsn: number): number {
    return (this.#initial + tsn) >>> 0;
  }

  /** The number nearest to `near` that `wire` can stand for; may be negative. */
  fromWire(wire: number, near: number): number {
    return near + ((wire - this.#initial - near) | 0);
  }
}
