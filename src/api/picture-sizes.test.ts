import { expect, test } from "vitest";
import type { EncodedFrame } from "../core/base/media-frame.ts";
import { MAX_LAYERS, PictureSizes } from "./picture-sizes.ts";

/** RFC 6386 §9.1: a key frame's first ten octets. */
function vp8(width: number, height: number, rid?: string): EncodedFrame {
  const data = Uint8Array.of(
    0x10,
    0,
    0,
    0x9d,
    0x01,
    0x2a,
    width & 255,
    width >> 8,
    height & 255,
    height >> 8,
  );
  return { type: "key", data, timestamp: 0, ...(rid === undefined ? {} : { rid }) };
}

const delta = (rid?: string): EncodedFrame => ({
  type: "delta",
  data: new Uint8Array(4),
  timestamp: 0,
  ...(rid === undefined ? {} : { rid }),
});

test("delta frames have the size of their layer's last key frame", () => {
  const sizes = new PictureSizes();
  expect(sizes.sizeOf(delta(), "video/VP8")).toBeUndefined();
  expect(sizes.sizeOf(vp8(640, 480, "h"), "video/VP8")).toEqual({ width: 640, height: 480 });
  expect(sizes.sizeOf(vp8(320, 240, "l"), "video/VP8")).toEqual({ width: 320, height: 240 });
  expect(sizes.sizeOf(delta("h"), "video/VP8")).toEqual({ width: 640, height: 480 });
  expect(sizes.sizeOf(vp8(1280, 720, "h"), "video/VP8")).toEqual({ width: 1280, height: 720 });
  expect(sizes.sizeOf(delta("l"), "video/VP8")).toEqual({ width: 320, height: 240 });
});

test("a key frame that does not say how large it is ends what was known", () => {
  const sizes = new PictureSizes();
  sizes.sizeOf(vp8(640, 480), "video/VP8");
  expect(sizes.sizeOf({ ...delta(), type: "key" }, "video/VP8")).toBeUndefined();
  expect(sizes.sizeOf(delta(), "video/VP8")).toBeUndefined();
  expect(sizes.sizeOf(vp8(640, 480), undefined)).toBeUndefined();
});

test(`${MAX_LAYERS} layers are remembered`, () => {
  const sizes = new PictureSizes();
  for (let layer = 0; layer <= MAX_LAYERS; layer++) sizes.sizeOf(vp8(16, 16, String(layer)), "video/VP8");
  expect(sizes.sizeOf(delta("0"), "video/VP8")).toBeUndefined();
  expect(sizes.sizeOf(delta("1"), "video/VP8")).toEqual({ width: 16, height: 16 });
});
