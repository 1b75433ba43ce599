import { expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { estimatePacketIndex } from "./packet-index.ts";
import { ReplayWindow } from "./replay-window.ts";

test.each([32, 128, 1024])(
  "a window of %i agrees with a plain set under loss, reordering and jumps",
  (size) => {
    const seed = 5;
    const random = new SeededRandom(seed);
    const window = new ReplayWindow(size);
    const seen = new Set<number>();
    let highest = -1;
    let base = 2 ** 32 - 5_000;
    for (let step = 0; step < 20_000; step++) {
      base += random.uint32() % 500 === 0 ? random.uint32() % (3 * size) : random.uint32() % 3;
      const index = base - (random.uint32() % (size + 10));
      const fresh = index > highest || (highest - index < size && !seen.has(index));
      if (window.isFresh(index) !== fresh) expect.fail(`seed ${seed}, step ${step}`);
      if (!fresh || random.uint32() % 4 === 0) continue;
      window.accept(index);
      seen.add(index);
      highest = Math.max(highest, index);
      expect(window.highest).toBe(highest);
    }
  },
);

test("the estimate is the index nearest to the highest one, on both sides of a wrap (RFC 3711 §3.3.1)", () => {
  expect(estimatePacketIndex(-1, 65_535)).toBe(65_535);
  expect(estimatePacketIndex(65_535, 0)).toBe(65_536);
  expect(estimatePacketIndex(65_536, 65_535)).toBe(65_535);
  expect(estimatePacketIndex(5, 65_500)).toBe(65_500);
  for (let highest = 0; highest < 200_000; highest += 331)
    for (let distance = -32_767; distance <= 32_767; distance += 1_023)
      if (highest + distance >= 0) {
        const index = highest + distance;
        if (estimatePacketIndex(highest, index % 65_536) !== index) expect.fail(`${highest} then ${index}`);
      }
});
