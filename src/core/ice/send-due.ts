/** What an agent sends of itself, and when: everything here is paced (RFC 8445 §6.1.4.2, §14.2). */
import { type Instant, NEVER } from "../base/instant.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Generation } from "./generation.ts";
import { sendCheck } from "./outgoing-checks.ts";

/** Creates what is due now, most urgent first. `suspected`: the selected pair is, so others are looked at again. */
export function sendDue(
  context: AgentContext,
  generation: Generation,
  suspected: boolean,
  now: Instant,
): void {
  const { pacer, transactions, outbox, statistics } = context;
  const { checklist } = generation;
  if (now >= pacer.urgentAt && mayCheck(context, generation) && checklist.hasTriggered) {
    const pair = checklist.nextTriggered()!;
    sendCheck(context, now, generation, pair, generation.nominating === pair ? "nominating" : "triggered");
    return;
  }
  if (now < pacer.ordinaryAt) return;
  const repetition = transactions.dueRepetition(now);
  const isOpen = mayCheck(context, generation) && wantsOrdinaryChecks(generation, suspected);
  // In turns: what a firewall swallows is repeated, and must not keep the pairs behind it waiting.
  if (repetition !== undefined && !(isOpen && pacer.lastWasRepetition)) {
    transactions.repeated(now, repetition);
    pacer.spend(now);
    pacer.lastWasRepetition = true;
    if (repetition.purpose.kind === "check") statistics.checksSent++;
    else statistics.serverRequestsSent++;
    outbox.push(repetition.path, repetition.bytes);
  } else if (isOpen) {
    const pair = checklist.nextWaiting();
    pacer.lastWasRepetition = false;
    if (pair !== undefined) sendCheck(context, now, generation, pair, "ordinary");
  } else if (generation.gatherer.requests.hasQueued && !transactions.full)
    generation.gatherer.requests.sendNext(now);
}

/** When there is something to send next. */
export function nextSend(context: AgentContext, generation: Generation, suspected: boolean): Instant {
  const { pacer, transactions, outbox } = context;
  if (!outbox.empty) return Number.NEGATIVE_INFINITY;
  const ordinary = pacer.ordinaryAt;
  let sendAt = NEVER;
  if (mayCheck(context, generation)) {
    if (generation.checklist.hasTriggered) sendAt = pacer.urgentAt;
    if (wantsOrdinaryChecks(generation, suspected)) sendAt = Math.min(sendAt, ordinary);
  }
  if (generation.gatherer.requests.hasQueued && !transactions.full) sendAt = Math.min(sendAt, ordinary);
  return Math.min(sendAt, Math.max(transactions.nextRepetition(), ordinary));
}

function mayCheck({ transactions, options }: AgentContext, { remote, failed }: Generation): boolean {
  return remote !== undefined && !failed && !transactions.full && !options.lite;
}

/** Ordinary checks end with a selected pair, and begin again when that is suspected. */
function wantsOrdinaryChecks({ selected, checklist }: Generation, suspected: boolean): boolean {
  return (selected === undefined || suspected) && checklist.nextWaiting() !== undefined;
}
