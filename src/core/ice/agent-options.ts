import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
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
  readonly timing?: Partial<IceTiming>;
}
