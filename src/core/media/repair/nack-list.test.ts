import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { MAX_NACK_AGE, MAX_NACK_LIST, MAX_NACK_RETRIES, NACK_REORDER_WAIT, NackList } from "./nack-list.ts";

const due = (list: NackList, now: number, roundTrip: number | undefined = 50) => {
  const out: number[] = [];
  list.collect(now, roundTrip, out);
  return out;
};

test("asks for what is missing after a short wait, and again after a round trip, until it comes (RFC 4585 §6.2.1)", () => {
  const list = new NackList();
  const base = 65_534;
  list.received(0, base);
  list.received(0, base + 4);
  expect(due(list, NACK_REORDER_WAIT - 1)).toEqual([]);
  expect(list.nextTimeout()).toBe(NACK_REORDER_WAIT);
  list.received(1, base + 1);
  expect(due(list, NACK_REORDER_WAIT)).toEqual([0, 1]);
  expect(due(list, NACK_REORDER_WAIT + 49)).toEqual([]);
  expect(due(list, NACK_REORDER_WAIT + 50)).toEqual([0, 1]);
  list.dropBefore(base + 3);
  expect(due(list, 200)).toEqual([1]);
  list.received(201, base + 3);
  expect([list.size, list.nextTimeout()]).toEqual([0, Number.POSITIVE_INFINITY]);
});

test("gives a packet up after ten requests", () => {
  const list = new NackList();
  list.received(0, 100);
  list.received(0, 102);
  let asked = 0;
  for (let now = 10; now < 10_000; now += 10) asked += due(list, now).length;
  expect([asked, list.size]).toEqual([MAX_NACK_RETRIES, 0]);
});

test("1,000 may be missing; with one more the list is cleared and a key frame is needed", () => {
  const list = new NackList();
  list.received(0, 100);
  expect(list.received(0, 101 + MAX_NACK_LIST)).toBe(true);
  expect(list.size).toBe(MAX_NACK_LIST);
  expect(list.received(0, 103 + MAX_NACK_LIST)).toBe(false);
  expect([list.size, list.nextTimeout()]).toEqual([0, Number.POSITIVE_INFINITY]);
  expect(list.received(0, 1e12)).toBe(false);
  expect(due(list, 1e6)).toEqual([]);
});

test("agrees with a plain set under random loss and reordering", () => {
  const seed = 9;
  const random = new SeededRandom(seed);
  const list = new NackList();
  const missing = new Set<number>();
  list.received(0, 1000);
  let newest = 1000;
  for (let step = 0; step < 5_000; step++) {
    const late = missing.size > 0 && random.uint32() % 3 === 0;
    const number = late ? [...missing][random.uint32() % missing.size]! : newest + 1 + (random.uint32() % 4);
    for (let n = newest + 1; n < number; n++) missing.add(n);
    missing.delete(number);
    newest = Math.max(newest, number);
    list.received(step, number);
    for (const n of missing) if (n < newest - 900) missing.delete(n);
    list.dropBefore(newest - 900);
    if (list.size !== missing.size) expect.fail(`seed ${seed}, step ${step}: ${list.size}, ${missing.size}`);
  }
});

test("gives a packet up after its time, however seldom it was asked for", () => {
  const list = new NackList();
  list.received(0, 1);
  list.received(0, 3);
  expect(due(list, MAX_NACK_AGE)).toEqual([2]);
  expect(due(list, 2 * MAX_NACK_AGE)).toEqual([]);
  expect(list.size).toBe(0);
});

test("repeats by what an answer has taken, once one has come; not by that of a second request (Karn)", () => {
  const list = new NackList();
  list.received(0, 1);
  list.received(0, 3);
  expect(due(list, 5, 20)).toEqual([2]);
  list.received(45, 2);
  list.received(50, 5);
  expect(due(list, 55, 20)).toEqual([4]);
  expect(due(list, 94, 20)).toEqual([]);
  expect(due(list, 95, 20)).toEqual([4]);
  list.received(300, 4);
  list.received(300, 7);
  expect(due(list, 305, 20)).toEqual([6]);
  expect(due(list, 345, 20)).toEqual([6]);
});

test("waits as long as packets are overtaken for, and learns it also from requests that were none too late", () => {
  const list = new NackList();
  list.received(0, 1);
  list.received(0, 3);
  expect(due(list, 5, 100)).toEqual([2]);
  // No answer comes after 15 ms of a round trip of 100.
  list.received(20, 2);
  list.received(100, 5);
  expect(list.nextTimeout()).toBe(100 + 25);
  expect(due(list, 124, 100)).toEqual([]);
  expect(due(list, 125, 100)).toEqual([4]);
  // And it was no measurement: the next request comes after the round trip.
  expect(due(list, 224, 100)).toEqual([]);
  expect(due(list, 225, 100)).toEqual([4]);
  for (let number = 6; number < 2000; number += 2) {
    list.received(number * 10, number + 1);
    list.received(number * 10 + 1, number);
  }
  list.received(30_000, 2002);
  expect(list.nextTimeout()).toBe(30_000 + NACK_REORDER_WAIT);
});
