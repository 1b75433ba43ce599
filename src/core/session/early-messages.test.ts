import { expect, test } from "vitest";
import { EARLY_MESSAGE_BYTES, EarlyMessages } from "./early-messages.ts";

const message = (length: number) => ({ ppid: 53, data: new Uint8Array(length) });

test("keeps what comes for a stream in order, and gives it up once", () => {
  const early = new EarlyMessages();
  for (const [stream, length] of [
    [1, 10],
    [2, 20],
    [1, 30],
  ] as const)
    expect(early.keep(stream, message(length))).toBe(true);
  expect(early.take(1).map(({ data }) => data.length)).toEqual([10, 30]);
  expect(early.take(1)).toEqual([]);
  expect(early.take(2)).toHaveLength(1);
});

test("takes 256 KiB, what each message costs us included, and not a byte more", () => {
  const one = EARLY_MESSAGE_BYTES - 64;
  expect(new EarlyMessages().keep(1, message(one - 1))).toBe(true);
  expect(new EarlyMessages().keep(1, message(one))).toBe(true);
  expect(new EarlyMessages().keep(1, message(one + 1))).toBe(false);
});

test("a flood of tiny messages for streams that nobody claims keeps no more than 4096 of them", () => {
  const early = new EarlyMessages();
  let kept = 0;
  for (let i = 0; i < 100_000; i++) if (early.keep(i % 65_535, message(1))) kept++;
  expect(kept).toBe(Math.floor(EARLY_MESSAGE_BYTES / 65));
  early.take(0);
  expect(early.keep(0, message(1))).toBe(true);
  early.clear();
  expect(early.keep(0, message(EARLY_MESSAGE_BYTES - 64))).toBe(true);
});
