import { describe, expect, test } from "vitest";
import {
  decodeAbsCaptureTime,
  decodeAbsSendTime,
  decodeAudioLevel,
  decodeBackFacing,
  decodeCaptureClockOffset,
  decodeColorSpace,
  decodeFeedbackRequestCount,
  decodeFeedbackRequestTimestamps,
  decodeFlipped,
  decodeIdentifier,
  decodeMaximumPlayoutDelay,
  decodeMinimumPlayoutDelay,
  decodeMixerAudioLevel,
  decodeRotation,
  decodeTransportSequenceNumber,
  decodeVideoLayersAllocation,
  decodeVoiceActivity,
  encodeAbsCaptureTime,
  encodeAbsSendTime,
  encodeAudioLevel,
  encodeCaptureClockOffset,
  encodeColorSpace,
  encodeFeedbackRequest,
  encodeIdentifier,
  encodeMixerAudioLevel,
  encodePlayoutDelay,
  encodeTransportSequenceNumber,
  encodeVideoLayersAllocation,
  encodeVideoOrientation,
  identifierEquals,
} from "../index.ts";
import { everyInput, fromHex, toHex } from "../vectors.testing.ts";

test("mid, rid and repaired rid: visible ASCII, nothing else (RFC 7941, RFC 8852)", () => {
  const out = new Uint8Array(8);
  encodeIdentifier("hi-3", out, 2);
  expect(decodeIdentifier(out.subarray(2, 6))).toBe("hi-3");
  expect(identifierEquals("hi-3", out, 2, 4)).toBe(true);
  expect(identifierEquals("hi-3", out, 2, 3)).toBe(false);
  expect(identifierEquals("hi-4", out, 2, 4)).toBe(false);
  for (const bad of ["", "6100", "20", "c3a4"]) expect(decodeIdentifier(fromHex(bad))).toBeUndefined();
});

test("abs-send-time wraps after 64 s and is exact to four microseconds", () => {
  const out = new Uint8Array(4);
  for (const milliseconds of [0, 0.5, 1, 1234.567, 63_999.9]) {
    encodeAbsSendTime(milliseconds + 64_000 * 3, out, 1);
    expect(Math.abs(decodeAbsSendTime(out, 1, 3) - milliseconds)).toBeLessThan(0.004);
  }
  expect(decodeAbsSendTime(out, 1, 2)).toBe(-1);
});

test("transport-wide numbers, both versions, with a request for feedback", () => {
  const out = new Uint8Array(4);
  encodeTransportSequenceNumber(0xfffe, out, 0);
  encodeFeedbackRequest(32_767, true, out, 0);
  expect(toHex(out)).toBe("fffeffff");
  expect(decodeTransportSequenceNumber(out, 0, 2)).toBe(0xfffe);
  expect(decodeTransportSequenceNumber(out, 0, 3)).toBe(-1);
  expect(decodeFeedbackRequestCount(out, 0, 4)).toBe(32_767);
  expect(decodeFeedbackRequestTimestamps(out, 0, 4)).toBe(true);
  expect(decodeFeedbackRequestCount(out, 0, 2)).toBe(0);
  encodeFeedbackRequest(1, false, out, 0);
  expect(decodeFeedbackRequestTimestamps(out, 0, 4)).toBe(false);
});

test("audio levels of client and mixer (RFC 6464, RFC 6465)", () => {
  const out = new Uint8Array(3);
  encodeAudioLevel(12, true, out, 0);
  expect(toHex(out.subarray(0, 1))).toBe("8c");
  expect([decodeAudioLevel(out, 0, 1), decodeVoiceActivity(out, 0, 1)]).toEqual([12, true]);
  encodeAudioLevel(300, false, out, 0);
  expect([decodeAudioLevel(out, 0, 2), decodeVoiceActivity(out, 0, 2)]).toEqual([127, false]);
  expect(decodeAudioLevel(out, 0, 0)).toBe(-1);
  encodeMixerAudioLevel(77, out, 0, 2);
  expect(decodeMixerAudioLevel(out, 0, 3, 2)).toBe(77);
  expect(decodeMixerAudioLevel(out, 0, 3, 3)).toBe(-1);
});

test("video orientation (3GPP TS 26.114 §7.4.5)", () => {
  const out = new Uint8Array(1);
  for (const rotation of [0, 90, 180, 270] as const)
    for (const flipped of [false, true])
      for (const back of [false, true]) {
        encodeVideoOrientation(rotation, flipped, back, out, 0);
        expect([decodeRotation(out, 0, 1), decodeFlipped(out, 0, 1), decodeBackFacing(out, 0, 1)]).toEqual([
          rotation,
          flipped,
          back,
        ]);
      }
  expect(decodeRotation(out, 0, 0)).toBe(-1);
});

