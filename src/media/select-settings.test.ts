import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MediaTrackConstraints, MediaTrackSettings } from "./constraints.ts";
import { MAX_CONSTRAINT_STRING_LENGTH, selectSettings } from "./select-settings.ts";
import type { SourceDescription } from "./source-choices.ts";

const CAMERA: SourceDescription = {
  settings: { deviceId: "camera", facingMode: "user" },
  capabilities: {},
  modes: [
    { width: 640, height: 480, frameRate: 30 },
    { width: 1280, height: 720, frameRate: 30 },
  ],
};

const MICROPHONE: SourceDescription = {
  settings: { deviceId: "microphone", echoCancellation: true, sampleRate: 48_000 },
  capabilities: { echoCancellation: [true, false, "all"], sampleRate: { min: 8_000, max: 48_000 } },
  modes: [],
};

/** Values that the types of `lib.dom` do not have yet. */
const ALL = "all" as unknown as boolean;
const REMOTE_ONLY = "remote-only" as unknown as boolean;

function video(constraints: MediaTrackConstraints): MediaTrackSettings | string {
  const selection = selectSettings("video", CAMERA, constraints);
  return "settings" in selection ? selection.settings : selection.failedConstraint;
}

function audio(constraints: MediaTrackConstraints): MediaTrackSettings | string {
  const selection = selectSettings("audio", MICROPHONE, constraints);
  return "settings" in selection ? selection.settings : selection.failedConstraint;
}

describe("SelectSettings (mediacapture-main §11.1.1)", () => {
  test("no constraints select the defaults", () => {
    expect(video({})).toEqual({
      width: 640,
      height: 480,
      frameRate: 30,
      aspectRatio: 1.3333333333,
      resizeMode: "none",
      deviceId: "camera",
      facingMode: "user",
    });
    expect(audio({})).toEqual({ deviceId: "microphone", echoCancellation: true, sampleRate: 48_000 });
  });

  test("an ideal is met as nearly as can be, and never refused", () => {
    expect(video({ width: 1280 })).toMatchObject({ width: 1280, height: 720, resizeMode: "none" });
    expect(video({ width: 5000 })).toMatchObject({ width: 1280, height: 720 });
    expect(video({ facingMode: "environment" })).toMatchObject({ facingMode: "user" });
    expect(audio({ sampleRate: { ideal: 44_100 } })).toMatchObject({ sampleRate: 44_100 });
  });

  test("a size between the modes is scaled down, with the aspect ratio of the mode", () => {
    expect(video({ width: 320 })).toMatchObject({ width: 320, height: 240, resizeMode: "crop-and-scale" });
    expect(video({ height: { exact: 240 } })).toMatchObject({ width: 320, height: 240 });
    expect(video({ frameRate: { max: 10 } })).toMatchObject({ width: 640, frameRate: 10 });
  });

  test("an aspect ratio is cut out", () => {
    expect(video({ aspectRatio: { exact: 16 / 9 } })).toMatchObject({ width: 1280, height: 720 });
    const square = video({ aspectRatio: { exact: 1 }, width: { max: 500 } });
    expect(square).toMatchObject({ aspectRatio: 1, resizeMode: "crop-and-scale" });
    expect(video({ aspectRatio: { exact: 1.5 }, width: { max: 100 }, height: { max: 50 } })).toMatchObject({
      width: 75,
      height: 50,
    });
  });

  test("names the constraint that cannot be met", () => {
    expect(video({ width: { min: 1281 } })).toBe("width");
    expect(video({ resizeMode: { exact: "stretch" }, width: 640 })).toBe("resizeMode");
    expect(video({ resizeMode: { exact: "none" }, width: { exact: 639 } })).toBe("width");
    expect(audio({ channelCount: { exact: 2 } })).toBe("channelCount");
    expect(audio({ echoCancellation: { exact: REMOTE_ONLY } })).toBe("echoCancellation");
  });

  test("constraints of the other kind and empty lists count for nothing", () => {
    expect(audio({ width: { exact: 1 }, deviceId: { exact: [] } })).toMatchObject({ sampleRate: 48_000 });
  });

  test("advanced sets are met in their order, as far as they can be", () => {
    const advanced = [{ width: { min: 2000 } }, { width: 1280 }, { width: 320 }, { frameRate: 15 }];
    expect(video({ advanced })).toMatchObject({ width: 1280, frameRate: 15 });
    expect(audio({ advanced: [{ echoCancellation: ALL }] })).toMatchObject({ echoCancellation: "all" });
  });

  test("a string of 500 characters is looked at, a longer one refused", () => {
    const [longest, tooLong] = [0, 1].map((more) => "x".repeat(MAX_CONSTRAINT_STRING_LENGTH + more));
    expect(video({ deviceId: longest! })).toMatchObject({ deviceId: "camera" });
    expect(video({ deviceId: tooLong! })).toBe("deviceId");
  });

  test("whatever is selected meets what was required, and nothing is larger than a mode", () => {
    const size = fc.option(fc.integer({ min: 0, max: 2000 }), { nil: undefined });
    const range = fc.record({ min: size, max: size, ideal: size }, { requiredKeys: [] });
    fc.assert(
      fc.property(range, range, range, (width, height, frameRate) => {
        const settings = video({ width, height, frameRate } as MediaTrackConstraints);
        if (typeof settings === "string") return;
        for (const [actual, { min, max }] of [
          [settings.width!, width],
          [settings.height!, height],
          [settings.frameRate!, frameRate],
        ] as const) {
          expect(actual).toBeGreaterThanOrEqual(min ?? 0);
          expect(actual).toBeLessThanOrEqual(max ?? 2000);
        }
        const fits = CAMERA.modes.some(
          (mode) => settings.width! <= mode.width && settings.height! <= mode.height,
        );
        expect(fits).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
