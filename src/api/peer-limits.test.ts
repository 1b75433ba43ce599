import { expect, test } from "vitest";
import { limitedEncodings, NO_LIMITS } from "./peer-limits.ts";
import type { Encoding } from "./rtp-parameters.ts";

function encoding(rid: string | undefined, more: Partial<Encoding> = {}): Encoding {
  return {
    ...(rid === undefined ? undefined : { rid }),
    active: true,
    adaptivePtime: false,
    priority: "low",
    ...more,
  };
}

const bitrates = (encodings: readonly Encoding[]) => encodings.map(({ maxBitrate }) => maxBitrate);

test("without limits of the peer an application's parameters are what is sent", () => {
  const encodings = [encoding(undefined, { maxBitrate: 500_000 })];
  expect(limitedEncodings(encodings, NO_LIMITS)).toEqual(encodings);
});

test("b= limits a single encoding, unless it wants less (RFC 9429 §5.10)", () => {
  const limits = { bandwidth: 300_000, layers: [] };
  expect(bitrates(limitedEncodings([encoding(undefined)], limits))).toEqual([300_000]);
  expect(bitrates(limitedEncodings([encoding(undefined, { maxBitrate: 500_000 })], limits))).toEqual([
    300_000,
  ]);
  expect(bitrates(limitedEncodings([encoding(undefined, { maxBitrate: 100_000 })], limits))).toEqual([
    100_000,
  ]);
});

test("active encodings share b=; what a modest one leaves is the others'", () => {
  const encodings = [
    encoding("h"),
    encoding("m", { maxBitrate: 100_000 }),
    encoding("l"),
    encoding("off", { active: false }),
  ];
  expect(bitrates(limitedEncodings(encodings, { bandwidth: 900_000, layers: [] }))).toEqual([
    400_000,
    100_000,
    400_000,
    undefined,
  ]);
});

test("b= of nothing leaves nothing", () => {
  expect(bitrates(limitedEncodings([encoding(undefined)], { bandwidth: 0, layers: [] }))).toEqual([0]);
});

test("a layer obeys max-br, max-fps, max-width and max-height of its rid (RFC 8851 §5)", () => {
  const restrictions = { maxBitrate: 200_000, maxFramerate: 15, maxWidth: 640, maxHeight: 360 };
  const layers = [{ rid: "l", paused: false, restrictions }];
  const [high, low] = limitedEncodings(
    [encoding("h", { maxFramerate: 30 }), encoding("l", { maxFramerate: 30, maxBitrate: 1_000_000 })],
    { bandwidth: undefined, layers },
  );
  expect(high).toEqual(encoding("h", { maxFramerate: 30 }));
  expect(low).toMatchObject({
    maxBitrate: 200_000,
    maxFramerate: 15,
    scaleResolutionDownTo: { maxWidth: 640, maxHeight: 360 },
  });
});

test("a size that the application has set only becomes smaller; a factor of its own stays", () => {
  const restrictions = { maxWidth: 640, maxHeight: 360 };
  const layers = [{ rid: "l", paused: false, restrictions }];
  const limits = { bandwidth: undefined, layers };
  const sized = encoding("l", { scaleResolutionDownTo: { maxWidth: 320, maxHeight: 720 } });
  expect(limitedEncodings([sized], limits)[0]?.scaleResolutionDownTo).toEqual({
    maxWidth: 320,
    maxHeight: 360,
  });
  const divided = encoding("l", { scaleResolutionDownBy: 4 });
  expect(limitedEncodings([divided], limits)).toEqual([divided]);
});
