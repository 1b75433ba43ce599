import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { DenseNumbers, MAX_OMISSIONS } from "./dense-numbers.ts";

test("packets behind one that is left out close up; those before it that come late keep their places", () => {
  const numbers = new DenseNumbers();
  expect(numbers.take(100)).toBe(100);
  numbers.omit(102);
  expect(numbers.take(103)).toBe(102);
  expect(numbers.take(101)).toBe(101);
  expect(numbers.take(103)).toBe(102);
  numbers.omit(104);
  numbers.omit(105);
  expect(numbers.take(106)).toBe(103);
});

test("losses stay losses, and so does what is left out too late", () => {
  const numbers = new DenseNumbers();
  expect([numbers.take(10), numbers.take(13)]).toEqual([10, 13]);
  numbers.omit(11);
  expect([numbers.take(12), numbers.take(14)]).toEqual([12, 14]);
});

test("no two packets have one number, whatever comes in which order", () => {
  const seed = 5;
  const random = new SeededRandom(seed);
  const numbers = new DenseNumbers();
  const taken = new Map<number, number>();
  for (let i = 1000; i < 5000; i++) {
    const number = i - (random.uint32() % 4 === 0 ? random.uint32() % 30 : 0);
    if (taken.has(number)) continue;
    if (number % 5 === 0) numbers.omit(number);
    else taken.set(number, numbers.take(number));
  }
  const given = [...taken.values()].filter((number) => number >= 0);
  if (new Set(given).size !== given.length) expect.fail(`seed ${seed}`);
  const inOrder = [...taken].sort(([a], [z]) => a - z).map(([, number]) => number);
  if (inOrder.some((number, i) => i > 0 && number >= 0 && number <= inOrder[i - 1]!))
    expect.fail(`seed ${seed}`);
});

test("what came before the oldest omission that is remembered has no number any more", () => {
  const numbers = new DenseNumbers();
  for (let i = 0; i < MAX_OMISSIONS; i++) numbers.omit(100 + 2 * i);
  expect(numbers.take(101)).toBe(100);
  expect(numbers.take(99)).toBe(-1);
});
