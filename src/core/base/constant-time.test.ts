import fc from "fast-check";
import { expect, test } from "vitest";
import { equalConstantTime } from "./constant-time.ts";

test("equal means: same length and same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(equalConstantTime(a, a.slice())).toBe(true);
      expect(equalConstantTime(a, b)).toBe(a.length === b.length && a.every((byte, i) => byte === b[i]));
    }),
  );
});

test("one flipped bit anywhere makes two tags differ", () => {
  const tag = Uint8Array.from({ length: 20 }, (_, i) => i * 13);
  for (let bit = 0; bit < tag.length * 8; bit++) {
    const other = tag.slice();
    other[bit >> 3]! ^= 1 << (bit & 7);
    expect(equalConstantTime(tag, other)).toBe(false);
  }
});
