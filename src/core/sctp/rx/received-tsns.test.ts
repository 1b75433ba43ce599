import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { TsnSpace } from "../tsn-space.ts";
import { ReceivedTsns } from "./received-tsns.ts";

function ranges(received: ReceivedTsns): [number, number][] {
  return received.rangeStarts.map((start, index) => [start, received.rangeEnds[index]!]);
}

function having(...tsns: number[]): ReceivedTsns {
  const received = new ReceivedTsns();
  for (const tsn of tsns) received.add(tsn);
  return received;
}

test("the example of RFC 9260 §3.3.4", () => {
  const received = having(0, 1, 2, 4, 5, 7);
  expect([received.cumulative, ranges(received)]).toEqual([
    2,
    [
      [4, 5],
      [7, 7],
    ],
  ]);
});

test("ranges grow left, right, and join", () => {
  expect(ranges(having(5, 6))).toEqual([[5, 6]]);
  expect(ranges(having(6, 5))).toEqual([[5, 6]]);
  expect(ranges(having(5, 7, 6))).toEqual([[5, 7]]);
  expect(ranges(having(5, 9, 7))).toEqual([
    [5, 5],
    [7, 7],
    [9, 9],
  ]);
});

test("a filled gap moves the cumulative TSN over all that follows", () => {
  const received = having(1, 2, 3, 5, 0);
  expect([received.cumulative, ranges(received)]).toEqual([3, [[5, 5]]]);
});

test("skipping cuts ranges at any place (RFC 3758 §3.6)", () => {
  for (const [to, cumulative, left] of [
    [2, 2, 2],
    [3, 6, 1],
    [4, 6, 1],
    [6, 6, 1],
    [7, 7, 1],
    [8, 10, 0],
    [20, 20, 0],
  ] as const) {
    const received = having(4, 5, 6, 9, 10);
    received.skipTo(to);
    expect([received.cumulative, ranges(received).length], `to ${to}`).toEqual([cumulative, left]);
  }
});

test("in any order it knows what a set knows", () => {
  for (let seed = 0; seed < 30; seed++) {
    const random = new SeededRandom(seed);
    const received = new ReceivedTsns();
    const model = new Set<number>();
    let skipped = -1;
    for (let step = 0; step < 300; step++) {
      const tsn = random.below(120);
      if (random.below(40) === 0) {
        received.skipTo(tsn);
        skipped = Math.max(skipped, tsn);
      } else if (!received.has(tsn)) {
        received.add(tsn);
        model.add(tsn);
      }
      let agrees = true;
      for (let probe = 0; probe < 120; probe++) {
        if (received.has(probe) !== (probe <= skipped || model.has(probe))) agrees = false;
      }
      let end = received.cumulative;
      for (const [start, last] of ranges(received)) {
        if (start <= end + 1 || last < start) agrees = false;
        end = last;
      }
      expect(agrees, `seed ${seed}, step ${step}`).toBe(true);
    }
  }
});

test("TSNs wrap at 2^32 and back (RFC 9260 §1.6)", () => {
  const space = new TsnSpace(0xffff_fff0);
  expect(space.toWire(0)).toBe(0xffff_fff0);
  expect(space.toWire(16)).toBe(0);
  expect(space.fromWire(0, 10)).toBe(16);
  expect(space.fromWire(0xffff_ffef, 10)).toBe(-1);
  const far = 2 ** 33 + 5;
  expect(space.fromWire(space.toWire(far), far - 1000)).toBe(far);
  expect(space.fromWire(space.toWire(far), far + 1000)).toBe(far);
});
