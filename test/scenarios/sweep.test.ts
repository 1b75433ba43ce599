/** The whole sweep, which takes minutes to hours: `npm run sweep -- SEEDS [RECOVERIES]`. It prints what it found. */
import { describe, expect, test } from "vitest";
import { networkSwitch, type Recovery, rebinding, relayedSwitch, silentSwitch } from "./recovery.testing.ts";
import {
  allCases,
  FIREWALLS,
  isPlayed,
  NATS,
  nameOf,
  nameOfServers,
  play,
  worldSeed,
} from "./traversal-cases.testing.ts";

const [range = "0", changes = "0"] = (process.env.SKYWAVE_SWEEP ?? "").split(" ");
/** "100": the first hundred. "11-20": these. */
const [first, last] = range.includes("-") ? range.split("-").map(Number) : [1, Number(range)];
const seeds = last! - first! + 1;
const recoveries = Number(changes);
if (seeds === 0 && recoveries === 0) {
  console.log(
    "Skipped: the whole sweep takes minutes to hours; `npm run sweep -- SEEDS RECOVERIES` plays it.",
  );
}
/**
 * Median times at a path delay of 50 ms, ms. Four round trips and 100 ms wherever two ends meet without a relay. With one that is
 * also the least there is: its server wants to be asked twice (RFC 8489 §9.2), so the answerer's is known at 300 ms and our check
 * there answered at 500. Names are looked up, better pairs go first, and TCP and TLS add their own handshakes.
 */
const MEDIAN_LIMITS: Readonly<Record<string, number>> = {
  direct: 500,
  reflexive: 500,
  tcp: 500,
  "relayed over UDP": 600,
  "relayed over TCP": 700,
  "relayed over TLS": 800,
};
/** What was found is printed this often. */
const SEEDS_PER_REPORT = 5;
const HOURS = 24 * 3_600_000;

describe.runIf(seeds > 0)("every case of NATs, firewalls, address families and servers", () => {
  test(`has its outcome with ${seeds} seeds`, { timeout: HOURS }, async () => {
    const times = new Map<string, number[]>();
    const wrong: string[] = [];
    const cells = new Map<string, string>();
    let count = 0;
    for (let seed = first!; seed <= last!; seed++) {
      for (const [index, one] of [...allCases()].entries()) {
        if (!isPlayed(one, seed)) continue;
        count++;
        const { kind, time } = await play(one, worldSeed(index, seed));
        const route = kind === "relayed" ? `relayed ${wall(one.a.firewall, one.z.firewall)}` : kind;
        const sameRoute = times.get(route);
        if (sameRoute === undefined) times.set(route, [time]);
        else sameRoute.push(time);
        if (kind !== one.expected)
          wrong.push(
            `${nameOf(one.a)} ↔ ${nameOf(one.z)}, ${nameOfServers(one)}: ${kind}, not ${one.expected} (${seed})`,
          );
        const plain = !one.a.firewall && !one.z.firewall && !one.a.ipv6 && one.servers.turn;
        if (plain) cells.set(`${nameOf(one.a)} ${nameOf(one.z)}`, kind);
      }
      // Who stops it after hours has what was found so far.
      if (seed === last || seed % SEEDS_PER_REPORT === 0)
        console.log([`seeds ${first} to ${seed}: ${count} runs`, table(times), ...wrong].join("\n"));
    }
    console.log(matrix(cells));
    expect(wrong).toEqual([]);
    for (const [route, list] of times) {
      if (route !== "impossible")
        expect(quantile(list, 0.5), route).toBeLessThanOrEqual(MEDIAN_LIMITS[route]!);
    }
  });
});

describe.runIf(recoveries > 0)("every recovery is over within 3 s and loses nothing", () => {
  test.each([
    ["a NAT forgets its mappings", (seed: number) => rebinding(seed, false)],
    ["a NAT gets another address", (seed: number) => rebinding(seed, true)],
    ["a switch of networks, with an ICE restart", networkSwitch],
    ["a switch of networks that nobody was told of", silentSwitch],
    ["such a switch between relays", relayedSwitch],
  ])(`${recoveries} times: %s`, { timeout: HOURS }, async (name, run) => {
    const times: number[] = [];
    const wrong: string[] = [];
    for (let seed = 1; seed <= recoveries; seed++) {
      const { time, faults }: Recovery = await run(seed);
      times.push(time);
      if (time > 3000 || faults > 0) wrong.push(`seed ${seed}: ${Math.round(time)} ms, ${faults} faults`);
    }
    console.log(`${name}: ${summary(times)}`);
    expect(wrong).toEqual([]);
  });
});

test("a hundred seeds play every two ends a hundred times, and in each way 33 times at least", () => {
  const [pairs, walls] = [NATS.length ** 2 * 3, FIREWALLS.length ** 2];
  const cases = [...allCases()];
  expect(cases).toHaveLength(pairs * (walls * 2 + walls - 1));
  const seeds = Array.from({ length: 100 }, (_, index) => index + 1);
  const times = cases.map((one) => seeds.filter((seed) => isPlayed(one, seed)).length);
  expect(Math.min(...times)).toBe(33);
  expect(times.reduce((sum, count) => sum + count)).toBe(pairs * walls * 100);
});

/** What the way to the relay has to get through. */
function wall(...walls: readonly unknown[]): string {
  if (walls.includes("tls-only")) return "over TLS";
  return walls.includes("no-udp") ? "over TCP" : "over UDP";
}

function matrix(cells: ReadonlyMap<string, string>): string {
  const names = NATS.map((nat) => nameOf(nat === undefined ? {} : { nat }));
  const line = (first: string, rest: readonly string[]) =>
    first.padEnd(10) + rest.map((text) => text.padEnd(11)).join("");
  const rows = names.map((near) =>
    line(
      near,
      names.map((far) => cells.get(`${near} ${far}`) ?? ""),
    ),
  );
  return [line("", names), ...rows].join("\n");
}

function table(times: ReadonlyMap<string, readonly number[]>): string {
  const connected = [...times].flatMap(([route, list]) => (route === "impossible" ? [] : list));
  return [...times, ["all that connect", connected] as const]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(
      ([kind, list]) => `${kind.padEnd(18)} ${kind === "impossible" ? `${list.length} runs` : summary(list)}`,
    )
    .join("\n");
}

function summary(times: readonly number[]): string {
  const [median, p95, most] = [0.5, 0.95, 1].map((share) => Math.round(quantile(times, share)));
  return `${times.length} runs, median ${median} ms, 95 % within ${p95} ms, longest ${most} ms`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
