/** The cases of the sweep over NATs, firewalls and address families, each with the outcome that theory expects. */
import type { NatBehaviour } from "../../src/sim/index.ts";
import { type Outcome, type Servers, type Surroundings, Traversal } from "./traversal.testing.ts";

const BEHAVIOURS: readonly NatBehaviour[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];

/** No NAT, and each mapping with each filtering. */
export const NATS: readonly (Surroundings["nat"] | undefined)[] = [
  undefined,
  ...BEHAVIOURS.flatMap((mapping) => BEHAVIOURS.map((filtering) => ({ mapping, filtering }))),
];

/** What stands in front of an end, beside its NAT. */
export const FIREWALLS = ["none", "no-udp", "tls-only"] as const;

/** Two ends, and what becomes of them. */
export interface Case {
  readonly a: Surroundings;
  readonly z: Surroundings;
  readonly servers: Servers;
  readonly expected: Outcome["kind"];
}

const SERVERS: readonly Servers[] = [
  { stun: true, turn: true },
  { stun: true, turn: false },
];
const SERVERS_OR_TCP: readonly Servers[] = [...SERVERS, { stun: true, turn: false, tcp: true }];

function waysToHelp(a: Surroundings, z: Surroundings): readonly Servers[] {
  return a.firewall !== undefined || z.firewall !== undefined ? SERVERS_OR_TCP : SERVERS;
}

/**
 * All pairs of NATs, of firewalls and of address families, with and without a relay; and behind firewalls also with TCP between
 * the ends in place of the relay.
 */
export function* allCases(): Generator<Case> {
  for (const nearNat of NATS) {
    for (const farNat of NATS) {
      for (const nearWall of FIREWALLS) {
        for (const farWall of FIREWALLS) {
          for (const families of [0, 1, 2]) {
            const a = surroundings(nearNat, nearWall, families > 0);
            const z = surroundings(farNat, farWall, families > 1);
            for (const servers of waysToHelp(a, z))
              yield { a, z, servers, expected: expectedOf(a, z, servers) };
          }
        }
      }
    }
  }
}

/** A seed plays every two ends once: with the next one of the ways to be helped, so that a few seeds play everything. */
export function isPlayed({ a, z, servers }: Case, seed: number): boolean {
  const ways = waysToHelp(a, z);
  return servers === ways[seed % ways.length];
}

/** What the world of a case is made from. */
export function worldSeed(index: number, seed: number): number {
  return seed * 10_000 + index;
}

function surroundings(
  nat: Surroundings["nat"] | undefined,
  firewall: (typeof FIREWALLS)[number],
  ipv6: boolean,
): Surroundings {
  return {
    ...(nat === undefined ? {} : { nat }),
    ...(firewall === "none" ? {} : { firewall }),
    ...(ipv6 ? { ipv6 } : {}),
  };
}

/** What must come of two ends. */
export function expectedOf(a: Surroundings, z: Surroundings, servers: Servers): Outcome["kind"] {
  const overTcp = servers.tcp && canConnect(a, z) ? "tcp" : "impossible";
  const fallback = servers.turn ? "relayed" : overTcp;
  if (a.firewall !== undefined || z.firewall !== undefined) return fallback;
  // Stateful firewalls on both sides open to checks that cross.
  if (a.ipv6 === true && z.ipv6 === true) return "direct";
  if (a.nat === undefined && z.nat === undefined) return "direct";
  return canPunch(a.nat, z.nat) || canPunch(z.nat, a.nat) ? "reflexive" : fallback;
}

/**
 * Whether a TCP connection comes about. Only host candidates listen, so one end must be seen as it is, and none of these firewalls
 * lets a connection in, unless both ends connect to each other at once, each from the port that the other one connects to.
 */
function canConnect(a: Surroundings, z: Surroundings): boolean {
  // To any port but that of TLS.
  const goesOut = ({ firewall }: Surroundings) => firewall !== "tls-only";
  const letsIn = ({ nat, firewall }: Surroundings) => nat === undefined && firewall === undefined;
  if ((goesOut(a) && letsIn(z)) || (goesOut(z) && letsIn(a))) return true;
  const seesEachOther = (a.nat === undefined && z.nat === undefined) || (a.ipv6 === true && z.ipv6 === true);
  return seesEachOther && goesOut(a) && goesOut(z);
}

/**
 * Whether checks find a way through both NATs. With endpoint-independent mapping the address that STUN has told is true for
 * everybody. With any other mapping the peer's first check comes from a port that nobody knows: it must get through the filter
 * as it is, and the answer must go out by the port that was asked.
 */
function canPunch(near: Surroundings["nat"], far: Surroundings["nat"]): boolean {
  const independent = (nat: Surroundings["nat"]) =>
    nat === undefined || nat.mapping === "endpoint-independent";
  const open = (nat: Surroundings["nat"]) => nat === undefined || nat.filtering === "endpoint-independent";
  const byAddress = (nat: Surroundings["nat"]) => open(nat) || nat?.filtering === "address-dependent";
  if (independent(near) && independent(far)) return true;
  if (independent(near)) return near === undefined || byAddress(near);
  if (independent(far)) return false; // the other way round
  const strict =
    near?.mapping === "address-and-port-dependent" && far?.mapping === "address-and-port-dependent";
  return open(near) && byAddress(far) && !strict;
}

/** Plays a case once. */
export async function play({ a, z, servers }: Case, seed: number): Promise<Outcome> {
  const traversal = new Traversal(seed, a, z, servers);
  traversal.start();
  const outcome = await traversal.run();
  traversal.close();
  return outcome;
}

/** "EIM/APDF +no-udp +v6" for an end. */
export function nameOf({ nat, firewall, ipv6 }: Surroundings): string {
  const short = {
    "endpoint-independent": "EI",
    "address-dependent": "AD",
    "address-and-port-dependent": "APD",
  };
  const translator = nat === undefined ? "public" : `${short[nat.mapping]}M/${short[nat.filtering]}F`;
  return [translator, firewall, ipv6 ? "v6" : undefined].filter((part) => part !== undefined).join(" +");
}

/** What helps the two ends. */
export function nameOfServers({ servers: { turn, tcp } }: Case): string {
  return turn ? "with a relay" : tcp ? "with TCP" : "alone";
}
