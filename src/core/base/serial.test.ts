import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SerialUnwrapper } from "./serial.ts";

describe("SerialUnwrapper", () => {
  test("keeps growing over the wrap (RFC 1982 §3.2)", () => {
    const serials = new SerialUnwrapper(16);
    const first = serials.unwrap(65_534);
    expect(serials.unwrap(65_535)).toBe(first + 1);
    expect(serials.unwrap(0)).toBe(first + 2);
    expect(serials.unwrap(1)).toBe(first + 3);
  });

  test("takes late values from before the wrap as smaller", () => {
    const serials = new SerialUnwrapper(16);
    const first = serials.unwrap(0);
    expect(serials.unwrap(65_535)).toBe(first - 1);
    expect(serials.unwrap(1)).toBe(first + 1);
  });

  test("numbers just before the first one stay positive", () => {
    const serials = new SerialUnwrapper(32);
    serials.unwrap(0);
    expect(serials.unwrap(2 ** 31)).toBeGreaterThan(0);
  });

  test("half the range ahead counts as behind, one less as ahead", () => {
    const serials = new SerialUnwrapper(8);
    const zero = serials.unwrap(0);
    expect(serials.peek(127)).toBe(zero + 127);
    expect(serials.peek(128)).toBe(zero - 128);
  });

  test("peeking remembers nothing: an unauthenticated value cannot move the window", () => {
    const serials = new SerialUnwrapper(16);
    const first = serials.unwrap(10);
    serials.peek(30_000);
    expect(serials.unwrap(40_000)).toBe(first + 40_000 - 10 - 65_536);
  });

  test("forgets everything on reset", () => {
    const serials = new SerialUnwrapper(16);
    serials.unwrap(60_000);
    serials.unwrap(20_000);
    serials.reset();
    expect(serials.unwrap(5)).toBe(new SerialUnwrapper(16).unwrap(5));
  });

  test("follows any walk of steps below half the range, over many wraps", () => {
    for (const bits of [8, 16, 24, 32]) {
      const half = 2 ** (bits - 1);
      const step = fc.integer({ min: -half, max: half - 1 });
      fc.assert(
        fc.property(fc.nat(2 ** bits - 1), fc.array(step, { maxLength: 200 }), (start, steps) => {
          const serials = new SerialUnwrapper(bits);
          let newest = serials.unwrap(start);
          for (const delta of steps) {
            const expected = newest + delta;
            if (expected < 0) continue; // further back than the range that a first number opens
            const wire = serials.wrap(expected);
            expect(wire).toBe(((expected % 2 ** bits) + 2 ** bits) % 2 ** bits);
            expect(serials.peek(wire)).toBe(expected);
            expect(serials.unwrap(wire)).toBe(expected);
            newest = Math.max(newest, expected);
          }
        }),
      );
    }
  });
});
