/** What a lite agent does in place of checks of its own (RFC 8445 §2.5): it takes what the peer has checked, and nominates. */

import type { Instant } from "../base/instant.ts";
import { randomBytes } from "../base/random.ts";
import {
  ICE_CONTROLLED,
  NOMINATION,
  type StunMessage,
  TRANSACTION_ID_LENGTH,
  USE_CANDIDATE,
} from "../stun/index.ts";
import type { AgentContext } from "./agent-context.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import { buildKeepAlive } from "./check-message.ts";
import type { Generation } from "./generation.ts";
import { comparePairPriorities } from "./priority.ts";
import { renominatedByPeer, select, switchRole } from "./roles.ts";

/**
 * RFC 8445 §6.1.1: who checks a lite agent is full, and controls. False: it does not know yet, answer 487 (our tie-breaker
 * counts as the smaller one).
 */
export function takeControlledRole(
  context: AgentContext,
  generation: Generation,
  message: StunMessage,
): boolean {
  switchRole(context, generation, false);
  return !message.has(ICE_CONTROLLED);
}

/** An authenticated check: what it nominates is valid without one of ours (RFC 8445 §7.3.2). */
export function takeNomination(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  pair: CandidatePair,
  message: StunMessage,
): void {
  pair.lastAnswer = now;
  const nomination = message.u32(NOMINATION) ?? 0;
  if (nomination === 0 && !message.has(USE_CANDIDATE)) return;
  if (pair.state.name !== "succeeded") pair.state = { name: "succeeded", local: pair.base.host };
  if (nomination > 0) renominatedByPeer(context, now, generation, pair, nomination);
  else if (generation.renomination === undefined) followNomination(context, now, generation, pair);
  pair.nominatedAt = now;
}

/**
 * The better of two pairs that are nominated at the same time, as RFC 5245 peers do. What is nominated later holds, however good it
 * is: a full peer whose network changes has no other way to say so.
 */
function followNomination(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  pair: CandidatePair,
): void {
  pair.nominatedByPeer = true;
  const { selected } = generation;
  const outdated = selected !== undefined && selected.nominatedAt + context.timing.nominationPatience < now;
  if (selected === undefined || outdated || comparePairPriorities(pair.priority, selected.priority) > 0)
    select(context, generation, pair);
}

/** Two lite agents: nobody checks, and both take the pair that is best by their priorities (RFC 8445 §8.2). */
export function selectUnchecked(context: AgentContext, now: Instant, generation: Generation): void {
  const best = generation.checklist.pairs[0];
  if (best === undefined || generation.failed || generation.selected === best) return;
  best.state = { name: "succeeded", local: best.base.host };
  best.lastAnswer = now;
  select(context, generation, best);
}

/** RFC 8445 §11: a Binding indication. */
export function sendKeepAlive({ outbox, random }: AgentContext, { path }: CandidatePair): void {
  outbox.push(path, buildKeepAlive(randomBytes(random, TRANSACTION_ID_LENGTH)));
}
