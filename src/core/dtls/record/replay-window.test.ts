import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { REPLAY_WINDOW_LENGTH, ReplayWindow } from "./replay-window.ts";

describe("the replay window (RFC 6347 §4.1.2.6)", () => {
  test("takes every number once", () => {
    const window = new ReplayWindow();
    for (let i = 0; i < 200; i++) {
      expect(window.isFresh(i)).toBe(true);
      window.accept(i);
      expect(window.isFresh(i)).toBe(false);
    }
  });

  test("reaches 63 numbers below the highest, and no further", () => {
    const window = new ReplayWindow();
    window.accept(1000);
    expect(window.isFresh(1000 - REPLAY_WINDOW_LENGTH + 1)).toBe(true);
    expect(window.isFresh(1000 - REPLAY_WINDOW_LENGTH)).toBe(false);
    expect(window.isFresh(0)).toBe(false);
  });

  test("agrees with a plain set under random loss, reordering and jumps", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new SeededRandom(seed);
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      let base = seed % 2 === 0 ? 0 : 2 ** 48 - 100_000;
      for (let i = 0; i < 3000; i++) {
        base += random.below(20) === 0 ? random.below(150) : 1;
        const sequence = Math.max(0, base - random.below(90));
        const expected = sequence > highest - REPLAY_WINDOW_LENGTH && !seen.has(sequence);
        expect(window.isFresh(sequence), `seed ${seed}, step ${i}`).toBe(expected);
        if (!expected) continue;
        window.accept(sequence);
        seen.add(sequence);
        highest = Math.max(highest, sequence);
      }
    }
  });
});
