import { describe, expect, test } from "vitest";
import { allCases, type Case, nameOf, nameOfServers, play } from "./traversal-cases.testing.ts";

const cases = [...allCases()];

/** Plays cases, and tells all that end otherwise than they must. */
async function surprises(chosen: readonly Case[], seed: number): Promise<string[]> {
  const wrong: string[] = [];
  for (const [index, one] of chosen.entries()) {
    const { kind } = await play(one, seed + index);
    if (kind === one.expected) continue;
    const ends = `${nameOf(one.a)} ↔ ${nameOf(one.z)}, ${nameOfServers(one)}`;
    wrong.push(`${ends}: ${kind}, not ${one.expected} (seed ${seed + index})`);
  }
  return wrong;
}

describe("two ends find each other wherever a way exists", () => {
  test("every pair of NATs, IPv4, with and without a relay", async () => {
    const chosen = cases.filter(
      ({ a, z }) => !a.ipv6 && a.firewall === undefined && z.firewall === undefined,
    );
    expect(chosen).toHaveLength(200);
    expect(await surprises(chosen, 1)).toEqual([]);
  });

  test("a sample of firewalls and address families", async () => {
    const chosen = cases.filter((_, index) => index % 41 === 0);
    expect(chosen.length).toBeGreaterThan(100);
    expect(await surprises(chosen, 1000)).toEqual([]);
  });
});
