import { expect, test } from "vitest";
import { BufferedBytes } from "./buffered-bytes.ts";

test("counts the application's bytes only (webrtc-pc §6.2 bufferedAmount)", () => {
  const buffered = new BufferedBytes();
  buffered.queueOverhead(20);
  buffered.queue(100);
  expect(buffered.leave(120)).toBe(100);
});

test("a run of our own bytes may leave in pieces", () => {
  const buffered = new BufferedBytes();
  buffered.queue(10);
  buffered.queueOverhead(5);
  buffered.queue(10);
  expect(buffered.leave(12)).toBe(10);
  expect(buffered.leave(2)).toBe(0);
  expect(buffered.leave(11)).toBe(10);
});

test("everything that enters leaves exactly once, whatever the pieces", () => {
  for (const piece of [1, 2, 3, 7, 50]) {
    const buffered = new BufferedBytes();
    let application = 0;
    let total = 0;
    for (let i = 0; i < 40; i++) {
      buffered.queueOverhead(i % 3);
      buffered.queue(i);
      application += i;
      total += i + (i % 3);
    }
    let seen = 0;
    for (let left = total; left > 0; left -= piece) seen += buffered.leave(Math.min(piece, left));
    expect(seen, `pieces of ${piece}`).toBe(application);
  }
});
