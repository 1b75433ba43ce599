import { expect, test } from "vitest";
import { Malformed } from "../../base/malformed.ts";
import { fromHex } from "../../rtp/vectors.testing.ts";
import {
  decodeComfortNoise,
  decodeTelephoneEvent,
  encodeComfortNoise,
  eventOfTone,
  isOpusSilence,
  MAX_REFLECTION_COEFFICIENTS,
  opusDuration,
  pcmDuration,
  toneOfEvent,
  writeTelephoneEvent,
} from "../index.ts";
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw, SILENCE } from "./pcm-audio.ts";

test.each([
  ["08", 960, "SILK, 20 ms"],
  ["18", 2880, "SILK, 60 ms"],
  ["78", 960, "hybrid, 20 ms"],
  ["e0", 120, "CELT, 2.5 ms"],
  ["f8", 960, "CELT, 20 ms"],
  ["f9", 1920, "two frames"],
  ["fb03", 2880, "three frames of 20 ms"],
  ["fb06", 5760, "120 ms"],
  ["fb07", 0, "longer than 120 ms"],
  ["fb00", 0, "no frame"],
  ["", 0, "nothing"],
])("Opus packet %s lasts %d ticks: %s (RFC 6716 §3.1)", (hex, ticks) => {
  expect(opusDuration(fromHex(hex))).toBe(ticks);
});

test("an Opus packet of one or two octets is silence that goes on", () => {
  expect([1, 2, 3].map((length) => isOpusSilence(new Uint8Array(length)))).toEqual([true, true, false]);
});

test("G.711: every octet means a sample that is coded as the same octet, and silence is silence", () => {
  for (let octet = 0; octet < 256; octet++) {
    // µ-law has two zeros.
    if (octet !== 0x7f) expect(encodeMuLaw(decodeMuLaw(octet))).toBe(octet);
    expect(encodeALaw(decodeALaw(octet))).toBe(octet);
  }
  expect([decodeMuLaw(SILENCE.PCMU), Math.abs(decodeALaw(SILENCE.PCMA))]).toEqual([0, 8]);
  for (const sample of [-32_768, -1000, -1, 0, 1, 1000, 32_767]) {
    expect(Math.abs(decodeMuLaw(encodeMuLaw(sample)) - sample)).toBeLessThan(
      Math.abs(sample) / 16 + 8 + 300 * Number(Math.abs(sample) > 32_000),
    );
    expect(Math.abs(decodeALaw(encodeALaw(sample)) - sample)).toBeLessThan(Math.abs(sample) / 16 + 16);
  }
  expect(pcmDuration(new Uint8Array(160))).toBe(160);
});

test("comfort noise: level and coefficients (RFC 3389 §3)", () => {
  const decoded = decodeComfortNoise(fromHex("a87f0000fe"));
  expect(decoded).toEqual({ level: 40, reflectionCoefficients: [0, -127 / 128, -127 / 128, 127 / 128] });
  expect(encodeComfortNoise({ level: 40, reflectionCoefficients: [0, -1, 0.992] })).toEqual(
    fromHex("287f00fe"),
  );
  expect(decodeComfortNoise(new Uint8Array(0))).toBeInstanceOf(Malformed);
  const long = decodeComfortNoise(new Uint8Array(200));
  expect(long).toMatchObject({ reflectionCoefficients: { length: MAX_REFLECTION_COEFFICIENTS } });
});

test("telephone events: digits and packets (RFC 4733 §2.3, §3.2)", () => {
  const out = new Uint8Array(6);
  const event = { event: eventOfTone("d"), end: true, volume: 10, duration: 0xfedc };
  expect(writeTelephoneEvent(event, out, 1)).toBe(4);
  expect(decodeTelephoneEvent(out.subarray(1, 5))).toEqual({ ...event, event: 15 });
  expect(decodeTelephoneEvent(out.subarray(0, 3))).toBeInstanceOf(Malformed);
  expect([..."0123456789*#ABCDabcd"].map((tone) => toneOfEvent(eventOfTone(tone))).join("")).toBe(
    "0123456789*#ABCDABCD",
  );
  expect(["", ",", "E", "12"].map(eventOfTone)).toEqual([-1, -1, -1, -1]);
  expect(toneOfEvent(16)).toBeUndefined();
});
