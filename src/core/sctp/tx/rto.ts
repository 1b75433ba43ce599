import type { Duration } from "../../base/instant.ts";
import type { SctpLimits } from "../limits.ts";

/** RTO.Alpha and RTO.Beta (RFC 9260 §16). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;
/** Clock granularity G (RFC 9260 §6.3.1 C5), milliseconds. */
const GRANULARITY = 1;
/** Longer measurements are no round trips (a sleeping machine, a jumping clock), milliseconds. */
const MAX_PLAUSIBLE_RTT = 60_000;

/** The retransmission timeout (RFC 9260 §6.3.1), milliseconds. */
export class RetransmissionTimeout {
  readonly #min: Duration;
  readonly #max: Duration;
  readonly #initial: Duration;
  #srtt: Duration | undefined;
  #rttvar: Duration = 0;
  #rto: Duration;

  constructor(limits: SctpLimits) {
    this.#min = limits.rtoMin;
    this.#max = limits.rtoMax;
    this.#initial = limits.rtoInitial;
    this.#rto = limits.rtoInitial;
  }

  get rto(): Duration {
    return this.#rto;
  }

  /** Undefined before the first measurement. */
  get srtt(): Duration | undefined {
    return this.#srtt;
  }

  /** Takes a round-trip time in: rules C2, C3, C6, C7. Impossible ones are ignored. */
  measured(rtt: Duration): void {
    if (!(rtt >= 0 && rtt <= MAX_PLAUSIBLE_RTT)) return;
    if (this.#srtt === undefined) {
      this.#srtt = rtt;
      this.#rttvar = rtt / 2;
    } else {
      this.#rttvar = (1 - BETA) * this.#rttvar + BETA * Math.abs(this.#srtt - rtt);
      this.#srtt = (1 - ALPHA) * this.#srtt + ALPHA * rtt;
    }
    const rto = this.#srtt + 4 * Math.max(this.#rttvar, GRANULARITY);
    this.#rto = Math.min(Math.max(rto, this.#min), this.#max);
  }

  /** Nothing measured so far counts any more: rule C1. */
  restart(): void {
    this.#srtt = undefined;
    this.#rttvar = 0;
    this.#rto = this.#initial;
  }

  /** The timer ran out: rule E2, doubles up to the maximum. */
  backOff(): void {
    this.#rto = Math.min(this.#rto * 2, this.#max);
  }
}
