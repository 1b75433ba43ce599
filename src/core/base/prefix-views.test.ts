import { expect, test } from "vitest";
import { PrefixViews } from "./prefix-views.ts";

test("a view of the same buffer and length is made once, others take its place", () => {
  const views = new PrefixViews();
  const buffer = Uint8Array.of(1, 2, 3, ...new Uint8Array(200));
  expect(views.of(buffer, 2)).toEqual(Uint8Array.of(1, 2));
  expect(views.of(buffer, 2)).toBe(views.of(buffer, 2));
  expect(views.of(buffer, 66)).toEqual(buffer.subarray(0, 66));
  expect(views.of(buffer, 2)).toEqual(Uint8Array.of(1, 2));
  expect(views.of(buffer, 0)).toHaveLength(0);
});

test("views are those of the buffer that was given last, and show what is in it", () => {
  const views = new PrefixViews();
  const first = Uint8Array.of(1, 2, 3);
  const second = Uint8Array.of(4, 5, 6);
  expect(views.of(first, 2)).toEqual(Uint8Array.of(1, 2));
  expect(views.of(second, 2)).toEqual(Uint8Array.of(4, 5));
  first[0] = 9;
  expect(views.of(first, 2)).toEqual(Uint8Array.of(9, 2));
});
