import { expect, test } from "vitest";
import { createTrack, TrackSource, trackFrom } from "./index.ts";
import { MediaStreamTrack } from "./MediaStreamTrack.ts";
import { OverconstrainedError } from "./OverconstrainedError.ts";

function listen(track: MediaStreamTrack): string[] {
  const log: string[] = [];
  for (const type of ["mute", "unmute", "ended"]) {
    track.addEventListener(type, () => log.push(`${type} ${track.muted} ${track.readyState}`));
  }
  return log;
}

test("a track is live, enabled and has what its source says (mediacapture-main §4.3.1)", () => {
  const track = createTrack("video", { label: "screen", settings: { width: 640 } });
  expect([track.kind, track.label, track.enabled, track.muted, track.readyState]).toEqual([
    "video",
    "screen",
    true,
    false,
    "live",
  ]);
  expect(track.getSettings()).toEqual({ width: 640 });
  expect(track.getCapabilities()).toEqual({ width: { min: 640, max: 640 } });
  expect(track.id).toHaveLength(36);
  expect(() => new MediaStreamTrack()).toThrow(TypeError);
});

test("the source mutes, unmutes and ends all its tracks, with events (§4.3.1)", () => {
  const source = new TrackSource("audio");
  const [first, second] = [trackFrom(source), trackFrom(source)];
  const logs = [listen(first), listen(second)];
  source.setMuted(true);
  source.setMuted(true);
  source.setMuted(false);
  source.end();
  source.end();
  for (const log of logs) expect(log).toEqual(["mute true live", "unmute false live", "ended false ended"]);
  expect(trackFrom(source).readyState).toBe("ended");
});

test("stop() fires nothing, and the last one to stop releases the source (§4.3.3)", () => {
  const source = new TrackSource("audio");
  const released: number[] = [];
  source.onunused = () => released.push(1);
  const [first, second] = [trackFrom(source), trackFrom(source)];
  const log = listen(first);
  first.stop();
  first.stop();
  expect([first.readyState, second.readyState, released.length]).toEqual(["ended", "live", 0]);
  second.stop();
  expect(released).toHaveLength(1);
  source.end();
  expect(log).toEqual([]);
});

test("a clone has another id, and the state of the original (§4.3.1.4)", () => {
  const track = createTrack("audio");
  track.enabled = false;
  track.contentHint = "music";
  const clone = track.clone();
  expect(clone.id).not.toBe(track.id);
  expect([clone.enabled, clone.contentHint, clone.readyState]).toEqual([false, "music", "live"]);
  track.stop();
  expect([clone.readyState, track.clone().readyState]).toEqual(["live", "ended"]);
});

test("contentHint ignores hints of the other kind (mst-content-hint §3)", () => {
  const track = createTrack("audio");
  for (const hint of ["motion", "nonsense"]) track.contentHint = hint;
  expect(track.contentHint).toBe("");
});

test("applyConstraints refuses what the source cannot meet, by name (§11.1.1)", async () => {
  const track = createTrack("video", { settings: { width: 640 } });
  await expect(track.applyConstraints({ width: { min: 641 } })).rejects.toBeInstanceOf(OverconstrainedError);
  await expect(track.applyConstraints({ height: { exact: 1 } })).rejects.toMatchObject({
    name: "OverconstrainedError",
    constraint: "height",
  });
  expect(track.getConstraints()).toEqual({});
  await track.applyConstraints({ width: { ideal: 1280, max: 640 }, height: 480 });
  expect(track.getConstraints()).toEqual({ width: { ideal: 1280, max: 640 }, height: 480 });
});
