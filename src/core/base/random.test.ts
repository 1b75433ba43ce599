import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import {
  type Random,
  randomBytes,
  randomIceChars,
  randomUint32,
  randomUint64,
  randomUnit,
} from "./random.ts";

/** Hands out the given bytes, then zeros. */
function scripted(...bytes: number[]): Random {
  return {
    fill(out) {
      for (let i = 0; i < out.length; i++) out[i] = bytes.shift() ?? 0;
    },
  };
}

describe("random values", () => {
  test("are made of the source's bytes, in network order", () => {
    expect([...randomBytes(scripted(1, 2, 3), 3)]).toEqual([1, 2, 3]);
    expect(randomUint32(scripted(0xfe, 2, 3, 4))).toBe(0xfe020304);
    expect(randomUint64(scripted(0xfe, 2, 3, 4, 5, 6, 7, 8))).toBe(0xfe02030405060708n);
  });

  test("a unit number is at least 0 and below 1", () => {
    expect(randomUnit(scripted(0, 0, 0, 0))).toBe(0);
    expect(randomUnit(scripted(255, 255, 255, 255))).toBeLessThan(1);
  });

  test("credentials hold ice-char only, all of them equally often (RFC 8839 §5.4)", () => {
    const text = randomIceChars(new SeededRandom(1), 64_000);
    expect(text).toMatch(/^[A-Za-z0-9+/]+$/);
    const counts = new Map<string, number>();
    for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
    expect(counts.size).toBe(64);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });

  test("drawing a word does not leave it to the next draw", () => {
    randomUint64(scripted(9, 9, 9, 9, 9, 9, 9, 9));
    expect(randomUint64(scripted())).toBe(0n);
  });
});
