import { equalConstantTime } from "../../base/constant-time.ts";
import type { Instant } from "../../base/instant.ts";
import { type Random, randomBytes } from "../../base/random.ts";

const INFO_LENGTH = 8;

/** The HEARTBEAT that is on its way (RFC 9260 §8.3). Answers measure the round trip; silence has no meaning here. */
export class Heartbeat {
  readonly #random: Random;
  #info: Uint8Array | undefined;
  #sentAt: Instant = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The info of the HEARTBEAT that goes out now. */
  begin(now: Instant): Uint8Array {
    this.#info = randomBytes(this.#random, INFO_LENGTH);
    this.#sentAt = now;
    return this.#info;
  }

  /** The round-trip time that an answer with `info` shows; undefined when we did not ask for it, or it came twice. */
  answered(now: Instant, info: Uint8Array): number | undefined {
    if (this.#info === undefined || !equalConstantTime(this.#info, info)) return undefined;
    this.#info = undefined;
    return now - this.#sentAt;
  }
}
