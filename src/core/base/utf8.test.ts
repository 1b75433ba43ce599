import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Malformed } from "./malformed.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

/** Any sequence of UTF-16 code units, lone surrogates included. */
const anyString = fc
  .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.nat(0x7f)))
  .map((units) => String.fromCharCode(...units));

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

describe("UTF-8", () => {
  test("encodes every string as TextEncoder does", () => {
    fc.assert(
      fc.property(anyString, (text) => {
        expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
  });

  test("gives back every well-formed string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });

  test("accepts and refuses what a strict TextDecoder does", () => {
    const lead = fc.constantFrom(0x7f, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff);
    const trail = fc.constantFrom(0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0);
    fc.assert(
      fc.property(fc.array(fc.oneof(lead, trail, trail), { maxLength: 8 }), (list) => {
        const bytes = Uint8Array.from(list);
        const decoded = decodeUtf8(bytes);
        expect(decoded instanceof Malformed ? undefined : decoded).toBe(decodeStrictly(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["an overlong slash (RFC 3629 §10)", [0xc0, 0xaf]],
    ["an overlong NUL", [0xe0, 0x80, 0x80]],
    ["a surrogate (RFC 3629 §3)", [0xed, 0xa0, 0x80]],
    ["a code point above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a sequence cut off", [0xe2, 0x82]],
    ["a continuation without a start", [0x80]],
  ])("refuses %s", (_, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeInstanceOf(Malformed);
  });

  test("keeps a byte order mark: it is the message's own", () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe("\ufeffA");
  });

  test("long texts come back whole, wherever a piece ends", () => {
    for (const length of [1022, 1023, 1024, 1025, 2048, 65_535]) {
      const text = "a".repeat(length) + "é😀€".repeat(300);
      expect(decodeUtf8(encodeUtf8(text))).toBe(text);
    }
  });

  test("a text of 64 KiB that nobody looks at costs no more than its characters", () => {
    const bytes = encodeUtf8("x".repeat(65_535));
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: 64 }, () => decodeUtf8(bytes));
    // 64 times 64 KiB, and what the garbage collector has not looked at yet; it would be 128 MiB character by character.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
    expect(kept).toHaveLength(64);
  });
});