test("playout delay: two numbers of ten milliseconds, the maximum not below the minimum", () => {
  const out = new Uint8Array(3);
  encodePlayoutDelay(120, 400, out, 0);
  expect(toHex(out)).toBe("00c028");
  expect([decodeMinimumPlayoutDelay(out, 0, 3), decodeMaximumPlayoutDelay(out, 0, 3)]).toEqual([120, 400]);
  encodePlayoutDelay(1e9, 1e9, out, 0);
  expect(decodeMaximumPlayoutDelay(out, 0, 3)).toBe(40_950);
  expect(decodeMaximumPlayoutDelay(fromHex("064000"), 0, 3)).toBe(-1);
  expect(decodeMinimumPlayoutDelay(out, 0, 2)).toBe(-1);
});

test("absolute capture time, with and without the clock's offset", () => {
  const out = new Uint8Array(16);
  const now = 3_900_000_000_123.456;
  encodeAbsCaptureTime(now, out, 0);
  encodeCaptureClockOffset(-1500.25, out, 0);
  expect(decodeAbsCaptureTime(out, 0, 8)).toBeCloseTo(now, 2);
  expect(decodeAbsCaptureTime(out, 0, 16)).toBeCloseTo(now, 2);
  expect(decodeCaptureClockOffset(out, 0, 16)).toBeCloseTo(-1500.25, 3);
  expect(decodeCaptureClockOffset(out, 0, 8)).toBeUndefined();
  expect(decodeAbsCaptureTime(out, 0, 9)).toBe(-1);
});

test("colour space, with and without HDR metadata", () => {
  const color = {
    primaries: 9,
    transfer: 16,
    matrix: 9,
    range: 1,
    chromaSitingHorizontal: 2,
    chromaSitingVertical: 1,
    hdr: undefined,
  };
  expect(toHex(encodeColorSpace(color))).toBe("09100919");
  expect(decodeColorSpace(encodeColorSpace(color))).toEqual(color);
  const hdr = {
    luminanceMaximum: 1000,
    luminanceMinimum: 50,
    chromaticities: [34_000, 16_000, 13_250, 34_500, 7_500, 3_000, 15_635, 16_450],
    maxContentLightLevel: 1200,
    maxFrameAverageLightLevel: 400,
  };
  const encoded = encodeColorSpace({ ...color, hdr });
  expect(encoded).toHaveLength(28);
  expect(decodeColorSpace(encoded)).toEqual({ ...color, hdr });
  expect(decodeColorSpace(encoded.subarray(0, 27))).toBeUndefined();
});

describe("video layers allocation", () => {
  const layer = (stream: number, spatialId: number, bitrates: number[], size?: [number, number, number]) => ({
    stream,
    spatialId,
    bitrates,
    width: size?.[0],
    height: size?.[1],
    frameRate: size?.[2],
  });

  test.each([
    ["nothing is sent", { streamIndex: 0, layers: [] }, "00"],
    ["one layer", { streamIndex: 0, layers: [layer(0, 0, [100])] }, "010064"],
    [
      "simulcast with the same layers, sizes and rates",
      {
        streamIndex: 1,
        layers: [
          layer(0, 0, [50, 100], [320, 180, 30]),
          layer(1, 0, [300, 500], [640, 360, 30]),
          layer(2, 0, [1000, 1700], [1280, 720, 30]),
        ],
      },
      undefined,
    ],
    [
      "streams with different spatial layers",
      {
        streamIndex: 3,
        layers: [layer(0, 0, [1, 2, 3, 4]), layer(1, 0, [5]), layer(1, 1, [200_000]), layer(3, 2, [9])],
      },
      undefined,
    ],
  ])("%s", (_, allocation, hex) => {
    const encoded = encodeVideoLayersAllocation(allocation);
    if (hex !== undefined) expect(toHex(encoded)).toBe(hex);
    expect(decodeVideoLayersAllocation(encoded)).toEqual(allocation);
  });

  test("every truncation but those that only lose the sizes is refused", () => {
    const encoded = encodeVideoLayersAllocation({
      streamIndex: 0,
      layers: [layer(0, 0, [50, 100], [320, 180, 30]), layer(1, 1, [300, 500], [640, 360, 30])],
    });
    const withoutSizes = encoded.length - 10;
    for (let length = 0; length < encoded.length; length++) {
      const decoded = decodeVideoLayersAllocation(encoded.subarray(0, length));
      if (length === withoutSizes) expect(decoded?.layers).toHaveLength(2);
      else expect(decoded, `${length}`).toBeUndefined();
    }
  });
});

test("no input makes a decoder of an extension throw", () => {
  for (const input of everyInput()) {
    decodeVideoLayersAllocation(input);
    decodeColorSpace(input);
    decodeIdentifier(input);
  }
});
