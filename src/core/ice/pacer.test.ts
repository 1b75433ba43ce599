import { expect, test } from "vitest";
import { ORDINARY_BURST, Pacer, SHORTEST_PACE, URGENT_BURST } from "./pacer.ts";

/** When ordinary sends happen that all could from `from` on, up to `until`. */
function ordinary(pacer: Pacer, from: number, until: number): number[] {
  const times: number[] = [];
  for (let now = from; now <= until; now = Math.max(now, pacer.ordinaryAt)) {
    pacer.spend(now);
    times.push(now);
  }
  return times;
}

test("the first five go 5 ms apart, then one per Ta (RFC 8445 §14.2)", () => {
  const pacer = new Pacer(50);
  expect(ordinary(pacer, 1000, 1020)).toEqual([1000, 1005, 1010, 1015, 1020]);
  expect(SHORTEST_PACE).toBe(5);
  expect(ORDINARY_BURST).toBe(4);
  expect(ordinary(pacer, pacer.ordinaryAt, 1150)).toEqual([1050, 1100, 1150]);
});

test("urgent ones go at once and further ahead, and the others pay for it", () => {
  const pacer = new Pacer(50);
  let sends = 0;
  for (; pacer.urgentAt <= 0; sends++) pacer.spend(0);
  expect(sends).toBe(URGENT_BURST + 1);
  expect(pacer.ordinaryAt).toBe(150);
});

test("a pause saves up no more than the burst", () => {
  const pacer = new Pacer(50);
  ordinary(pacer, 0, 1000);
  expect(ordinary(pacer, 1_000_000, 1_000_049)).toHaveLength(5);
});
