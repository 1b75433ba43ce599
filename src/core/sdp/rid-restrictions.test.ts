import { expect, test } from "vitest";
import { Malformed } from "../base/malformed.ts";
import { parseRidRestrictions, UNKNOWN_RID_RESTRICTION } from "./rid-restrictions.ts";

test("all restrictions are read (RFC 8851 §5)", () => {
  const text =
    "pt=96,97;max-width=1280;max-height=720;max-fps=30;max-fs=921600;max-br=1000000;max-pps=27648000";
  expect(parseRidRestrictions(`${text};max-bpp=0.125;depend=a,b`)).toEqual({
    payloadTypes: [96, 97],
    maxWidth: 1280,
    maxHeight: 720,
    maxFramerate: 30,
    maxFrameSize: 921_600,
    maxBitrate: 1_000_000,
    maxPixelRate: 27_648_000,
    maxBitsPerPixel: 0.125,
    dependsOn: ["a", "b"],
  });
});

test("a name alone restricts nothing, and spaces do not matter", () => {
  expect(parseRidRestrictions("max-width; max-fps = 5 ;max-bpp")).toEqual({ maxFramerate: 5 });
});

test.each([
  "max-width=",
  "max-width=-1",
  "max-width=1.5",
  "max-width=1;max-width=1",
  "max-br=9007199254740992",
  "pt",
  "pt=",
  "pt=128",
  "pt=96,",
  "max-bpp=1.",
  "max-bpp=x",
  "max-bpp=1.2.3",
  "depend=",
  "depend=a,@",
])("%s is malformed", (text) => {
  const result = parseRidRestrictions(text);
  expect(result).toBeInstanceOf(Malformed);
  expect(result).not.toBe(UNKNOWN_RID_RESTRICTION);
});

test.each(["", "max-zoom=2", "__proto__=1", "max-width=1;"])("%j is unknown", (text) => {
  expect(parseRidRestrictions(text)).toBe(UNKNOWN_RID_RESTRICTION);
});
