import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { JoinedNumbers, MAX_INSERTIONS } from "./joined-numbers.ts";

test("packets of a source keep their distances, late ones find their places, across the wrap (RFC 3550 §7.2)", () => {
  const numbers = new JoinedNumbers(65_534);
  numbers.join(7, 100, 5000, 90);
  expect([100, 103, 101].map((n) => numbers.sequenceNumber(n))).toEqual([65_534, 1, 65_535]);
  expect(numbers.timestamp(5000)).toBe(90);
  expect(numbers.timestamp(4900)).toBe(2 ** 32 - 10);
  expect(numbers.next).toBe(2);
});

test("another source goes on behind what was sent, and nothing from before it can be put in", () => {
  const numbers = new JoinedNumbers(10);
  numbers.join(7, 100, 0, 0);
  expect(numbers.sequenceNumber(100)).toBe(10);
  expect(numbers.sequenceNumber(99)).toBe(-1);
  expect([numbers.isJoined(7), numbers.isJoined(8)]).toEqual([true, false]);
  numbers.join(8, 5_000_000, 0, 0);
  expect(numbers.sequenceNumber(5_000_000)).toBe(11);
});

test("packets of our own have numbers of their own, whatever comes late from before them", () => {
  const seed = 3;
  const random = new SeededRandom(seed);
  const numbers = new JoinedNumbers(65_500);
  const given = new Set<number>();
  const give = (number: number) => {
    expect(given.has(number), `seed ${seed}, number ${number}`).toBe(false);
    given.add(number);
  };
  numbers.join(7, 1000, 0, 0);
  const late: number[] = [];
  for (let source = 1000; source < 1400; source++) {
    if (random.uint32() % 4 === 0) late.push(source);
    else give(numbers.sequenceNumber(source));
    if (random.uint32() % 10 === 0) give(numbers.take());
    if (late.length > 3) give(numbers.sequenceNumber(late.shift()!));
  }
  for (const source of late) give(numbers.sequenceNumber(source));
  expect(given.has(-1)).toBe(false);
});

test("packets of before more insertions than are remembered are too old", () => {
  const numbers = new JoinedNumbers(0);
  numbers.join(7, 1, 0, 0);
  numbers.sequenceNumber(3);
  for (let i = 0; i < MAX_INSERTIONS; i++) numbers.take();
  expect(numbers.sequenceNumber(2)).toBe(-1);
  expect(numbers.sequenceNumber(4)).toBe(3 + MAX_INSERTIONS);
});

test("what is left out closes up, what comes late finds its place around it, and one that is late itself stays a gap", () => {
  const numbers = new JoinedNumbers(500);
  numbers.join(7, 10, 0, 0);
  expect([10, 11].map((source) => numbers.sequenceNumber(source))).toEqual([500, 501]);
  numbers.omit(13);
  expect([14, 12, 15].map((source) => numbers.sequenceNumber(source))).toEqual([503, 502, 504]);
  numbers.omit(16);
  expect(numbers.take()).toBe(505);
  expect([17, 19].map((source) => numbers.sequenceNumber(source))).toEqual([506, 508]);
  numbers.omit(18);
  expect(numbers.sequenceNumber(20)).toBe(509);
});
