/** What a check runs between (RFC 8445 §6.1.2): a socket of ours and a remote candidate. */
import type { IceCandidate, IceTcpType } from "../base/ice-candidate.ts";
import type { Duration, Instant } from "../base/instant.ts";
import type { IpFamily, IpScope } from "../base/ip-address.ts";
import type { Path, SocketId } from "../base/path.ts";
import type { PairCounters } from "../stats/index.ts";
import type { Purpose } from "./agent-context.ts";
import { newPairCounters } from "./ice-snapshot.ts";
import { type PairPriority, pairPriority } from "./priority.ts";
import type { Transaction } from "./transactions.ts";

/** A socket of ours with its host candidate: the base of everything that is sent from it. */
export interface LocalBase {
  readonly socket: SocketId;
  /** Where the socket is bound; its candidate may show another address. */
  readonly address: string;
  readonly port: number;
  readonly family: IpFamily;
  readonly scope: IpScope;
  readonly localPreference: number;
  /** Undefined: UDP. */
  readonly tcpType: IceTcpType | undefined;
  readonly host: IceCandidate;
  /** Server- and peer-reflexive candidates seen of this base. */
  readonly reflexive: IceCandidate[];
}

/** A remote candidate with the IP address it stands for. */
export interface RemoteCandidate {
  /** As signalled (its address may be a name), or as learnt from a check. Replaced when signalling overtakes a check. */
  candidate: IceCandidate;
  /** When signalling has told it first; undefined while only checks have. */
  signalledAt: Instant | undefined;
  readonly address: string;
  readonly port: number;
  readonly family: IpFamily;
  readonly scope: IpScope;
  /** Undefined: UDP. */
  readonly tcpType: IceTcpType | undefined;
}

/** "succeeded" carries the local candidate of the valid pair: what the peer saw us as (RFC 8445 §7.2.5.3.2). */
export type PairState =
  | { readonly name: "waiting" }
  | { readonly name: "in-progress"; readonly check: Transaction<Purpose> }
  | { readonly name: "succeeded"; readonly local: IceCandidate }
  | { readonly name: "failed" };

export const WAITING: PairState = { name: "waiting" };
export const FAILED: PairState = { name: "failed" };

export class CandidatePair {
  readonly base: LocalBase;
  readonly remote: RemoteCandidate;
  readonly path: Path;
  state: PairState = WAITING;
  priority: PairPriority = { high: 0, low: 0 };
  /** The controlling peer has asked for this pair, perhaps before our own check succeeded (RFC 8445 §7.3.1.5). */
  nominatedByPeer = false;
  /** It was selected, by whoever nominates. */
  nominated = false;
  /** An authenticated check has come in on this 5-tuple. */
  checkReceived = false;
  /** When the pair last answered a check of ours; where we are lite, when the peer last checked it. */
  lastAnswer: Instant = Number.NEGATIVE_INFINITY;
  /** When the peer last nominated it, if we are lite. */
  nominatedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Smoothed round-trip time, once measured or guessed. */
  rtt: Duration | undefined;
  readonly counters: PairCounters = newPairCounters();
  #rttIsGuess = false;
  /** Checks answered with 487 since the last success. */
  roleConflicts = 0;

  constructor(base: LocalBase, remote: RemoteCandidate, controlling: boolean) {
    this.base = base;
    this.remote = remote;
    this.path = { socket: base.socket, address: remote.address, port: remote.port };
    this.updatePriority(controlling);
  }

  /** After a change of role, or of the remote candidate's priority. */
  updatePriority(controlling: boolean): void {
    const local = this.base.host.priority;
    const remote = this.remote.candidate.priority;
    this.priority = controlling ? pairPriority(local, remote) : pairPriority(remote, local);
  }

  /** The local candidate to show: the valid pair's, before that the base. */
  get local(): IceCandidate {
    return this.state.name === "succeeded" ? this.state.local : this.base.host;
  }

  /** An authenticated answer to a check of ours has come, `sample` after the check was sent. */
  answered(sample: Duration): void {
    this.counters.responsesReceived++;
    this.counters.totalRoundTripTime += sample;
    this.counters.currentRoundTripTime = sample;
  }

  /** An authenticated check has come in on this pair. */
  checked(isAnswered: boolean): void {
    this.counters.requestsReceived++;
    if (isAnswered) this.counters.responsesSent++;
  }

  /** RFC 6298 §2 smoothing, gain 1/8. The first measurement takes the place of a guess. */
  measured(sample: Duration): void {
    const known = this.#rttIsGuess ? undefined : this.rtt;
    this.rtt = known === undefined ? sample : known + (sample - known) / 8;
    this.#rttIsGuess = false;
  }

  /** What the round-trip time may be, until one is measured. */
  guessed(sample: Duration): void {
    if (this.rtt !== undefined) return;
    this.rtt = sample;
    this.#rttIsGuess = true;
  }
}

/** What a base may be paired with: a remote candidate, or a server. */
interface Counterpart {
  readonly family: IpFamily;
  readonly scope: IpScope;
  readonly tcpType?: IceTcpType | undefined;
}

/** RFC 6544 §6.2: which kind of TCP candidate meets which. */
const TCP_COUNTERPART: Readonly<Record<IceTcpType, IceTcpType>> = {
  active: "passive",
  passive: "active",
  so: "so",
};

/** RFC 8445 §6.1.2.2: same family and transport; link-local IPv6 and loopback only among themselves. */
export function canPair(base: LocalBase, remote: Counterpart): boolean {
  if (remote.tcpType !== (base.tcpType && TCP_COUNTERPART[base.tcpType])) return false;
  if (base.family !== remote.family) return false;
  if ((base.scope === "loopback") !== (remote.scope === "loopback")) return false;
  return base.family === 4 || (base.scope === "link-local") === (remote.scope === "link-local");
}
