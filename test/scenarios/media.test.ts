import { describe, expect, test } from "vitest";
import type { ReceivedFrame } from "../../src/media/index.ts";
import { subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
import { end, negotiate, pattern, type Stage, stage } from "./peers.ts";

/** Writes a frame of `size` bytes every `interval` ms of the world's time, `count` times. */
function writeFrames(
  { world }: Stage,
  source: TrackSource,
  { count, interval, size }: { count: number; interval: number; size: number },
): void {
  const begin = world.now;
  for (let i = 0; i < count; i++) {
    world.at(begin + i * interval, () =>
      source.writeFrame({ type: "key", data: pattern(size, i), timestamp: i * interval * 1000 }),
    );
  }
}

/** An audio track from `a` to `z`, flowing. */
async function audio(play: Stage): Promise<{ source: TrackSource; frames: ReceivedFrame[]; log: string[] }> {
  const source = new TrackSource("audio");
  const frames: ReceivedFrame[] = [];
  const log: string[] = [];
  play.a.connection.addTrack(trackFrom(source));
  play.z.connection.ontrack = ({ track }) => {
    track.onunmute = () => log.push("unmute");
    track.onmute = () => log.push("mute");
    subscribe(track, { frame: (frame) => frames.push(frame as ReceivedFrame) });
  };
  await negotiate(play);
  const { a, z } = play;
  await play.world.runUntilAsync(
    () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
    10_000,
  );
  return { source, frames, log };
}

describe("audio in encoded frames", () => {
  test("arrives in order and whole, and the track unmutes with the first packet (webrtc-pc §5.3)", async () => {
    const play = await stage(1, { latency: 20 });
    const { source, frames, log } = await audio(play);
    expect(log).toEqual([]);
    writeFrames(play, source, { count: 50, interval: 20, size: 80 });
    await play.world.runUntilAsync(() => frames.length === 50, 5000);
    expect(log).toEqual(["unmute"]);
    frames.forEach(({ data, mimeType, type }, i) => {
      expect([mimeType, type, data]).toEqual(["audio/opus", "key", pattern(80, i)]);
    });
    const first = frames[0]!.timestamp;
    expect(frames.map(({ timestamp }) => timestamp - first)).toEqual(frames.map((_, i) => i * 20_000));
    end(play);
  });

  test("a loss is skipped after a short wait, and the others are there", async () => {
    const play = await stage(2, { latency: 20 });
    const { source, frames } = await audio(play);
    play.world.link(play.a.host, play.z.host, { loss: 0.1 });
    writeFrames(play, source, { count: 500, interval: 20, size: 80 });
    await play.world.run(12_000);
    expect(frames.length).toBeGreaterThan(420);
    expect(frames.length).toBeLessThan(490);
    const numbers = frames.map(({ timestamp }) => timestamp);
    expect(numbers).toEqual([...numbers].sort((x, y) => x - y));
    end(play);
  });

  test("nothing flows any more after close, and nothing is left to happen", async () => {
    const play = await stage(3, { latency: 20 });
    const { source, frames } = await audio(play);
    writeFrames(play, source, { count: 10, interval: 20, size: 80 });
    await play.world.runUntilAsync(() => frames.length === 10, 5000);
    end(play);
    source.writeFrame({ type: "key", data: pattern(80, 0), timestamp: 0 });
    expect(frames).toHaveLength(10);
  });
});

describe("video passed on as packets", () => {
  test("goes through a node in between without being taken apart", async () => {
    const play = await stage(4, { latency: 20 });
    const { source, frames } = await audio(play);
    // z sends what it gets back to a.
    const back: ReceivedFrame[] = [];
    play.a.connection.ontrack = ({ track }) => {
      subscribe(track, { frame: (frame) => back.push(frame as ReceivedFrame) });
    };
    play.z.connection.addTrack(play.z.connection.getReceivers()[0]!.track);
    const { a, z, world } = play;
    const exchange = async () => {
      await z.connection.setLocalDescription();
      await a.connection.setRemoteDescription(z.connection.localDescription!);
      await a.connection.setLocalDescription();
      await z.connection.setRemoteDescription(a.connection.localDescription!);
    };
    await world.runUntilSettled(exchange(), 5000);
    writeFrames(play, source, { count: 50, interval: 20, size: 80 });
    await world.runUntilAsync(() => back.length === 50, 5000);
    expect(frames.length).toBe(50);
    expect(back.map(({ data }) => data)).toEqual(frames.map(({ data }) => data));
    end(play);
  });
});
