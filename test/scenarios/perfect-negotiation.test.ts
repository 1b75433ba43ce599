import { describe, expect, test } from "vitest";
import { MediaStream, type RTCDataChannel, type RTCPeerConnection } from "../../src/index.ts";
import { createTrack } from "../../src/media/index.ts";
import type { SeededRandom } from "../../src/sim/index.ts";
import { end, type Stage, stage } from "./peers.ts";
import { expectAgreement, expectStreams, PerfectPeer, watchStreams, type Yielding } from "./perfect-peer.ts";

const SEEDS = Number(process.env.SEEDS ?? 15);
/** Milliseconds until every negotiation has had the time it needs. */
const QUIET = 60_000;

interface Scene extends Stage {
  readonly near: PerfectPeer;
  readonly far: PerfectPeer;
  readonly random: SeededRandom;
}

async function scene(seed: number, yielding: Yielding): Promise<Scene> {
  const play = await stage(seed, { latency: 5 });
  const { world, a, z } = play;
  const near = new PerfectPeer(world, a, "a", true, yielding);
  const far = new PerfectPeer(world, z, "z", false, yielding);
  near.connectTo(far);
  return { ...play, near, far, random: world.random("script") };
}

/** Something an application does that needs negotiation, most of the time. */
function act(pc: RTCPeerConnection, random: SeededRandom, channels: RTCDataChannel[]): void {
  const transceivers = pc.getTransceivers().filter(({ direction }) => direction !== "stopped");
  const transceiver = transceivers[random.below(Math.max(1, transceivers.length))];
  const kind = random.below(2) === 0 ? "audio" : "video";
  switch (random.below(9)) {
    case 0:
    case 1:
      pc.addTrack(createTrack(kind), new MediaStream());
      return;
    case 2:
      pc.addTransceiver(kind, {
        direction: (["sendrecv", "sendonly", "recvonly"] as const)[random.below(3)]!,
      });
      return;
    case 3:
      if (transceiver) pc.removeTrack(transceiver.sender);
      return;
    case 4:
      if (transceiver)
        transceiver.direction = (["sendrecv", "recvonly", "inactive"] as const)[random.below(3)]!;
      return;
    case 5:
      transceiver?.stop();
      return;
    case 6:
      transceiver?.sender.setStreams(new MediaStream());
      return;
    case 7:
      pc.restartIce();
      return;
    case 8:
      channels.push(pc.createDataChannel("more"));
  }
}

describe("perfect negotiation under glare (webrtc-pc §10.7)", () => {
  test.each(["implicit", "explicit"] as const)(
    `whatever both sides do and whenever they do it, they agree in the end: ${SEEDS} seeds, %s rollback`,
    async (yielding) => {
      let collisions = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const play = await scene(seed, yielding);
        const { world, near, far, random } = play;
        const channels: RTCDataChannel[] = [];
        const seen = [watchStreams(near.pc), watchStreams(far.pc)] as const;
        for (let i = 0; i < 12; i++) {
          const { pc } = random.below(2) === 0 ? near : far;
          world.at(world.now + random.below(1500), () => act(pc, random, channels));
        }
        world.at(world.now + 1600, () => channels.push(far.pc.createDataChannel("last")));
        await world.runAsync(QUIET);
        expect([...near.faults, ...far.faults], `seed ${seed}`).toEqual([]);
        expectAgreement(near.pc, far.pc, seed);
        expectAgreement(far.pc, near.pc, seed);
        expectStreams(near.pc, far.pc, seen[1], seed);
        expectStreams(far.pc, near.pc, seen[0], seed);
        expect(near.pc.connectionState, `seed ${seed}`).toBe("connected");
        expect(
          channels.map(({ readyState }) => readyState),
          `seed ${seed}`,
        ).toEqual(channels.map(() => "open"));
        // Nobody has a wish left that was not negotiated, and nobody asks without a wish.
        const before = near.negotiations + far.negotiations;
        for (const { pc } of [near, far])
          pc.addEventListener("negotiationneeded", () => expect.unreachable());
        await world.runAsync(1000);
        expect(near.negotiations + far.negotiations, `seed ${seed}`).toBe(before);
        collisions += far.ignored;
        end(play);
      }
      expect(collisions).toBeGreaterThan(SEEDS / 2);
    },
  );

  test("both sides add at the same moment, again and again: everything is there in the end", async () => {
    const play = await scene(1, "implicit");
    const { world, near, far } = play;
    for (let i = 0; i < 8; i++) {
      for (const { pc } of [near, far]) world.at(world.now + 37 * i, () => void pc.addTransceiver("video"));
    }
    await world.runAsync(QUIET);
    expect([...near.faults, ...far.faults]).toEqual([]);
    expect(near.pc.getTransceivers()).toHaveLength(16);
    expectAgreement(near.pc, far.pc, 1);
    end(play);
  });

  test("a track added while an offer of ours is out is negotiated right after the answer", async () => {
    const play = await scene(2, "implicit");
    const { world, near, far } = play;
    near.pc.createDataChannel("first");
    await world.runUntilAsync(() => near.pc.signalingState === "have-local-offer", 1000);
    const sender = near.pc.addTrack(createTrack("audio"));
    await world.runAsync(QUIET);
    expect([near.negotiations, far.negotiations]).toEqual([2, 0]);
    expect(near.pc.getTransceivers()[0]!.sender).toBe(sender);
    expect(near.pc.getTransceivers()[0]!.currentDirection).toBe("sendonly");
    end(play);
  });

  test("a track whose offer was rolled back takes the section that the peer has offered", async () => {
    const play = await scene(3, "implicit");
    const { world, near, far } = play;
    near.pc.addTrack(createTrack("audio"));
    far.pc.addTrack(createTrack("audio"));
    await world.runAsync(QUIET);
    expect(near.pc.getTransceivers()).toHaveLength(1);
    expect(near.pc.getTransceivers()[0]!.currentDirection).toBe("sendrecv");
    expect(far.ignored).toBe(1);
    end(play);
  });

  test("a wish that ends before its task comes is not announced (webrtc-pc §4.7.3)", async () => {
    const play = await scene(4, "implicit");
    const { world, near } = play;
    near.pc.addTrack(createTrack("audio"));
    await world.runAsync(QUIET);
    expect(near.negotiations).toBe(1);
    const [transceiver] = near.pc.getTransceivers();
    transceiver!.direction = "inactive";
    transceiver!.direction = "sendrecv";
    await world.runAsync(1000);
    expect(near.negotiations).toBe(1);
    end(play);
  });
});
