import { expect, test } from "vitest";
import type { EncodedFrame, MediaPacket } from "../core/base/media-frame.ts";
import { subscribe, TrackSource, trackFrom } from "./index.ts";

const FRAME: EncodedFrame = { type: "key", data: Uint8Array.of(1, 2, 3), timestamp: 0 };
const PACKETS: readonly MediaPacket[] = [
  {
    mimeType: "video/VP8",
    payloadType: 96,
    marker: true,
    sequenceNumber: 1,
    timestamp: 2,
    ssrc: 3,
    csrcs: [],
    payload: Uint8Array.of(4),
    extensions: [],
  },
];

test("a subscriber gets the frames that the source writes, until it closes", () => {
  const source = new TrackSource("video");
  const frames: EncodedFrame[] = [];
  const subscription = subscribe(trackFrom(source), { frame: (frame) => frames.push(frame) });
  source.writeFrame(FRAME);
  subscription.close();
  subscription.close();
  source.writeFrame(FRAME);
  expect(frames).toEqual([FRAME]);
});

test("a disabled track yields nothing, a stopped one nothing any more (mediacapture-main §4.3.1)", () => {
  const source = new TrackSource("audio");
  const track = trackFrom(source);
  let frames = 0;
  subscribe(track, { frame: () => frames++ });
  track.enabled = false;
  source.writeFrame(FRAME);
  expect(frames).toBe(0);
  track.enabled = true;
  source.writeFrame(FRAME);
  expect(frames).toBe(1);
  track.stop();
  source.writeFrame(FRAME);
  expect([frames, source.wanted.frames]).toEqual([1, false]);
});

test("tracks of one source are enabled each for itself", () => {
  const source = new TrackSource("audio");
  const [one, other] = [trackFrom(source), trackFrom(source)];
  const got: string[] = [];
  subscribe(one, { frame: () => got.push("one") });
  subscribe(other, { frame: () => got.push("other") });
  one.enabled = false;
  source.writeFrame(FRAME);
  expect(got).toEqual(["other"]);
});

test("a source on the network learns in which form its media is wanted, and gives each form to those who take it", () => {
  const source = new TrackSource("video", { yieldsPackets: true });
  const track = trackFrom(source);
  const log: unknown[] = [];
  source.onwantedchange = () => log.push({ ...source.wanted });
  const packets = subscribe(track, { packets: () => log.push("packets"), frame: () => log.push("never") });
  const frames = subscribe(track, { frame: () => log.push("frame") });
  source.writePackets(PACKETS);
  source.writeFrame(FRAME);
  packets.close();
  frames.close();
  expect(log).toEqual([
    { frames: false, packets: true },
    { frames: true, packets: true },
    "packets",
    "frame",
    { frames: true, packets: false },
    { frames: false, packets: false },
  ]);
});

test("a source without packets gives its frames to everybody", () => {
  const source = new TrackSource("video");
  let frames = 0;
  subscribe(trackFrom(source), { packets: () => expect.unreachable(), frame: () => frames++ });
  source.writeFrame(FRAME);
  expect(frames).toBe(1);
});

test("a request for a key frame reaches the source, with the layer, until it has ended", () => {
  const source = new TrackSource("video");
  const asked: (string | undefined)[] = [];
  source.onkeyframerequest = (rid) => asked.push(rid);
  const subscription = subscribe(trackFrom(source), {});
  subscription.requestKeyFrame();
  subscription.requestKeyFrame("hi");
  source.end();
  subscription.requestKeyFrame();
  expect(asked).toEqual([undefined, "hi"]);
});

test("who comes later learns at once when packets were captured, as far as it is known", () => {
  const source = new TrackSource("video", { yieldsPackets: true });
  const track = trackFrom(source);
  const told: number[] = [];
  const clock = (ssrc: number, capturedAt: number) => ({ ssrc, rtpTimestamp: 0, capturedAt });
  source.writeClock(clock(1, 10));
  source.writeClock(clock(2, 20));
  source.writeClock(clock(1, 11));
  const subscription = subscribe(track, { clock: ({ capturedAt }) => told.push(capturedAt) });
  expect(told).toEqual([20, 11]);
  source.writeClock(clock(1, 12));
  subscription.close();
  source.writeClock(clock(1, 13));
  source.end();
  source.writeClock(clock(1, 14));
  expect(told).toEqual([20, 11, 12]);
});
