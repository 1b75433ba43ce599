import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeUtf8 } from "../base/utf8.ts";
import { crc32 } from "./crc32.ts";

test("the check value of the CRC catalogue", () => {
  expect(crc32(encodeUtf8("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test.skipIf(zlibCrc32 === undefined)("agrees with zlib", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32(bytes) === zlibCrc32(bytes)));
});

test("covers only the bytes before `end`", () => {
  const bytes = encodeUtf8("123456789 and more");
  expect(crc32(bytes, 9)).toBe(0xcbf43926);
});
