import { type Duration, type Instant, NEVER } from "./instant.ts";

/**
 * All the timers of one machine, in named slots. One look tells what can wake the machine and why. Slots are small
 * integers (`const T1_INIT = 0, T2_SHUTDOWN = 1`), so arming and stopping allocate nothing.
 */
export class TimerTable {
  readonly #names: readonly string[];
  readonly #deadlines: Instant[];

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#deadlines = names.map(() => NEVER);
  }

  /** Arms (or re-arms) a slot. */
  set(slot: number, deadline: Instant): void {
    this.#deadlines[slot] = deadline;
  }

  /** Arms a slot `delay` milliseconds after `now`. */
  start(slot: number, now: Instant, delay: Duration): void {
    this.#deadlines[slot] = now + delay;
  }

  stop(slot: number): void {
    this.#deadlines[slot] = NEVER;
  }

  stopAll(): void {
    this.#deadlines.fill(NEVER);
  }

  isArmed(slot: number): boolean {
    return this.#deadlines[slot] !== NEVER;
  }

  deadline(slot: number): Instant {
    return this.#deadlines[slot] ?? NEVER;
  }

  /** True, and the slot is stopped, when its deadline has come. Early wake-ups return false and change nothing. */
  expire(slot: number, now: Instant): boolean {
    const deadline = this.#deadlines[slot] ?? NEVER;
    if (deadline > now) return false;
    this.#deadlines[slot] = NEVER;
    return true;
  }

  /** The earliest deadline, {@link NEVER} when nothing is armed. */
  next(): Instant {
    let earliest = NEVER;
    for (const deadline of this.#deadlines) if (deadline < earliest) earliest = deadline;
    return earliest;
  }

  /** The name of the slot that fires next: for logs. */
  explain(): string {
    const earliest = this.next();
    if (earliest === NEVER) return "none";
    return this.#names[this.#deadlines.indexOf(earliest)] ?? "none";
  }
}
