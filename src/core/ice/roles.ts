/** Who decides, and what is decided: roles, nomination, selection (RFC 8445 §6.1.1, §7.3.1.1, §8). */
import type { Instant } from "../base/instant.ts";
import type { AgentContext, Purpose } from "./agent-context.ts";
import { type CandidatePair, FAILED } from "./candidate-pair.ts";
import { dropChoice, proposeNomination } from "./chosen-pair.ts";
import type { Liveness } from "./consent.ts";
import type { Generation } from "./generation.ts";
import { comparePairPriorities } from "./priority.ts";

/** Takes a role. Pair priorities depend on it; what was being nominated is void. */
export function switchRole(context: AgentContext, generation: Generation, controlling: boolean): void {
  if (context.role.controlling === controlling) return;
  setRole(context, generation, controlling);
  context.events.push({ type: "role", controlling });
}

/** {@link switchRole} without telling: the caller knows. */
export function setRole(context: AgentContext, generation: Generation, controlling: boolean): void {
  context.role.controlling = controlling;
  generation.nominating = undefined;
  generation.renomination = undefined;
  for (const pair of generation.checklist.pairs) pair.nominatedByPeer = false;
  generation.checklist.updatePriorities(controlling);
}

/** Data goes over this pair from now on; nothing else needs checking (RFC 8445 §8.1.2). */
export function select(context: AgentContext, generation: Generation, pair: CandidatePair): void {
  if (generation.selected === pair) return;
  generation.selected = pair;
  pair.nominated = true;
  generation.nominating = undefined;
  if (generation.chosen === pair) generation.chosen = undefined;
  context.transactions.stopRepeatingAll(
    (purpose) => purpose.kind === "check" && purpose.generation === generation && purpose.pair !== pair,
  );
  const { log } = context;
  if (log.enabled) log.event("ice.pair.nominated", { address: pair.path.address, port: pair.path.port });
}

/**
 * The controlling peer wants this pair. Of several that are valid the best one counts, so that a peer that nominates
 * everything (RFC 5245 aggressive nomination) and we agree.
 */
export function nominatedByPeer(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  pair: CandidatePair,
): void {
  pair.nominatedByPeer = true;
  if (pair.state.name !== "succeeded") return;
  const { selected, renomination } = generation;
  // RFC 7675 §5.1: an answer of long ago is no consent. One to a check of now is, and brings us here again.
  if (pair !== selected && pair.lastAnswer + context.timing.consentInterval < now) {
    generation.checklist.trigger(pair);
    return;
  }
  // Who counts nominations means the last one.
  const better =
    renomination === undefined
      ? selected === undefined || comparePairPriorities(pair.priority, selected.priority) > 0
      : renomination.pair === pair;
  if (better) select(context, generation, pair);
}

/**
 * The controlling peer nominates more than once and counts (draft-thatcher-ice-renomination): the highest number holds, however
 * good its pair is. A number that was passed is an old check that comes late.
 */
export function renominatedByPeer(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  pair: CandidatePair,
  nomination: number,
): void {
  if (nomination < (generation.renomination?.nomination ?? 0)) return;
  generation.renomination = { nomination, pair };
  nominatedByPeer(context, now, generation, pair);
}

/**
 * Regular nomination (RFC 8445 §8.1.1): the best valid pair, as soon as no better one can still succeed, or patience has
 * ended. Returns when to look again, if waiting is all there is to do. `replacing`: after a restart, while a pair of before
 * carries data. There is no hurry then, and a pair that the peer has not checked is worth little: libwebrtc checks no pair that
 * seems worse to it than those of before, and does not send on what it has not checked, nominated or not.
 */
export function nominate(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  replacing: boolean,
): Instant | undefined {
  if (!context.role.controlling) return undefined;
  const decidedAt = reviseNomination(context, now, generation);
  if (generation.selected !== undefined || generation.nominating !== undefined) return decidedAt;
  const { checklist, firstValidAt, remote } = generation;
  const valid = checklist.bestValid();
  if (valid === undefined) return undefined;
  const patienceEnds = firstValidAt + context.timing.nominationPatience;
  const confirmed = replacing && !remote?.lite ? checklist.bestConfirmed() : valid;
  if (now < patienceEnds && (confirmed === undefined || checklist.hasBetterCandidate(confirmed)))
    return patienceEnds;
  proposeNomination(context, generation, confirmed ?? valid);
  return undefined;
}

/**
 * The pair being nominated may have died since it was valid: its check would be repeated for 40 s, and a peer that waits for a
 * nomination would do so as well. When it is silent the valid pairs beside it are looked at, and the first one that answers
 * is nominated in its place (RFC 8445 §8.1.1 goes on so when a nomination fails). Returns when to look again.
 */
function reviseNomination(context: AgentContext, now: Instant, generation: Generation): Instant | undefined {
  const { nominating, checklist } = generation;
  if (nominating === undefined) return undefined;
  const isNomination = (purpose: Purpose) =>
    purpose.kind === "check" && purpose.use === "nominating" && purpose.pair === nominating;
  const check = context.transactions.first(isNomination);
  if (check === undefined) return undefined;
  const heardAt = Math.max(check.firstSent, nominating.lastAnswer);
  const dueAt = heardAt + Math.max(context.timing.suspectAfter, 2 * (nominating.rtt ?? 0));
  if (now < dueAt) return dueAt;
  const isAlive = (pair: CandidatePair) => pair.state.name === "succeeded" && pair.lastAnswer >= dueAt;
  if (checklist.pairs.some(isAlive)) {
    context.transactions.stopRepeating(check);
    nominating.state = FAILED;
    generation.nominating = undefined;
  } else if (!generation.doubted) {
    generation.doubted = true;
    checklist.triggerValidBeside(nominating);
  }
  return undefined;
}

/**
 * Whether the active pair is suspected, with what follows: the valid pairs beside it are looked at when that begins, and one
 * of them may take over.
 */
export function suspect(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  active: CandidatePair | undefined,
  consent: Liveness | undefined,
  already: boolean,
): boolean {
  if (active === undefined || consent === undefined || consent.suspectAt > now) return false;
  if (!already && !context.options.lite) generation.checklist.triggerValidBeside(active);
  failOver(context, generation, active, consent.unansweredSince ?? now, consent.disconnectAt <= now);
  return true;
}

/**
 * The active pair is suspected: is there another one that has answered since? Controlling, we nominate it; controlled, we
 * follow the peer's nomination at once, and without one as soon as the active pair counts as disconnected. RFC 8445 §8.1.1
 * would have us restart; peers accept this, and a changed NAT mapping heals in about a second (docs/ice.md).
 */
function failOver(
  context: AgentContext,
  generation: Generation,
  active: CandidatePair,
  silentSince: Instant,
  disconnected: boolean,
): void {
  const alive = generation.checklist.pairs.find(
    (pair) => pair !== active && pair.state.name === "succeeded" && pair.lastAnswer >= silentSince,
  );
  if (alive === undefined) return;
  if (dropChoice(generation, active, alive, silentSince)) return;
  if (generation.selected === undefined) {
    active.state = FAILED;
    generation.checklist.doubt(silentSince);
  } else if (context.role.controlling) {
    if (generation.nominating === undefined) proposeNomination(context, generation, alive);
  } else if (alive.nominatedByPeer || disconnected) select(context, generation, alive);
}
