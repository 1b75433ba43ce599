/** The application chooses, or removes, a pair (webrtc-extensions selectCandidatePair, removeCandidatePair). */
import type { Instant } from "../base/instant.ts";
import type { AgentContext } from "./agent-context.ts";
import { type CandidatePair, FAILED } from "./candidate-pair.ts";
import type { Generation } from "./generation.ts";

/**
 * Data is to go over this pair. One that has answered within a consent interval, or is in use, is taken at once; any other one is
 * checked first. Answered by a "selection" event.
 */
export function choose(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  pair: CandidatePair,
  request: number,
): void {
  const { pairs, options, timing } = context;
  settleChoice(context, generation, false);
  const isValid = pair.state.name === "succeeded";
  if (!generation.checklist.has(pair) || generation.failed || (options.lite && !isValid)) {
    pairs.answer(request, false);
    return;
  }
  generation.choosing = { pair, request };
  const isFresh = pair === generation.selected || pair.lastAnswer + timing.consentInterval > now;
  if (isValid && (isFresh || options.lite)) settleChoice(context, generation, true);
  else generation.checklist.triggerFirst(pair);
}

/** What is being chosen has turned out to work, or not; or something else is chosen. */
export function settleChoice(context: AgentContext, generation: Generation, works: boolean): void {
  const { choosing } = generation;
  if (choosing === undefined) return;
  generation.choosing = undefined;
  context.pairs.answer(choosing.request, works);
  if (!works) return;
  generation.chosen = choosing.pair;
  context.pairs.reconsider(choosing.pair);
  if (context.role.controlling && generation.selected !== choosing.pair)
    proposeNomination(context, generation, choosing.pair);
}

/** Nominates a pair, as soon as the application agrees if it is to be asked. */
export function proposeNomination(context: AgentContext, generation: Generation, pair: CandidatePair): void {
  if (context.pairs.propose(pair)) startNomination(generation, pair);
}

export function startNomination(generation: Generation, pair: CandidatePair): void {
  generation.nominating = pair;
  generation.doubted = false;
  generation.checklist.triggerFirst(pair);
}

/**
 * The pair in use is silent and `alive` is not: if it was chosen, the choice ends, for the nominated pair if that has answered
 * since `silentSince`. False when it was not.
 */
export function dropChoice(
  generation: Generation,
  active: CandidatePair,
  alive: CandidatePair,
  silentSince: Instant,
): boolean {
  if (generation.chosen !== active) return false;
  const { selected } = generation;
  active.state = FAILED;
  generation.chosen = selected !== undefined && selected.lastAnswer >= silentSince ? undefined : alive;
  return true;
}
