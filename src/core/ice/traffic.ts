/** Counting what an agent carries for its owner. Increments only: it happens per datagram. */
import type { Instant } from "../base/instant.ts";
import type { Path } from "../base/path.ts";
import type { TrafficCounters } from "../stats/index.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import type { Generation } from "./generation.ts";

/** `length` bytes are sent on `pair`. */
export function countSent(
  total: TrafficCounters,
  pair: CandidatePair | undefined,
  now: Instant,
  length: number,
): void {
  total.packetsSent++;
  total.bytesSent += length;
  if (pair === undefined) return;
  pair.counters.packetsSent++;
  pair.counters.bytesSent += length;
  pair.counters.lastPacketSent = now;
}

/** `length` bytes have come in on `pair`. */
export function countReceived(
  total: TrafficCounters,
  pair: CandidatePair | undefined,
  now: Instant,
  length: number,
): void {
  total.packetsReceived++;
  total.bytesReceived += length;
  if (pair === undefined) return;
  pair.counters.packetsReceived++;
  pair.counters.bytesReceived += length;
  pair.counters.lastPacketReceived = now;
}

/** The pair on a path, in the newest generation that has one. */
export function findPair(generations: readonly Generation[], path: Path): CandidatePair | undefined {
  for (const { checklist } of generations) {
    const pair = checklist.find(path);
    if (pair !== undefined) return pair;
  }
  return undefined;
}

/** True when a check of ours has succeeded on this 5-tuple, or an authenticated check has come in on it. */
export function isValidOn({ failed, checklist }: Generation, path: Path): boolean {
  const pair = failed ? undefined : checklist.find(path);
  return pair !== undefined && (pair.checkReceived || pair.state.name === "succeeded");
}
