import { describe, expect, test } from "vitest";
import { SeededRandom } from "./seeded-random.ts";

function draw(seed: number, count: number): number[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.uint32());
}

describe("SeededRandom", () => {
  test("gives the same numbers for a seed for ever: old failures stay reproducible", () => {
    expect(draw(1, 4)).toEqual([393288148, 2174103013, 3814759091, 2092745082]);
    expect(draw(0, 4)).toEqual([1789933344, 44971166, 2521387044, 3848737593]);
  });

  test("neighbouring seeds have nothing in common", () => {
    const seen = new Set(Array.from({ length: 1000 }, (_, seed) => draw(seed, 1)[0]));
    expect(seen.size).toBe(1000);
  });

  test("bytes are the words, least significant first, also when the length is no multiple of four", () => {
    const [first, second] = draw(7, 2) as [number, number];
    const bytes = new Uint8Array(7);
    new SeededRandom(7).fill(bytes);
    const view = new DataView(bytes.buffer);
    expect(view.getUint32(0, true)).toBe(first);
    expect(view.getUint32(4 - 1, true) >>> 8).toBe(second & 0xffffff);
  });

  test("integers below a bound stay below it and come equally often", () => {
    const random = new SeededRandom(3);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) counts[random.below(5)]!++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  test("unit numbers lie in [0, 1) with a mean of a half", () => {
    const random = new SeededRandom(4);
    let sum = 0;
    for (let i = 0; i < 10_000; i++) {
      const unit = random.unit();
      expect(unit >= 0 && unit < 1).toBe(true);
      sum += unit;
    }
    expect(sum / 10_000).toBeCloseTo(0.5, 1);
  });
});
