import { expect, test } from "vitest";
import { createTrack } from "./index.ts";
import { addTrackToStream, createStream, MediaStream, removeTrackFromStream } from "./MediaStream.ts";
import type { MediaStreamTrackEvent } from "./MediaStreamTrackEvent.ts";

test("is made of nothing, of a stream or of tracks (mediacapture-main §4.2.1)", () => {
  const [audio, video] = [createTrack("audio"), createTrack("video")];
  expect(new MediaStream().getTracks()).toEqual([]);
  const stream = new MediaStream([audio, video, audio]);
  expect(stream.getTracks()).toEqual([audio, video]);
  expect([stream.getAudioTracks(), stream.getVideoTracks()]).toEqual([[audio], [video]]);
  expect(new MediaStream(stream).getTracks()).toEqual([audio, video]);
  expect(new MediaStream(stream).id).not.toBe(stream.id);
  expect(stream.getTrackById(video.id)).toBe(video);
  expect(stream.getTrackById("")).toBeNull();
  for (const wrong of [null, 1, "x", [{}]]) {
    expect(() => new MediaStream(wrong as never)).toThrow(TypeError);
  }
});

test("is active while a track is live, and its clone has clones (§4.2.2)", () => {
  const track = createTrack("audio");
  const stream = new MediaStream([track]);
  const clone = stream.clone();
  track.stop();
  expect([stream.active, clone.active]).toEqual([false, true]);
  expect(clone.getTracks()[0]).not.toBe(track);
});

test("tells of tracks that the application has not added or removed itself (§4.2)", () => {
  const stream = createStream("theirs");
  const track = createTrack("video");
  const log: unknown[] = [];
  for (const type of ["addtrack", "removetrack"] as const) {
    stream.addEventListener(type, (event: MediaStreamTrackEvent) => log.push(type, event.track));
  }
  stream.addTrack(track);
  stream.removeTrack(track);
  expect(log).toEqual([]);
  addTrackToStream(stream, track);
  addTrackToStream(stream, track);
  removeTrackFromStream(stream, track);
  removeTrackFromStream(stream, track);
  expect(log).toEqual(["addtrack", track, "removetrack", track]);
  expect(stream.id).toBe("theirs");
});
