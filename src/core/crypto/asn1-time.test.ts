import { describe, expect, test } from "vitest";
import { encodeUtf8 } from "../base/utf8.ts";
import { formatAsn1Time, parseAsn1Time } from "./asn1-time.ts";

describe("certificate times (RFC 5280 §4.1.2.5)", () => {
  test("format and parse agree with the calendar from 1950 to 9999", () => {
    for (let moment = Date.UTC(1950, 0, 1); moment < Date.UTC(9999, 11, 31); moment += 86_400_000 * 97.3) {
      const whole = Math.floor(moment / 1000) * 1000;
      const text = formatAsn1Time(moment);
      expect(text).toBe(new Date(whole).toISOString().replace(/[-:T]|\.\d+/g, ""));
      expect(parseAsn1Time(encodeUtf8(text))).toBe(whole);
    }
  });

  test("leap days exist every four years, not every hundred, but every four hundred", () => {
    expect(parseAsn1Time(encodeUtf8("20000229000000Z"))).toBe(Date.UTC(2000, 1, 29));
    expect(parseAsn1Time(encodeUtf8("20240229000000Z"))).toBe(Date.UTC(2024, 1, 29));
    expect(parseAsn1Time(encodeUtf8("21000229000000Z"))).toBeUndefined();
  });

  test("two digits of a year mean 1950 to 2049", () => {
    expect(parseAsn1Time(encodeUtf8("491231235959Z"))).toBe(Date.UTC(2049, 11, 31, 23, 59, 59));
    expect(parseAsn1Time(encodeUtf8("500101000000Z"))).toBe(Date.UTC(1950, 0, 1));
  });

  test.each([
    "",
    "20240101000000",
    "2024010100000Z",
    "20240101000000+",
    "202401010000Z0",
    "20241301000000Z",
    "20240001000000Z",
    "20240431000000Z",
    "20240101240000Z",
    "20240101006000Z",
    "2024010100000aZ",
  ])("refuses %j", (text) => {
    expect(parseAsn1Time(encodeUtf8(text))).toBeUndefined();
  });
});
