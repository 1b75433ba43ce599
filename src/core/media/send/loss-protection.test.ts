import { expect, test } from "vitest";
import { MAX_FEC_GROUP } from "../repair/fec-sender.ts";
import {
  HEAVY_LOSS,
  LOSS_WORTH_PROTECTING,
  LossProtection,
  PRECAUTIONARY_GROUP,
  ROUND_TRIP_WORTH_PROTECTING,
} from "./loss-protection.ts";

function after(...reports: number[]): LossProtection {
  const protection = new LossProtection();
  for (const fraction of reports) protection.reported(fraction);
  return protection;
}

test("without loss nothing is added, unless nothing can be asked for again", () => {
  expect(after().fecGroup(true, 500)).toBe(0);
  expect(after(LOSS_WORTH_PROTECTING / 2).fecGroup(true, 500)).toBe(0);
  expect(after().fecGroup(false, 20)).toBe(PRECAUTIONARY_GROUP);
  expect([after().redundancy(false), after().redundancy(true)]).toEqual([0, 1]);
});

test("retransmission does on a short way, repair packets go along on a long one (RFC 8854 §4)", () => {
  const protection = after(0.05);
  expect(protection.fecGroup(true, ROUND_TRIP_WORTH_PROTECTING - 1)).toBe(0);
  expect(protection.fecGroup(true, undefined)).toBe(0);
  expect(protection.fecGroup(true, ROUND_TRIP_WORTH_PROTECTING)).toBe(7);
  expect(protection.fecGroup(false, 1)).toBe(7);
});

test("the more is lost, the fewer packets share a repair packet", () => {
  expect(after(LOSS_WORTH_PROTECTING).fecGroup(false, 1)).toBe(MAX_FEC_GROUP);
  expect(after(0.1).fecGroup(false, 1)).toBe(3);
  expect(after(1).fecGroup(false, 1)).toBe(2);
  expect([after(0.02).redundancy(false), after(HEAVY_LOSS).redundancy(false)]).toEqual([1, 2]);
});

test("one report without loss does not end the protection, many do", () => {
  expect(after(0.1, 0).redundancy(false)).toBe(2);
  expect(after(0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0).redundancy(false)).toBe(0);
});
