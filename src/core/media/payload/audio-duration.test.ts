import { expect, test } from "vitest";
import { audioDuration } from "./audio-duration.ts";

test("a payload lasts what its format says, in ticks (RFC 7587 §4.2, RFC 3551 §4.5)", () => {
  expect(audioDuration("audio/opus", Uint8Array.of(0x78, 1, 2))).toBe(960);
  expect(audioDuration("audio/pcmu", new Uint8Array(160))).toBe(160);
  expect(audioDuration("audio/g722", new Uint8Array(160))).toBe(160);
  expect(audioDuration("audio/unheard-of", new Uint8Array(160))).toBe(0);
});
