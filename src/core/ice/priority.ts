/** Priorities of candidates and pairs (RFC 8445 §5.1.2, §6.1.2.3). */
import type { IceCandidateType, IceTcpType } from "../base/ice-candidate.ts";

/** RFC 8445 §5.1.2.2: the recommended values; peer-reflexive stands above server-reflexive. */
export const TYPE_PREFERENCE: Readonly<Record<IceCandidateType, number>> = {
  host: 126,
  prflx: 110,
  srflx: 100,
  relay: 0,
};

/** Where UDP works, too, it is better: what libwebrtc has for TCP; reflexive ones below their UDP kin, above relayed ones. */
export const TCP_TYPE_PREFERENCE: Readonly<Record<IceCandidateType, number>> = {
  host: 90,
  prflx: 80,
  srflx: 70,
  relay: 0,
};

/** RFC 6544 §4.2 direction-pref of host and relayed candidates: connecting works more often than being connected to. */
const DIRECTION_PREFERENCE: Readonly<Record<IceTcpType, number>> = { active: 6, passive: 4, so: 2 };
/** … and of those behind a NAT. */
const REFLEXIVE_DIRECTION_PREFERENCE: Readonly<Record<IceTcpType, number>> = { so: 6, active: 4, passive: 2 };

/**
 * The priority of a TCP candidate: the formula of UDP, with a local preference of `2^13 * direction-pref + other-pref`
 * (RFC 6544 §4.2). `localPreference`: what a UDP candidate of the same address has, 0..65535.
 */
export function tcpCandidatePriority(
  type: IceCandidateType,
  tcpType: IceTcpType,
  localPreference: number,
  component: 1 | 2,
): number {
  const reflexive = type === "srflx" || type === "prflx";
  const direction = (reflexive ? REFLEXIVE_DIRECTION_PREFERENCE : DIRECTION_PREFERENCE)[tcpType];
  const preference = direction * 0x2000 + (localPreference >> 3);
  return TCP_TYPE_PREFERENCE[type] * 0x100_0000 + preference * 0x100 + (256 - component);
}

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
