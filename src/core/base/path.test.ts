import { expect, test } from "vitest";
import { samePath } from "./path.ts";

test("paths are the same when socket, address and port are", () => {
  const path = { socket: 1, address: "192.0.2.1", port: 9 };
  expect(samePath(path, { ...path })).toBe(true);
  expect(samePath(path, { ...path, socket: 2 })).toBe(false);
  expect(samePath(path, { ...path, address: "192.0.2.2" })).toBe(false);
  expect(samePath(path, { ...path, port: 10 })).toBe(false);
});
