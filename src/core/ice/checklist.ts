/**
 * The checklist of one component (RFC 8445 §6.1.2) with its triggered-check queue (§6.1.4.1), best pair first. There is no
 * Frozen state: with one data stream and one component it would only delay checks (docs/ice.md).
 */
import type { Instant } from "../base/instant.ts";
import { type Path, samePath } from "../base/path.ts";
import { type CandidatePair, FAILED, type LocalBase, WAITING } from "./candidate-pair.ts";
import type { PairRegister } from "./pair-register.ts";
import { comparePairPriorities } from "./priority.ts";
import { MAX_PAIRS } from "./timing.ts";

export class Checklist {
  readonly #register: PairRegister;
  #pairs: CandidatePair[] = [];
  /** In the order in which they were asked for; unique, so no longer than the list of pairs. */
  #triggered: CandidatePair[] = [];

  /** `register`: hears of every pair that comes and goes. */
  constructor(register: PairRegister) {
    this.#register = register;
  }

  /** Best first. */
  get pairs(): readonly CandidatePair[] {
    return this.#pairs;
  }

  /**
   * Inserts a pair. Beyond {@link MAX_PAIRS} the least preferred pair goes whose check does not run and has not succeeded
   * (RFC 8445 §6.1.2.5). False when that is the new one.
   */
  add(pair: CandidatePair): boolean {
    this.#pairs.push(pair);
    this.#sort();
    const removed = this.#pairs.length > MAX_PAIRS ? this.#removeWorst() : undefined;
    if (removed === pair) return false;
    if (removed !== undefined) this.#register.removed(removed);
    this.#register.added(pair);
    return true;
  }

  #removeWorst(): CandidatePair | undefined {
    for (let i = this.#pairs.length - 1; i >= 0; i--) {
      const { state } = this.#pairs[i]!;
      if (state.name !== "waiting" && state.name !== "failed") continue;
      const [removed] = this.#pairs.splice(i, 1);
      this.#triggered = this.#triggered.filter((other) => other !== removed);
      return removed;
    }
    return undefined;
  }

  /** The application does not want it. */
  remove(pair: CandidatePair): void {
    this.#pairs = this.#pairs.filter((other) => other !== pair);
    this.#triggered = this.#triggered.filter((other) => other !== pair);
    this.#register.removed(pair);
  }

  /** The pair on this 5-tuple. Pairs are unique by it: redundant candidates never get this far (RFC 8445 §6.1.2.4). */
  find(path: Path): CandidatePair | undefined {
    return this.#pairs.find((pair) => samePath(pair.path, path));
  }

  has(pair: CandidatePair): boolean {
    return this.#pairs.includes(pair);
  }

  /** Puts a pair into the triggered-check queue, once. */
  trigger(pair: CandidatePair): void {
    if (this.#triggered.includes(pair)) return;
    if (pair.state.name !== "succeeded") pair.state = WAITING;
    this.#triggered.push(pair);
  }

  /** Looks whether the valid pairs beside this one still work. */
  triggerValidBeside(pair: CandidatePair): void {
    for (const other of this.#pairs) {
      if (other !== pair && other.state.name === "succeeded") this.trigger(other);
    }
  }

  /** As `trigger`, ahead of all others: for nominations. */
  triggerFirst(pair: CandidatePair): void {
    this.#triggered = [pair, ...this.#triggered.filter((other) => other !== pair)];
  }

  /** Takes the next pair out of the triggered-check queue. */
  nextTriggered(): CandidatePair | undefined {
    return this.#triggered.shift();
  }

  get hasTriggered(): boolean {
    return this.#triggered.length > 0;
  }

  /** The best pair that waits for its first check. */
  nextWaiting(): CandidatePair | undefined {
    return this.#pairs.find((pair) => pair.state.name === "waiting");
  }

  /** The best valid pair. */
  bestValid(): CandidatePair | undefined {
    return this.#pairs.find((pair) => pair.state.name === "succeeded");
  }

  /** The best valid pair that the peer has checked, too. */
  bestConfirmed(): CandidatePair | undefined {
    return this.#pairs.find((pair) => pair.state.name === "succeeded" && pair.checkReceived);
  }

  /** True when a pair above `pair` may still become valid. */
  hasBetterCandidate(pair: CandidatePair): boolean {
    for (const other of this.#pairs) {
      if (other === pair) return false;
      if (other.state.name === "waiting" || other.state.name === "in-progress") return true;
    }
    return false;
  }

  /** Pairs whose check waits or runs: N of the RTO formula (RFC 8445 §14.3). */
  get openCount(): number {
    let count = 0;
    for (const { state } of this.#pairs) {
      if (state.name === "waiting" || state.name === "in-progress") count++;
    }
    return count;
  }

  /** True when no check runs and none is asked for. */
  get idle(): boolean {
    return !this.hasTriggered && !this.#pairs.some((pair) => pair.state.name === "in-progress");
  }

  /** What was found out is out of date: every pair waits for a check again. */
  reconsider(): void {
    for (const pair of this.#pairs) pair.state = WAITING;
  }

  /** What has answered before `since` only waits for a check again. */
  doubt(since: Instant): void {
    for (const pair of this.#pairs) {
      if (pair.state.name === "succeeded" && pair.lastAnswer < since) pair.state = WAITING;
    }
  }

  /** After a change of role, or of a remote candidate's priority (RFC 8445 §7.3.1.1). */
  updatePriorities(controlling: boolean): void {
    for (const pair of this.#pairs) pair.updatePriority(controlling);
    this.#sort();
  }

  removeBase(base: LocalBase): void {
    this.#register.removedAll(this.#pairs.filter((pair) => pair.base === base));
    this.#pairs = this.#pairs.filter((pair) => pair.base !== base);
    this.#triggered = this.#triggered.filter((pair) => pair.base !== base);
  }

  /** Nothing is checked any more. The pairs stay, for statistics. */
  failAll(): void {
    for (const pair of this.#pairs) pair.state = FAILED;
    this.#triggered = [];
  }

  clear(): void {
    this.#pairs = [];
    this.#triggered = [];
  }

  #sort(): void {
    this.#pairs.sort((a, b) => comparePairPriorities(b.priority, a.priority));
  }
}
