/**
 * What the application hears of candidate pairs, and its say in them (webrtc-extensions, "RTCIceTransport extensions"): a number for
 * each pair that is formed, and proposals that wait for its decision. An agent without supervision tells nothing and waits for
 * nobody.
 */
import type { IceCandidate } from "../base/ice-candidate.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import type { IceEvent } from "./ice-event.ts";

interface Shown {
  readonly number: number;
  readonly local: IceCandidate;
  readonly remote: IceCandidate;
}

export class PairRegister {
  /** The application is asked. */
  readonly isSupervised: boolean;
  readonly #tell: (event: IceEvent) => void;
  readonly #pairs = new Map<number, CandidatePair>();
  /** A pair is shown again when it turns out to be between other candidates: a valid pair is one of its own (RFC 8445 §7.2.5.3.2). */
  readonly #shown = new Map<CandidatePair, Shown[]>();
  #last = 0;
  /** What the application has been asked about. */
  #proposal: CandidatePair | undefined;
  readonly #refused = new WeakSet<CandidatePair>();
  /** What has been asked of the agent, and is answered when everything that follows from it has been told. */
  #answers: IceEvent[] = [];

  constructor(isSupervised: boolean, tell: (event: IceEvent) => void) {
    this.isSupervised = isSupervised;
    this.#tell = tell;
  }

  added(pair: CandidatePair): void {
    this.numberOf(pair);
  }

  /** The number of a pair as it is now, which is told when it is new; undefined without supervision. */
  numberOf(pair: CandidatePair): number | undefined {
    if (!this.isSupervised) return undefined;
    const { local } = pair;
    const remote = pair.remote.candidate;
    const shown = this.#shown.get(pair) ?? [];
    const known = shown.find((one) => one.local === local && one.remote === remote);
    if (known !== undefined) return known.number;
    const number = ++this.#last;
    this.#shown.set(pair, [...shown, { number, local, remote }]);
    this.#pairs.set(number, pair);
    this.#tell({ type: "pair-added", pair: number, local, remote });
    return number;
  }

  find(number: number): CandidatePair | undefined {
    return this.#pairs.get(number);
  }

  removed(pair: CandidatePair): void {
    if (this.#proposal === pair) this.#proposal = undefined;
    for (const { number } of this.#shown.get(pair) ?? []) {
      this.#pairs.delete(number);
      this.#tell({ type: "pair-removed", pair: number });
    }
    this.#shown.delete(pair);
  }

  removedAll(pairs: readonly CandidatePair[]): void {
    if (this.isSupervised) for (const pair of pairs) this.removed(pair);
  }

  /** Asks whether `pair` may be nominated. True: nobody is to be asked. */
  propose(pair: CandidatePair): boolean {
    const number = this.numberOf(pair);
    if (number === undefined) return true;
    if (this.#proposal !== undefined || this.#refused.has(pair)) return false;
    this.#proposal = pair;
    this.#tell({ type: "nomination-proposed", pair: number });
    return false;
  }

  /** The answer to a proposal: the pair that may be nominated, if it is still there. */
  decided(number: number, accepted: boolean): CandidatePair | undefined {
    const pair = this.#pairs.get(number);
    if (pair === undefined || pair !== this.#proposal) return undefined;
    this.#proposal = undefined;
    if (accepted) return pair;
    this.#refused.add(pair);
    return undefined;
  }

  /** The application has chosen the pair: it is asked about it again. */
  reconsider(pair: CandidatePair): void {
    this.#refused.delete(pair);
  }

  /** Whether what `request` has asked for has happened. */
  answer(request: number, succeeded: boolean): void {
    this.#answers.push({ type: "selection", request, succeeded });
  }

  flush(): void {
    for (const answer of this.#answers.splice(0)) this.#tell(answer);
  }
}
