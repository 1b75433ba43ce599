import { expect, test } from "vitest";
import { greyH264 } from "../../../media/fake/h264-picture.ts";
import { greyVp8 } from "../../../media/fake/vp8-picture.ts";
import { pictureSize } from "./picture-size.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

test.each([
  [640, 480],
  [650, 470],
  [1, 1],
  [16_383, 9],
])("of VP8 and H.264 key frames: %i × %i", (width, height) => {
  expect(pictureSize("video/VP8", greyVp8(width, height, true))).toEqual({ width, height });
  // H.264 crops pairs of pixels.
  const even = { width: width + (width % 2), height: height + (height % 2) };
  expect(pictureSize("video/H264", greyH264(width, height, 0))).toEqual(even);
});

test("of an H.264 high profile with a scaling matrix, cropped to 1080 lines", () => {
  // profile_idc 100, level 4.0, 4:2:0, 120 × 68 macroblocks, 4 lines of chroma cropped.
  expect(pictureSize("video/H264", bytes("000000016764002 8acd940780227e5c05a80".replace(" ", "")))).toEqual({
    width: 1920,
    height: 1080,
  });
});

test("of a VP9 key frame (bitstream specification §6.2)", () => {
  expect(
    pictureSize("video/VP9", bytes("8249834200 27f 01df 0000".replaceAll(" ", "").padEnd(24, "0"))),
  ).toEqual({
    width: 640,
    height: 480,
  });
});

test("nothing is made of delta frames, other codecs and nonsense", () => {
  expect(pictureSize("video/VP8", greyVp8(640, 480, false))).toBeUndefined();
  expect(pictureSize("video/H264", greyH264(640, 480, 1))).toBeUndefined();
  expect(pictureSize("video/AV1", greyVp8(640, 480, true))).toBeUndefined();
  for (const codec of ["video/VP8", "video/VP9", "video/H264"]) {
    const whole = codec === "video/H264" ? greyH264(64, 64, 0) : greyVp8(64, 64, true);
    for (let length = 0; length < 24; length++) pictureSize(codec, whole.subarray(0, length));
    expect(pictureSize(codec, new Uint8Array(300).fill(0xff))).toBeUndefined();
    expect(pictureSize(codec, new Uint8Array(300))).toBeUndefined();
  }
});
