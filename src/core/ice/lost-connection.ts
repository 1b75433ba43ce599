import type { Path } from "../base/path.ts";
import type { AgentContext } from "./agent-context.ts";
import { type CandidatePair, FAILED } from "./candidate-pair.ts";
import type { Generation } from "./generation.ts";

/**
 * There is no connection on a path of a TCP candidate (RFC 6544 §8): its check has failed, or waits for nothing. A pair that
 * is in use stays as it is: its consent finds out whether there is another connection. True when the pair is in use.
 */
export function loseConnection(
  context: AgentContext,
  generations: readonly Generation[],
  path: Path,
  final: boolean,
  active: CandidatePair | undefined,
): boolean {
  let isInUse = false;
  for (const { checklist, selected } of generations) {
    const pair = checklist.find(path);
    if (pair === undefined) continue;
    if (pair === selected || pair === active) isInUse = true;
    else if (final) {
      if (pair.state.name === "in-progress") context.transactions.end(pair.state.check);
      pair.state = FAILED;
    }
  }
  return isInUse;
}
