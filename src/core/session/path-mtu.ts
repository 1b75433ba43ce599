import { type Duration, type Instant, NEVER } from "../base/instant.ts";

/** RFC 8899 §5.1.2 MAX_PROBES: a size is given up after that many probes without an answer. */
export const PROBE_TRIES = 3;
/** RFC 8899 §5.1.1 PROBE_TIMER: how long an answer may take beyond the path's round trip, ms. */
export const PROBE_TIMER: Duration = 250;
/** RFC 8899 §5.1.1 PMTU_RAISE_TIMER: a path may have become wider, ms. */
export const PMTU_RAISE_TIMER: Duration = 600_000;
/** Retransmission timeouts in a row that make a larger size suspect (RFC 8899 §4.3, black hole detection). */
export const BLACK_HOLE_TIMEOUTS = 2;

/**
 * Sizes of links that are common, as datagrams: IPv6 minimum, PPPoE and tunnels, Ethernet over IPv6 and IPv4, jumbo
 * frames. Tried from the largest that the local link allows downwards, because the largest is the likeliest.
 */
const COMMON_SIZES = [1232, 1372, 1420, 1444, 1452, 1472, 8952, 8972] as const;

type Search =
  | { readonly name: "idle" }
  | { readonly name: "probing"; readonly size: number; tries: number; deadline: Instant; inFlight: boolean }
  | { readonly name: "complete"; readonly raiseAt: Instant };

/**
 * Datagram packetization layer path MTU discovery (RFC 8899) for one path: decides which size to probe and what the
 * answers mean. All sizes are UDP payloads in bytes. Holds no packets: the session sends the probes.
 */
export class PathMtu {
  readonly #base: number;
  #ceiling: number;
  #confirmed: number;
  /** The smallest size known not to get through. */
  #refused = Number.POSITIVE_INFINITY;
  #search: Search = { name: "idle" };

  /** `base` always works; nothing above `ceiling` is ever tried. */
  constructor(base: number, ceiling: number) {
    this.#base = base;
    this.#ceiling = Math.max(base, ceiling);
    this.#confirmed = base;
  }

  /** The largest datagram that is known to get through. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** A path of its own begins: nothing is known of it but that the base works. */
  restart(ceiling: number): void {
    this.#ceiling = Math.max(this.#base, ceiling);
    this.#confirmed = this.#base;
    this.#refused = Number.POSITIVE_INFINITY;
    this.#search = { name: "idle" };
  }

  /** The size to probe now; undefined when none is due. The caller sends it at once. */
  nextProbe(now: Instant, roundTripTime: Duration): number | undefined {
    if (this.#search.name === "complete") {
      if (now < this.#search.raiseAt) return undefined;
      this.#refused = Number.POSITIVE_INFINITY;
      this.#search = { name: "idle" };
    }
    if (this.#search.name === "idle" && !this.#choose(now)) return undefined;
    const search = this.#search;
    if (search.name !== "probing" || search.inFlight) return undefined;
    search.inFlight = true;
    search.tries++;
    search.deadline = now + 2 * roundTripTime + PROBE_TIMER;
    return search.size;
  }

  /** The peer has received a probe of `size`. True when that is news. */
  acknowledged(now: Instant, size: number): boolean {
    if (size <= this.#confirmed || size > this.#ceiling) return false;
    this.#confirmed = size;
    this.#search = { name: "idle" };
    this.#choose(now);
    return true;
  }

  /** Idempotent. Gives a probe up whose answer is overdue. */
  handleTimeout(now: Instant): void {
    const search = this.#search;
    if (search.name !== "probing" || !search.inFlight || now < search.deadline) return;
    search.inFlight = false;
    if (search.tries < PROBE_TRIES) return;
    this.#refused = search.size;
    this.#search = { name: "idle" };
    this.#choose(now);
  }

  /** Data was not acknowledged `count` times in a row. True when the size falls back to the base because of it. */
  retransmissionTimeouts(now: Instant, count: number): boolean {
    if (count < BLACK_HOLE_TIMEOUTS || this.#confirmed === this.#base) return false;
    this.#refused = this.#confirmed;
    this.#confirmed = this.#base;
    this.#search = { name: "complete", raiseAt: now + PMTU_RAISE_TIMER };
    return true;
  }

  nextTimeout(): Instant {
    switch (this.#search.name) {
      case "probing":
        return this.#search.inFlight ? this.#search.deadline : NEVER;
      case "complete":
        return this.#search.raiseAt;
      default:
        return NEVER;
    }
  }

  /** Takes the largest size that may work; false, and the search is complete, when there is none. */
  #choose(now: Instant): boolean {
    let best = this.#ceiling < this.#refused ? this.#ceiling : 0;
    if (best === 0)
      for (const size of COMMON_SIZES) if (size < this.#refused && size <= this.#ceiling) best = size;
    if (best <= this.#confirmed) {
      this.#search = {
        name: "complete",
        raiseAt: this.#confirmed < this.#ceiling ? now + PMTU_RAISE_TIMER : NEVER,
      };
      return false;
    }
    this.#search = { name: "probing", size: best, tries: 0, deadline: NEVER, inFlight: false };
    return true;
  }
}
