/** Priorities of candidates and pairs (RFC 8445 §5.1.2, §6.1.2.3). */
import type { IceCandidateType } from "../base/ice-candidate.ts";

/** RFC 8445 §5.1.2.2: the recommended values; peer-reflexive stands above server-reflexive. */
export const TYPE_PREFERENCE: Readonly<Record<IceCandidateType, number>> = {
  host: 126,
  prflx: 110,
  srflx: 100,
  relay: 0,
};

/** `2^24 * type preference + 2^8 * local preference + 256 - component` (RFC 8445 §5.1.2.1). */
export function candidatePriority(type: IceCandidateType, localPreference: number, component: 1 | 2): number {
  return TYPE_PREFERENCE[type] * 0x100_0000 + localPreference * 0x100 + (256 - component);
}

/**
 * The pair priority `2^32 * MIN(G,D) + 2 * MAX(G,D) + (G > D ? 1 : 0)` exceeds exact integers; it is kept as its two
 * 32-bit halves, which never carry because priorities stay below 2^31.
 */
export interface PairPriority {
  readonly high: number;
  readonly low: number;
}

/** `controlling` and `controlled`: the priorities of that agent's candidate, G and D (RFC 8445 §6.1.2.3). */
export function pairPriority(controlling: number, controlled: number): PairPriority {
  return {
    high: Math.min(controlling, controlled),
    low: 2 * Math.max(controlling, controlled) + (controlling > controlled ? 1 : 0),
  };
}

/** Positive when `a` is the more preferred. */
export function comparePairPriorities(a: PairPriority, b: PairPriority): number {
  return a.high !== b.high ? a.high - b.high : a.low - b.low;
}
