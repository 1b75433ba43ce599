/** What Binding messages from peers and STUN servers do to an agent (RFC 8445 §7, §11). */
import type { Instant } from "../base/instant.ts";
import { type Path, samePath } from "../base/path.ts";
import type { StunMessage } from "../stun/index.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Generations } from "./generations.ts";
import { authenticate, handleCheck } from "./incoming-checks.ts";
import { handleAnswer } from "./outgoing-checks.ts";
import type { PairInUse } from "./pair-in-use.ts";

/** The parts of an agent that messages concern. */
export interface Recipient {
  readonly context: AgentContext;
  readonly generations: Generations;
  readonly inUse: PairInUse;
}

/** Takes one message. False: it has changed nothing, and nothing is to be sent. */
export function handleMessage(recipient: Recipient, now: Instant, path: Path, message: StunMessage): boolean {
  switch (message.messageClass) {
    case "indication":
      return handleKeepAlive(recipient, now, path);
    case "request":
      return handleRequest(recipient, now, path, message);
    default:
      return handleResponse(recipient, now, path, message);
  }
}

/** RFC 8445 §11. Nobody has signed it: it means something only where nothing is ever signed. */
function handleKeepAlive({ context, generations, inUse }: Recipient, now: Instant, path: Path): boolean {
  if (!generations.current.isUnchecked || !inUse.isOn(path)) {
    context.statistics.droppedUnexpected++;
    return false;
  }
  inUse.consent?.heard(now);
  return true;
}

function handleRequest(
  { context, generations, inUse }: Recipient,
  now: Instant,
  path: Path,
  message: StunMessage,
): boolean {
  // A socket that only leads to a TURN server: whoever else finds it learns nothing, not even that it is there.
  if (!generations.all.some(({ gatherer }) => gatherer.baseOf(path.socket) !== undefined)) {
    context.statistics.droppedUnexpected++;
    return false;
  }
  const generation = authenticate(context, generations.all, path, message);
  // An answer may have been queued, even to a stranger.
  if (generation === undefined) return !context.outbox.empty;
  // RFC 7675 §5.1: after consent is lost only a restart brings anything back; the peer must notice.
  if (generation.failed || generation.isBarred(path)) {
    context.statistics.droppedUnexpected++;
    return false;
  }
  const knew = generation.checklist.find(path) !== undefined;
  const pair = handleCheck(context, now, generation, generation === generations.current, path, message);
  if (pair === undefined) return true;
  if (pair === inUse.pair) inUse.consent?.checked(now);
  // A check from somewhere else: perhaps the peer's NAT has forgotten the active pair. Look after that one now.
  else if (generation.selected !== undefined && (!knew || pair.nominatedByPeer)) inUse.probe(now);
  return true;
}

function handleResponse(
  { context, inUse }: Recipient,
  now: Instant,
  path: Path,
  message: StunMessage,
): boolean {
  const { transactions, statistics } = context;
  const transaction = transactions.find(message.transactionId);
  if (transaction === undefined) {
    statistics.droppedUnknownTransaction++;
    return false;
  }
  const { purpose } = transaction;
  if (purpose.kind === "check") {
    handleAnswer(context, now, transaction, purpose, path, message);
    if (purpose.pair === inUse.pair && purpose.pair.lastAnswer === now) {
      inUse.consent?.answered(now, transaction.firstSent);
      inUse.watch(now); // a late answer: the next check is due already
    }
    return true;
  }
  if (!samePath(path, transaction.path)) {
    statistics.droppedUnauthenticatedResponses++;
    return false;
  }
  transactions.end(transaction);
  purpose.request.requests.answered(purpose.request, message);
  return true;
}
