/** What is sent next, and whether it may be now (RFC 8445 §6.1.4.2, §14.2): checks, their repetitions, server requests. */
import type { Instant } from "../base/instant.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Generation } from "./generation.ts";
import { sendCheck } from "./outgoing-checks.ts";
import { ORDINARY_BURST, URGENT_BURST } from "./pacer.ts";

/** Creates what is due now, most urgent first; everything here is paced. `suspected`: the pair in use may be dead. */
export function sendDue(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  suspected: boolean,
): void {
  const { pacer, transactions, outbox, statistics } = context;
  const ordinary = now >= pacer.readyAt(ORDINARY_BURST);
  if (
    now >= pacer.readyAt(URGENT_BURST) &&
    mayCheck(context, generation) &&
    generation.checklist.hasTriggered
  ) {
    const pair = generation.checklist.nextTriggered()!;
    sendCheck(context, now, generation, pair, generation.nominating === pair ? "nominating" : "triggered");
    return;
  }
  if (!ordinary) return;
  const repetition = transactions.dueRepetition(now);
  if (repetition !== undefined) {
    transactions.repeated(now, repetition);
    pacer.spend(now);
    if (repetition.purpose.kind === "check") statistics.checksSent++;
    else statistics.serverRequestsSent++;
    outbox.push(repetition.path, repetition.bytes);
  } else if (mayCheck(context, generation) && wantsOrdinaryChecks(generation, suspected)) {
    const pair = generation.checklist.nextWaiting();
    if (pair !== undefined) sendCheck(context, now, generation, pair, "ordinary");
  } else if (generation.gatherer.hasQueued && !transactions.full) generation.gatherer.sendNext(now);
}

/** True when a check could be sent at all. */
export function mayCheck({ transactions }: AgentContext, generation: Generation): boolean {
  return generation.remote !== undefined && !generation.failed && !transactions.full;
}

/** Ordinary checks end with a selected pair, and begin again when that is suspected. */
export function wantsOrdinaryChecks({ selected, checklist }: Generation, suspected: boolean): boolean {
  return (selected === undefined || suspected) && checklist.nextWaiting() !== undefined;
}
