import type { Fifo } from "../base/fifo.ts";
import type { IceOptions } from "../base/ice-options.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import type { Foundations } from "./foundations.ts";
import type { Generation } from "./generation.ts";
import type { IceEvent } from "./ice-event.ts";
import type { IceStatistics } from "./ice-statistics.ts";
import type { LocalNames } from "./local-names.ts";
import type { Outbox } from "./outbox.ts";
import type { Pacer } from "./pacer.ts";
import type { PairRegister } from "./pair-register.ts";
import type { ServerRequest } from "./server-requests.ts";
import type { IceTiming } from "./timing.ts";
import type { Transactions } from "./transactions.ts";

/**
 * Why a check is sent: to find out whether the pair works, in its turn ("ordinary") or because the peer has just checked it
 * ("triggered"); to nominate it; to keep consent on it.
 */
export type CheckUse = "ordinary" | "triggered" | "nominating" | "consent";

/** What a transaction is for. */
export type Purpose =
  | {
      readonly kind: "check";
      readonly generation: Generation;
      readonly pair: CandidatePair;
      readonly use: CheckUse;
      /** Our role in the request: a 487 answer is about that one (RFC 8445 §7.2.5.1). */
      readonly controlling: boolean;
      /** The remote password, which signs the answer too. */
      readonly key: Uint8Array;
    }
  | { readonly kind: "server"; readonly request: ServerRequest };

/** The pair that data uses, and the generation it belongs to. */
export interface ActivePair {
  readonly generation: Generation;
  readonly pair: CandidatePair;
}

/** Our role and the number that decides a conflict about it (RFC 8445 §16.1). One for the agent's whole life. */
export interface Role {
  controlling: boolean;
  readonly tieBreaker: Uint8Array;
}

/** What the parts of one agent share. */
export interface AgentContext {
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly log: Log;
  readonly component: 1 | 2;
  readonly timing: IceTiming;
  readonly options: IceOptions;
  readonly role: Role;
  readonly foundations: Foundations;
  /** The names that stand for our addresses. */
  readonly names: LocalNames;
  readonly pairs: PairRegister;
  readonly pacer: Pacer;
  readonly transactions: Transactions<Purpose>;
  readonly outbox: Outbox;
  readonly events: Fifo<IceEvent>;
  readonly statistics: IceStatistics;
  /** For "resolve" events. */
  nextRequestId(): number;
}
