import { describe, expect, test } from "vitest";
import type { LinkChange } from "../../src/sim/index.ts";
import { end, negotiate, stage } from "./peers.ts";
import { type Flow, renegotiate, underLoad } from "./restart.testing.ts";

const LATENCY = 40;
const ROUND_TRIP = 2 * LATENCY;

/** Plays seeds 1 to `count`; returns those with faults or with a stall above `limit` ms. */
async function bad(count: number, limit: number, play: (seed: number) => Promise<Flow>): Promise<string[]> {
  const found: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const { faults, longestStall } = await play(seed);
    if (faults > 0 || longestStall > limit)
      found.push(`seed ${seed}: ${faults} faults, nothing for ${Math.round(longestStall)} ms`);
  }
  return found;
}

/** `rounds` restarts, by one side or by turns, at times that depend on the seed. */
async function restarts(
  seed: number,
  by: "offerer" | "answerer" | "both",
  rounds: number,
  link: LinkChange = {},
): Promise<Flow> {
  const play = await stage(seed, { latency: LATENCY, ...link });
  const { world, a, z } = play;
  return underLoad(play, async () => {
    for (let round = 0; round < rounds; round++) {
      const turn = by === "both" ? round % 2 : Number(by === "answerer");
      const [from, to] = turn === 0 ? [a, z] : [z, a];
      from.connection.restartIce();
      await renegotiate(play, from, to);
      const pause = (seed * 7919 + round * 104_729) % 4000;
      await new Promise<void>((resolve) => void world.at(world.now + pause, resolve));
    }
  });
}

describe("an ICE restart under load loses nothing", () => {
  test.each(["offerer", "answerer", "both"] as const)(
    "and nothing stalls for more than two round trips (by: %s)",
    async (by) => {
      expect(await bad(3, 2 * ROUND_TRIP, (seed) => restarts(seed, by, 8))).toEqual([]);
    },
    120_000,
  );

  test("nor for more than two seconds on a path that loses and reorders", async () => {
    const link: LinkChange = { loss: 0.02, jitter: 10, reorder: { probability: 0.05, delay: 15 } };
    expect(await bad(3, 2000, (seed) => restarts(seed, "both", 8, link))).toEqual([]);
  }, 120_000);
});

describe("another bundle", () => {
  const withoutBundle = (sdp: string) => sdp.replace(/a=group:BUNDLE[^\r]*\r\n/, "");

  test.each(["offerer", "answerer"])(
    "sections that join a bundle later keep idle channels open (by: %s)",
    async (by) => {
      const play = await stage(1, { latency: LATENCY }, { bundlePolicy: "max-compat" });
      const { world, a, z } = play;
      a.connection.addTransceiver("audio");
      const near = a.connection.createDataChannel("test");
      let far: typeof near | undefined;
      z.connection.ondatachannel = ({ channel }) => {
        far = channel;
      };
      await negotiate(play, withoutBundle);
      await world.runUntilAsync(() => near.readyState === "open" && far?.readyState === "open", 10_000);
      const received: string[] = [];
      for (const channel of [near, far!]) channel.onmessage = ({ data }) => received.push(data as string);
      near.send("one");
      far!.send("two");
      await world.runUntilAsync(() => received.length === 2, 1000);
      await world.runAsync(1000);
      const before = a.connection.sctp!.transport;

      const [from, to] = by === "offerer" ? [a, z] : [z, a];
      await world.runUntilSettled(renegotiate(play, from, to), 5000);
      expect(a.connection.sctp!.transport).not.toBe(before);
      near.send("three");
      far!.send("four");
      await world.runUntilAsync(() => received.length === 4, 5000);
      expect([near.readyState, far!.readyState]).toEqual(["open", "open"]);
      end(play);
    },
  );
});

describe("a dead path, then a new one by an ICE restart", () => {
  /** The network under both is gone for `outage` ms; the application restarts ICE on another one. */
  async function moved(seed: number, outage: number): Promise<Flow> {
    const play = await stage(seed, { latency: LATENCY });
    const { world, a, z } = play;
    return underLoad(play, async () => {
      z.host.setInterfaceUp("eth0", false);
      await new Promise<void>((resolve) => void world.at(world.now + outage, resolve));
      z.host.addAddress({ address: "198.51.100.77", interfaceName: "eth1" });
      z.connection.restartIce();
      await renegotiate(play, z, a);
    });
  }

  test.each([1000, 8000, 20_000])(
    "data is back a second after the restart (dead for %i ms)",
    async (outage) => {
      expect(await bad(3, outage + 1000, (seed) => moved(seed, outage))).toEqual([]);
    },
    120_000,
  );
});
