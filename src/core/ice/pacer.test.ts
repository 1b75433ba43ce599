import { expect, test } from "vitest";
import { ORDINARY_BURST, Pacer, URGENT_BURST } from "./pacer.ts";

/** How many sends of a kind may happen now. */
function burst(pacer: Pacer, now: number, ahead: number): number {
  let sends = 0;
  while (now >= pacer.readyAt(ahead)) {
    pacer.spend(now);
    sends++;
  }
  return sends;
}

test("the first three go at once, then one per Ta (RFC 8445 §14.2)", () => {
  const pacer = new Pacer(50);
  expect(burst(pacer, 1000, ORDINARY_BURST)).toBe(3);
  expect(burst(pacer, 1049, ORDINARY_BURST)).toBe(0);
  expect(burst(pacer, 1050, ORDINARY_BURST)).toBe(1);
  expect(pacer.readyAt(ORDINARY_BURST)).toBe(1100);
});

test("urgent ones may run further ahead, and the others pay for it", () => {
  const pacer = new Pacer(50);
  expect(burst(pacer, 0, ORDINARY_BURST)).toBe(3);
  expect(burst(pacer, 0, URGENT_BURST)).toBe(3);
  expect(pacer.readyAt(ORDINARY_BURST)).toBe(200);
});

test("a pause saves up no more than the burst", () => {
  const pacer = new Pacer(50);
  burst(pacer, 0, ORDINARY_BURST);
  expect(burst(pacer, 1_000_000, ORDINARY_BURST)).toBe(3);
});
