import { expect, test } from "vitest";
import { NEVER } from "../base/instant.ts";
import { MAX_TRANSACTIONS } from "./timing.ts";
import { Transactions } from "./transactions.ts";

const path = { socket: 1, address: "192.0.2.1", port: 1 };
const input = (id: number, maxSends = 9) => ({
  id: new Uint8Array(12).fill(id).fill(id >> 8, 0, 6),
  path,
  bytes: new Uint8Array(20),
  purpose: id,
  rto: 250,
  maxSends,
});

test("nine sends with back-off up to 8 s, then 8 s of waiting: 39.75 s in all (RFC 8489 §6.2.1)", () => {
  const transactions = new Transactions<number>(8000);
  transactions.begin(0, input(1));
  const sends = [0];
  while (transactions.nextRepetition() !== NEVER) {
    const now = transactions.nextRepetition();
    const due = transactions.dueRepetition(now)!;
    transactions.repeated(now, due);
    sends.push(now);
  }
  expect(sends).toEqual([0, 250, 750, 1750, 3750, 7750, 15_750, 23_750, 31_750]);
  expect(transactions.nextExpiry()).toBe(39_750);
  expect(transactions.takeExpired(39_749)).toBeUndefined();
  expect(transactions.takeExpired(39_750)?.purpose).toBe(1);
  expect(transactions.size).toBe(0);
});

test("one that must not be repeated waits for its answer until the current timeout", () => {
  const transactions = new Transactions<number>(8000);
  const transaction = transactions.begin(0, input(1));
  transactions.stopRepeating(transaction);
  expect(transactions.dueRepetition(10_000)).toBeUndefined();
  expect(transactions.find(transaction.id)).toBe(transaction);
  expect(transactions.nextExpiry()).toBe(250);
});

test("the repetition that is overdue the longest comes first", () => {
  const transactions = new Transactions<number>(8000);
  transactions.begin(10, input(1));
  transactions.begin(0, input(2));
  expect(transactions.dueRepetition(1000)?.purpose).toBe(2);
});

test("full at the limit, room again below it", () => {
  const transactions = new Transactions<number>(8000);
  for (let id = 1; id < MAX_TRANSACTIONS; id++) transactions.begin(0, input(id));
  expect(transactions.full).toBe(false);
  const last = transactions.begin(0, input(MAX_TRANSACTIONS));
  expect(transactions.full).toBe(true);
  transactions.end(last);
  expect(transactions.full).toBe(false);
  transactions.endAll((purpose) => purpose > 1);
  expect(transactions.size).toBe(1);
});
