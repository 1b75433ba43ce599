import type { IceOptions } from "../base/ice-options.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { IceAgent } from "./ice-agent.ts";
import type { IceTiming } from "./timing.ts";

/** How an agent is set up: its ports, its role and its first credentials. */
export interface IceAgentOptions {
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly log: Log;
  readonly controlling: boolean;
  /** 4..256 `ice-char`, fresh per generation (RFC 8445 §5.3). */
  readonly usernameFragment: string;
  /** 22..256 `ice-char` */
  readonly password: string;
  /** 1 unless RTCP has a component of its own. */
  readonly component?: 1 | 2;
  /** The agent of the other component: tie-breaker and foundations are shared (RFC 8445 §5.1.1.3, §16.1). */
  readonly sibling?: IceAgent;
  readonly timing?: Partial<IceTiming>;
  /** What the application asks beyond the standard. TCP candidates only where they are named here. */
  readonly options?: IceOptions | undefined;
  /** Pairs are told by events, and each nomination waits for `decideNomination`. */
  readonly supervised?: boolean | undefined;
}
