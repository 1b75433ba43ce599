/** The pair that data goes over, and its life: which one it is, consent to send on it (RFC 7675), suspicion, loss. */
import type { Instant } from "../base/instant.ts";
import { type Path, samePath } from "../base/path.ts";
import type { ActivePair, AgentContext } from "./agent-context.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import { Consent, type Liveness } from "./consent.ts";
import type { Generations } from "./generations.ts";
import { sendKeepAlive } from "./lite.ts";
import { LiteConsent } from "./lite-consent.ts";
import { sendCheck } from "./outgoing-checks.ts";
import { suspect } from "./roles.ts";

export class PairInUse {
  readonly #context: AgentContext;
  readonly #generations: Generations;
  #active: ActivePair | undefined;
  #consent: Liveness | undefined;
  #suspected = false;

  constructor(context: AgentContext, generations: Generations) {
    this.#context = context;
    this.#generations = generations;
  }

  get active(): ActivePair | undefined {
    return this.#active;
  }

  get pair(): CandidatePair | undefined {
    return this.#active?.pair;
  }

  /** Of the active pair; outlives it while "disconnected". */
  get consent(): Liveness | undefined {
    return this.#consent;
  }

  /** It does not answer, and others may take over. */
  get isSuspected(): boolean {
    return this.#suspected;
  }

  /** It is the current generation's, and not suspected yet. */
  get maySuspect(): boolean {
    return !this.#suspected && this.#active?.generation === this.#generations.current;
  }

  /** True for the path that data goes over. */
  isOn(path: Path): boolean {
    return this.#active !== undefined && samePath(path, this.#active.pair.path);
  }

  /** What the generations have decided: the chosen or nominated pair, before that the best valid one. */
  choose(now: Instant): void {
    const generations = this.#generations;
    const generation = generations.current;
    const decided = generation.chosen ?? generation.selected;
    if (decided !== undefined) generations.retirePrevious(now);
    const pair = decided ?? (generations.isReplacing ? undefined : generation.checklist.bestValid());
    const active = pair === undefined ? generations.previous : { generation, pair };
    if (active?.pair === this.#active?.pair) return;
    const { statistics, timing, random, events, options, pairs } = this.#context;
    statistics.selectedPairChanges++;
    this.#active = active;
    if (active === undefined) return; // consent of the lost pair runs on: it times "failed"
    const { local, remote, path, lastAnswer } = active.pair;
    this.#consent = options.lite
      ? new LiteConsent(now, lastAnswer, timing, !generation.isUnchecked)
      : new Consent(now, lastAnswer, timing, random);
    this.#suspected = false;
    const number = pairs.numberOf(active.pair);
    events.push({ type: "selected-pair", pair: number, local, remote: remote.candidate, path });
  }

  /** Looks whether it still answers, and for another one when it does not. */
  suspect(now: Instant): void {
    const { current } = this.#generations;
    const pair = this.#active?.generation === current ? this.#active.pair : undefined;
    this.#suspected = suspect(this.#context, now, current, pair, this.#consent, this.#suspected);
  }

  /** Looks after it now, whatever its turn: something suggests that it does not work any more. */
  probe(now: Instant): void {
    this.#consent?.probe(now);
    this.watch(now);
  }

  /** Consent: sends the next check, loses the pair when it is over (RFC 7675 §5.1). */
  watch(now: Instant): void {
    const consent = this.#consent;
    if (consent === undefined) return;
    if (consent.expireAt <= now) {
      this.#lose();
      return;
    }
    if (this.#active === undefined || consent.nextCheck > now) return;
    consent.checkSent(now);
    const { pair, generation } = this.#active;
    if (this.#context.options.lite) sendKeepAlive(this.#context, pair);
    else if (!this.#context.transactions.full) sendCheck(this.#context, now, generation, pair, "consent");
  }

  /** There is none any more, and no consent on what was. */
  forget(): void {
    this.#consent = undefined;
    this.#active = undefined;
    this.#generations.pathsChanged();
  }

  /** A restart has begun, and the pair is gone: nothing waits for it to come back. */
  forgetConsent(): void {
    this.#consent = undefined;
  }

  #lose(): void {
    const generations = this.#generations;
    const lost = this.#active?.generation ?? generations.current;
    if (this.#active !== undefined) this.#context.statistics.selectedPairChanges++;
    this.forget();
    if (lost === generations.current) generations.failCurrent();
    else generations.forgetPrevious();
  }
}
