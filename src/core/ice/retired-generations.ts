/**
 * Generations that a restart has replaced. The peer learns later than we do that another pair is nominated, or thinks so
 * later: what it still sends over the old pairs is taken for a while (RFC 8445 §8.3.1), and nothing else of them is left.
 */
import { type Instant, NEVER } from "../base/instant.ts";
import type { Path, SocketId } from "../base/path.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Generation } from "./generation.ts";
import { MAX_RETIRED_GENERATIONS } from "./timing.ts";
import { isValidOn } from "./traffic.ts";

interface Retired {
  readonly generation: Generation;
  readonly until: Instant;
}

export class RetiredGenerations {
  readonly #context: AgentContext;
  #retired: Retired[] = [];

  constructor(context: AgentContext) {
    this.#context = context;
  }

  add(now: Instant, generation: Generation): void {
    const { transactions, timing } = this.#context;
    transactions.endAll((purpose) => purpose.kind === "check" && purpose.generation === generation);
    // What no peer has been heard on may go at once.
    const lingers = generation.checklist.pairs.some(({ checkReceived }) => checkReceived);
    this.#retired.push({ generation, until: lingers ? now + timing.retiredFor : now });
  }

  /** When the oldest one ends. */
  get nextExpiry(): Instant {
    return this.#retired[0]?.until ?? NEVER;
  }

  /** Ends those whose time is over, or that are too many; returns their sockets. */
  expire(now: Instant): SocketId[] {
    const kept = this.#retired.filter(({ until }) => until > now).slice(-MAX_RETIRED_GENERATIONS);
    return this.#keep(kept);
  }

  /** Ends all of them; returns their sockets. */
  clear(): SocketId[] {
    return this.#keep([]);
  }

  #keep(kept: Retired[]): SocketId[] {
    const ended = this.#retired.filter((one) => !kept.includes(one));
    this.#retired = kept;
    return ended.flatMap(({ generation }) => generation.gatherer.sockets);
  }

  uses(socket: SocketId): boolean {
    return this.#retired.some(({ generation }) => generation.gatherer.sockets.includes(socket));
  }

  isValidPath(path: Path): boolean {
    return this.#retired.some(({ generation }) => isValidOn(generation, path));
  }

  removeSocket(socket: SocketId): void {
    for (const { generation } of this.#retired) generation.removeSocket(socket);
  }
}
