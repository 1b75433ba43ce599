import { describe, expect, test } from "vitest";
import type { RTCConfiguration, RTCPeerConnection } from "../../src/index.ts";
import type { SeededRandom } from "../../src/sim/index.ts";
import { connectChannel, type Stage, stage } from "./peers.ts";
import { expectAgreement, expectStreams, watchStreams } from "./perfect-peer.ts";
import { RandomCaller } from "./random-calls.ts";

const SEEDS = Number(process.env.SEEDS ?? 15);
const FIRST = Number(process.env.FIRST ?? 1);

interface Scene extends Stage {
  readonly near: RandomCaller;
  readonly far: RandomCaller;
  readonly random: SeededRandom;
}

/** Both ends have the same; what bundles and what does not is the seed's. */
function configurationFor(seed: number): RTCConfiguration {
  const bundlePolicy = (["balanced", "max-compat", "max-bundle"] as const)[seed % 3]!;
  // Dropped from the types of the standard, still accepted.
  const rtcpMuxPolicy = (seed % 4 === 0 ? "negotiate" : "require") as "require";
  return { bundlePolicy, rtcpMuxPolicy };
}

async function scene(seed: number): Promise<Scene> {
  const play = await stage(seed, { latency: 5 }, configurationFor(seed));
  const random = play.world.random("script");
  const near = new RandomCaller(play.a.connection, random);
  const far = new RandomCaller(play.z.connection, random);
  return { ...play, near, far, random };
}

/** Closes both, and sees that nothing is left to happen. */
async function expectQuietEnd({ world, near, far }: Scene, seed: number): Promise<void> {
  near.pc.close();
  far.pc.close();
  await world.runAsync(300_000);
  expect(world.pending, `seed ${seed}: events left after close()`).toBe(0);
  for (const { pc, channels } of [near, far]) {
    expect([pc.signalingState, pc.connectionState, pc.iceConnectionState]).toEqual([
      "closed",
      "closed",
      "closed",
    ]);
    expect(
      channels.every(({ readyState }) => readyState === "closed"),
      `seed ${seed}`,
    ).toBe(true);
    for (const { currentDirection, receiver } of pc.getTransceivers()) {
      expect([currentDirection, receiver.track.readyState], `seed ${seed}`).toEqual(["stopped", "ended"]);
    }
  }
}

/** Whether something that is not rejected was negotiated. */
function hasTransport(pc: RTCPeerConnection): boolean {
  return pc.sctp !== null || pc.getTransceivers().some(({ sender }) => sender.transport?.state !== "closed");
}

/** One negotiation by the rules, with detours. `one` offers. */
async function negotiate(one: RandomCaller, other: RandomCaller, random: SeededRandom): Promise<void> {
  const [a, z] = [one.pc, other.pc];
  const interfere = () => {
    if (random.below(3) === 0) (random.below(2) === 0 ? one : other).objectCall();
  };
  if (random.below(5) === 0) {
    await a.setLocalDescription();
    interfere();
    await a.setLocalDescription({ type: "rollback" });
  }
  if (random.below(5) === 0) await z.setLocalDescription(await z.createOffer()); // Glare: what follows rolls it back.
  await a.setLocalDescription(await a.createOffer({ iceRestart: random.below(8) === 0 }));
  interfere();
  await z.setRemoteDescription(a.localDescription!);
  interfere();
  if (random.below(5) === 0) {
    await z.setRemoteDescription({ type: "rollback" });
    interfere();
    await z.setRemoteDescription(a.localDescription!);
  }
  if (random.below(4) === 0) {
    await z.setLocalDescription({ type: "pranswer", sdp: (await z.createAnswer()).sdp });
    interfere();
    await a.setRemoteDescription(z.localDescription!);
    interfere();
  }
  await z.setLocalDescription(await z.createAnswer());
  interfere();
  await a.setRemoteDescription(z.localDescription!);
  interfere();
}

describe("random calls of the public interface", () => {
  test(`between negotiations by the rules, both ends agree after each: ${SEEDS} seeds`, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const play = await scene(seed);
      const { world, near, far, random } = play;
      const seen = [watchStreams(near.pc), watchStreams(far.pc)] as const;
      for (let round = 0; round < 6; round++) {
        for (let i = random.below(6); i > 0; i--) (random.below(2) === 0 ? near : far).objectCall();
        await world.runAsync(random.below(30));
        const [one, other] = random.below(2) === 0 ? [near, far] : [far, near];
        try {
          await world.runUntilSettled(negotiate(one, other, random), 10_000);
        } catch (error) {
          throw new Error(`seed ${seed}, round ${round}, after ${near.log} | ${far.log}`, { cause: error });
        }
        expectAgreement(near.pc, far.pc, seed);
        expectAgreement(far.pc, near.pc, seed);
        expectStreams(near.pc, far.pc, seen[1], seed);
        expectStreams(far.pc, near.pc, seen[0], seed);
        await world.runAsync(random.below(500));
      }
      expect([...near.faults, ...far.faults], `seed ${seed}`).toEqual([]);
      if ([near, far].every(({ pc }) => hasTransport(pc))) {
        await world.runAsync(60_000);
        const states = [near.pc.connectionState, far.pc.connectionState];
        expect(states, `seed ${seed}`).toEqual(["connected", "connected"]);
      }
      await expectQuietEnd(play, seed);
    }
  });

  test(`in any order, closed at any moment: nothing but the standard's errors, nothing left behind: ${SEEDS} seeds`, async () => {
    let refused = 0;
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const play = await scene(seed);
      const { world, near, far, random } = play;
      if (seed % 3 === 0) await connectChannel(play);
      for (const one of [near, far]) one.actsInEvents = seed % 2 === 0;
      for (let i = 40 + random.below(60); i > 0; i--) {
        const [one, other] = random.below(2) === 0 ? [near, far] : [far, near];
        if (random.below(2) === 0) one.objectCall();
        else one.descriptionCall();
        const { localDescription } = one.pc;
        if (localDescription) other.seen.push({ type: localDescription.type, sdp: localDescription.sdp });
        if (random.below(3) === 0) await world.runAsync(random.below(40));
      }
      if (random.below(2) === 0) near.pc.close();
      for (let i = 20; i > 0; i--) {
        near.objectCall();
        near.descriptionCall();
        far.objectCall();
      }
      await world.runAsync(random.below(2000));
      expect([...near.faults, ...far.faults], `seed ${seed}`).toEqual([]);
      refused += near.refused + far.refused;
      await expectQuietEnd(play, seed);
    }
    expect(refused).toBeGreaterThan(SEEDS * 10);
  });
});
