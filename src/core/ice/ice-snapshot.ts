/** What an agent says of itself when statistics are asked for. */
import type { IceCandidate } from "../base/ice-candidate.ts";
import type { CandidateSnapshot, IceSnapshot, PairCounters, PairSnapshot } from "../stats/index.ts";
import type { ActivePair } from "./agent-context.ts";
import type { CandidatePair, LocalBase, RemoteCandidate } from "./candidate-pair.ts";
import type { Generation } from "./generation.ts";
import type { IceStatistics } from "./ice-statistics.ts";

/** Counters of a new pair. */
export function newPairCounters(): PairCounters {
  return {
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    lastPacketSent: undefined,
    lastPacketReceived: undefined,
    requestsSent: 0,
    requestsReceived: 0,
    responsesSent: 0,
    responsesReceived: 0,
    consentRequestsSent: 0,
    totalRoundTripTime: 0,
    currentRoundTripTime: undefined,
  };
}

/** Gives numbers to the candidates and pairs of one agent. An object keeps its number for life. */
class Names {
  readonly #names = new WeakMap<object, number>();
  #last = 0;

  of(thing: object): number {
    const known = this.#names.get(thing);
    if (known !== undefined) return known;
    this.#names.set(thing, ++this.#last);
    return this.#last;
  }
}

/** Takes the snapshots of one agent. */
export class IceSnapshots {
  readonly #names = new Names();

  /** `active`: the pair in use, of this generation or, while a restart is under way, of the one before. */
  take(generation: Generation, active: ActivePair | undefined, statistics: IceStatistics): IceSnapshot {
    const { gatherer, checklist, remotes } = generation;
    const local = new Map<IceCandidate, CandidateSnapshot>();
    const remote = new Map<RemoteCandidate, CandidateSnapshot>();
    for (const base of gatherer.bases) {
      for (const candidate of candidatesOf(base)) local.set(candidate, this.#local(generation, candidate));
    }
    for (const candidate of remotes) remote.set(candidate, this.#remote(generation, candidate));
    const pairs = checklist.pairs.map((pair) => this.#pair(pair));
    if (active !== undefined && !checklist.has(active.pair)) {
      const { pair } = active;
      local.set(pair.local, this.#local(active.generation, pair.local));
      remote.set(pair.remote, this.#remote(active.generation, pair.remote));
      pairs.push(this.#pair(pair));
    }
    return {
      localCandidates: [...local.values()],
      remoteCandidates: [...remote.values()],
      pairs,
      selectedPair: active && this.#names.of(active.pair),
      selectedPairChanges: statistics.selectedPairChanges,
      traffic: { ...statistics.traffic },
    };
  }

  #local({ usernameFragment }: Generation, candidate: IceCandidate): CandidateSnapshot {
    return { name: this.#names.of(candidate), candidate, usernameFragment, signalled: true };
  }

  #remote({ remote: credentials }: Generation, remote: RemoteCandidate): CandidateSnapshot {
    const { candidate, signalledAt } = remote;
    const signalled = signalledAt !== undefined;
    const usernameFragment = candidate.usernameFragment ?? credentials?.usernameFragment;
    return { name: this.#names.of(remote), candidate, usernameFragment, signalled };
  }

  #pair(pair: CandidatePair): PairSnapshot {
    return {
      ...pair.counters,
      name: this.#names.of(pair),
      local: this.#names.of(pair.local),
      remote: this.#names.of(pair.remote),
      state: pair.state.name,
      nominated: pair.nominated,
    };
  }
}

/** Each of its transport addresses once: a server may see what another one has seen, or what the host has. */
function candidatesOf({ host, reflexive }: LocalBase): IceCandidate[] {
  const all = [host, ...reflexive];
  return all.filter(
    ({ address, port }, index) =>
      all.findIndex((other) => other.address === address && other.port === port) === index,
  );
}
