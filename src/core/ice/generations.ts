/**
 * The generations of one agent: the one that is being connected, the one before it as long as its pair carries data, and those
 * that only listen. Together they know which sockets are still in use.
 */
import type { Instant } from "../base/instant.ts";
import type { Path, SocketId } from "../base/path.ts";
import type { ActivePair, AgentContext } from "./agent-context.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import { Generation } from "./generation.ts";
import { RetiredGenerations } from "./retired-generations.ts";
import { isValidOn } from "./traffic.ts";

export class Generations {
  readonly #context: AgentContext;
  readonly #retired: RetiredGenerations;
  #current: Generation;
  /** After a restart: what still carries data until the new generation has a nominated pair. */
  #previous: ActivePair | undefined;
  /** Asked per datagram, and mostly about the same path. */
  #lastValidPath: Path | undefined;

  constructor(context: AgentContext, first: Generation) {
    this.#context = context;
    this.#retired = new RetiredGenerations(context);
    this.#current = first;
  }

  get current(): Generation {
    return this.#current;
  }

  get previous(): ActivePair | undefined {
    return this.#previous;
  }

  /** After a restart a pair of before still carries data. */
  get isReplacing(): boolean {
    return this.#previous !== undefined;
  }

  /** Those whose checks are answered. */
  get all(): readonly Generation[] {
    const previous = this.#previous?.generation;
    return previous === undefined ? [this.#current] : [this.#current, previous];
  }

  /** A restart (RFC 8445 §9): a new generation. `active`: the pair that carries data, which it goes on to do. */
  begin(now: Instant, usernameFragment: string, key: Uint8Array, active: ActivePair | undefined): void {
    const { transactions } = this.#context;
    const abandoned = this.#current;
    abandoned.gatherer.abandonRelays();
    if (active !== undefined) this.#previous = active;
    this.#current = new Generation(this.#context, usernameFragment, key);
    const kept = this.#previous;
    transactions.endAll(
      (purpose) => purpose.kind === "server" || purpose.use !== "consent" || purpose.pair !== kept?.pair,
    );
    // The peer may use already what is abandoned here.
    if (abandoned !== kept?.generation) this.#retire(now, abandoned);
    this.releaseAll(this.#retired.expire(now));
  }

  /** The restart was rolled back: the generation before it goes on. */
  resume(previous: Generation): void {
    const abandoned = this.#current;
    abandoned.gatherer.abandonRelays();
    this.#current = previous;
    this.#previous = undefined;
    this.#context.transactions.endAll(
      (purpose) => purpose.kind === "server" || purpose.generation === abandoned,
    );
    this.#context.pairs.removedAll(abandoned.checklist.pairs);
    this.releaseAll(abandoned.gatherer.sockets);
  }

  /** The current one without its peer, which another one takes over from; of generations before nothing is left. */
  succeed(now: Instant): void {
    this.retirePrevious(now);
    this.retireNone();
    this.#context.pairs.removedAll(this.#current.checklist.pairs);
    this.#current = this.#current.again();
  }

  /** The current generation has taken over: the one before it only listens from now on. */
  retirePrevious(now: Instant): void {
    if (this.#previous === undefined) return;
    this.#retire(now, this.#previous.generation);
    this.#previous = undefined;
    this.releaseAll(this.#retired.expire(now));
  }

  #retire(now: Instant, generation: Generation): void {
    this.#context.pairs.removedAll(generation.checklist.pairs);
    this.#retired.add(now, generation);
  }

  /** The pair of before the restart is lost. */
  forgetPrevious(): void {
    this.#context.pairs.removedAll(this.#previous?.generation.checklist.pairs ?? []);
    this.#previous = undefined;
  }

  /** Consent is lost, or nothing was found: the current one has ended, and only a restart helps. */
  failCurrent(): void {
    this.#current.fail();
    this.#context.transactions.endAll(({ kind }) => kind === "check");
  }

  /** Nothing listens any more but the generations that are answered. */
  retireNone(): void {
    this.releaseAll(this.#retired.clear());
  }

  /** When the next one ends that only listens. */
  get nextExpiry(): Instant {
    return this.#retired.nextExpiry;
  }

  /** Ends those whose time is over. */
  expire(now: Instant): void {
    this.releaseAll(this.#retired.expire(now));
  }

  /** A socket of theirs is gone, with all that went over it: `lost` is asked to end that. */
  removeSocket(
    socket: SocketId,
    lost: (going: SocketId, isGone: (pair: CandidatePair) => boolean) => void,
  ): void {
    for (const generation of this.all) {
      for (const going of generation.gatherer.goingWith(socket)) {
        generation.removeSocket(going);
        const isGone = (pair: CandidatePair) => pair.base.socket === going;
        if (this.#previous !== undefined && isGone(this.#previous.pair)) this.#previous = undefined;
        lost(going, isGone);
      }
    }
    this.#retired.removeSocket(socket);
    this.pathsChanged();
  }

  /** The application wants a pair to go. */
  removePair(now: Instant, pair: CandidatePair): void {
    for (const generation of this.all) if (generation.checklist.has(pair)) generation.removePair(now, pair);
    if (this.#previous?.pair === pair) this.#previous = undefined;
    this.pathsChanged();
  }

  /** True when DTLS and SRTP may be taken from this 5-tuple: it is proven, or was before a restart a moment ago. */
  isValidPath(path: Path): boolean {
    if (path === this.#lastValidPath) return true;
    const valid = this.all.some((one) => isValidOn(one, path)) || this.#retired.isValidPath(path);
    if (valid) this.#lastValidPath = path;
    return valid;
  }

  /** What was valid need not be so any more. */
  pathsChanged(): void {
    this.#lastValidPath = undefined;
  }

  /** Gives a socket back unless a generation still uses it. */
  release(socket: SocketId): void {
    if (this.all.some(({ gatherer }) => gatherer.sockets.includes(socket))) return;
    if (this.#retired.uses(socket)) return;
    this.#context.events.push({ type: "release-socket", socket });
  }

  /** {@link release} for each of them. */
  releaseAll(sockets: readonly SocketId[]): void {
    this.pathsChanged();
    for (const socket of sockets) this.release(socket);
  }

  /** Nothing is left. */
  clear(): void {
    this.#current.checklist.clear();
    this.#retired.clear();
    this.#previous = undefined;
    this.pathsChanged();
  }
}
