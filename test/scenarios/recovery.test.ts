import { describe, expect, test } from "vitest";
import { networkSwitch, type Recovery, rebinding, relayedSwitch, silentSwitch } from "./recovery.testing.ts";

/** What recovers within 3 s, and loses nothing. */
async function recoversIn(run: (seed: number) => Promise<Recovery>, seeds: number): Promise<string[]> {
  const slow: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { time, faults } = await run(seed);
    if (time > 3000 || faults > 0) slow.push(`seed ${seed}: ${Math.round(time)} ms, ${faults} faults`);
  }
  return slow;
}

describe("traffic is back within 3 s, and nothing on a reliable channel is lost", () => {
  test("after a NAT has forgotten its mappings, without renegotiation", async () => {
    expect(await recoversIn((seed) => rebinding(seed, false), 5)).toEqual([]);
  });

  test("after a NAT has got another address, without renegotiation", async () => {
    expect(await recoversIn((seed) => rebinding(seed, true), 5)).toEqual([]);
  });

  test("after a switch to another network, with an ICE restart", async () => {
    expect(await recoversIn(networkSwitch, 5)).toEqual([]);
  });

  test("after a switch to another network that nobody was told of", async () => {
    expect(await recoversIn(silentSwitch, 6)).toEqual([]);
  });

  test("after such a switch between relays", async () => {
    expect(await recoversIn(relayedSwitch, 6)).toEqual([]);
  });
});
