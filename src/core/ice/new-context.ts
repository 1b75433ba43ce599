import { Fifo } from "../base/fifo.ts";
import { randomBytes } from "../base/random.ts";
import type { AgentContext } from "./agent-context.ts";
import type { IceAgentOptions } from "./agent-options.ts";
import { Foundations } from "./foundations.ts";
import type { IceEvent } from "./ice-event.ts";
import type { IceStatistics } from "./ice-statistics.ts";
import { LocalNames } from "./local-names.ts";
import { Outbox } from "./outbox.ts";
import { Pacer } from "./pacer.ts";
import { PairRegister } from "./pair-register.ts";
import { DEFAULT_TIMING } from "./timing.ts";
import { Transactions } from "./transactions.ts";

/** What the parts of a new agent share. `sibling`: of the other component's agent, if there is one. */
export function newContext(
  options: IceAgentOptions,
  statistics: IceStatistics,
  sibling: AgentContext | undefined,
): AgentContext {
  const { random, crypto, log, component = 1 } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  let lastRequestId = 0;
  const events = new Fifo<IceEvent>();
  return {
    random,
    crypto,
    log,
    component,
    timing,
    options: options.options ?? {},
    role: {
      controlling: options.controlling,
      tieBreaker: sibling?.role.tieBreaker ?? randomBytes(random, 8),
    },
    foundations: sibling?.foundations ?? new Foundations(),
    names: sibling?.names ?? new LocalNames(random),
    pairs: new PairRegister(options.supervised ?? false, (event) => events.push(event)),
    pacer: new Pacer(timing.ta),
    transactions: new Transactions(timing.maxRto),
    outbox: new Outbox(),
    events,
    statistics,
    nextRequestId: () => ++lastRequestId,
  };
}
