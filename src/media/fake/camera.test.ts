import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EncodedFrame } from "../../core/base/media-frame.ts";
import { videoCodec } from "../../core/media/payload/registry.ts";
import { type MediaSink, subscribe, TrackSource, trackFrom, type WantedEncoding } from "../index.ts";
import { attachSink } from "../MediaStreamTrack.ts";
import { feedGreyPicture } from "./camera.ts";
import { greyH264 } from "./h264-picture.ts";
import { greyVp8 } from "./vp8-picture.ts";

const SETTINGS = { width: 640, height: 480, frameRate: 25 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function wanting(encodings: readonly Partial<WantedEncoding>[]) {
  const source = new TrackSource("video");
  const track = trackFrom(source);
  const frames: EncodedFrame[] = [];
  const sink: MediaSink = {
    encodings: encodings as readonly WantedEncoding[],
    frame: (frame) => frames.push(frame),
  };
  feedGreyPicture(source, () => SETTINGS);
  attachSink(track, sink);
  return { source, track, frames };
}

/** Of a VP8 key frame (RFC 6386 §9.1). */
function sizeOf({ data }: EncodedFrame): [number, number] {
  return [data[6]! | (data[7]! << 8), data[8]! | (data[9]! << 8)];
}

test("yields a key frame and then what repeats it, at the frame rate, while a track uses it", () => {
  const { track, frames } = wanting([{ mimeType: "video/VP8" }]);
  vi.advanceTimersByTime(160);
  expect(frames.map(({ type, timestamp }) => [type, timestamp])).toEqual([
    ["key", 40_000],
    ["delta", 80_000],
    ["delta", 120_000],
    ["delta", 160_000],
  ]);
  track.stop();
  vi.advanceTimersByTime(1000);
  expect([frames.length, vi.getTimerCount()]).toEqual([4, 0]);
});

test("stops when its device is unplugged", () => {
  const { source } = wanting([{ mimeType: "video/VP8" }]);
  source.end();
  vi.advanceTimersByTime(40);
  expect(vi.getTimerCount()).toBe(0);
});

test("encodes each layer in its size, codec and frame rate (webrtc-pc §5.2, webrtc-extensions §5.3)", () => {
  const { frames } = wanting([
    { rid: "q", mimeType: "video/VP8", scaleResolutionDownBy: 4 },
    { rid: "h", mimeType: "video/VP8", scaleResolutionDownTo: { maxWidth: 240, maxHeight: 320 } },
    { rid: "f", mimeType: "video/H264", maxFramerate: 5 },
  ]);
  vi.advanceTimersByTime(1000);
  const of = (rid: string) => frames.filter((frame) => frame.rid === rid);
  expect([of("q").length, of("h").length, of("f").length]).toEqual([25, 25, 6]);
  expect([sizeOf(of("q")[0]!), sizeOf(of("h")[0]!)]).toEqual([
    [160, 120],
    [320, 240],
  ]);
  expect(of("f")[0]).toMatchObject({ mimeType: "video/H264", type: "key" });
});

test("makes no H.264 picture that the level does not allow (RFC 6184 §8.1)", () => {
  const sizes: number[] = [];
  for (const sdpFmtpLine of [
    "profile-level-id=42e00b",
    "packetization-mode=1;profile-level-id=42e01f",
    undefined,
  ]) {
    const { frames } = wanting([{ mimeType: "video/H264", sdpFmtpLine }]);
    vi.advanceTimersByTime(40);
    // Of the picture without residue, a byte for each macroblock.
    sizes.push(frames[0]!.data.length);
  }
  expect(sizes[0]).toBeLessThan(396 + 40);
  expect(sizes[1]).toBeGreaterThan(1200);
  expect(sizes[2]).toBeLessThan(99 + 40);
});

test("begins with a key frame anew when another size is wanted, and when one is asked for", () => {
  const encoding = { mimeType: "video/VP8", scaleResolutionDownBy: 1 };
  const { source, frames } = wanting([encoding]);
  vi.advanceTimersByTime(80);
  encoding.scaleResolutionDownBy = 2;
  vi.advanceTimersByTime(80);
  source.requestKeyFrame();
  vi.advanceTimersByTime(80);
  expect(frames.map(({ type }) => type)).toEqual(["key", "delta", "key", "delta", "key", "delta"]);
});

test("yields nothing in a codec that it has not, and VP8 to those who do not say", () => {
  const { track, frames } = wanting([{ mimeType: "video/AV1" }]);
  const anything: EncodedFrame[] = [];
  subscribe(track, { frame: (frame) => anything.push(frame) });
  vi.advanceTimersByTime(40);
  expect([frames.length, anything.map(({ mimeType }) => mimeType)]).toEqual([0, ["video/VP8"]]);
});

test("VP8 and H.264 frames are what Chromium's decoders show as grey", () => {
  // The digests of frames that were decoded there, of a size that is no multiple of a macroblock.
  const digest = (frames: Uint8Array[]) => {
    const hash = createHash("sha256");
    for (const frame of frames) hash.update(frame);
    return hash.digest("hex").slice(0, 16);
  };
  expect(digest([greyVp8(650, 470, true), greyVp8(650, 470, false)])).toBe("6a5d421b670d450b");
  expect(digest([0, 1, 2].map((index) => greyH264(650, 470, index)))).toBe("f6379884c6a973b9");
  for (const index of [0, 1]) {
    expect(videoCodec("video/VP8")!.isKeyFrame(greyVp8(64, 64, index === 0))).toBe(index === 0);
    expect(videoCodec("video/H264")!.isKeyFrame(greyH264(64, 64, index))).toBe(index === 0);
  }
});
