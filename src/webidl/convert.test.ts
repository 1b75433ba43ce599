import { describe, expect, test } from "vitest";
import {
  boolean,
  domString,
  enforcedOctet,
  enforcedUnsignedLong,
  enforcedUnsignedShort,
  enumeration,
  instanceOf,
  nullable,
  sequence,
  stringOrSequence,
  unsignedShort,
  usvString,
} from "./convert.ts";

describe("primitive types", () => {
  test("strings are made of everything but symbols (WebIDL §3.2.10)", () => {
    expect(domString(null, "x")).toBe("null");
    expect(() => domString(Symbol("s"), "x")).toThrow(TypeError);
  });

  test("USVString replaces lone surrogates, DOMString keeps them (WebIDL §3.2.12)", () => {
    expect(usvString("\ud800", "x")).toBe("\ufffd");
    expect(domString("\ud800", "x")).toBe("\ud800");
  });

  test("[EnforceRange] refuses what lies outside, the plain type wraps (WebIDL §3.2.4.9)", () => {
    expect(unsignedShort(65_537, "x")).toBe(1);
    expect(enforcedUnsignedShort(65_535, "x")).toBe(65_535);
    expect(() => enforcedUnsignedShort(65_536, "x")).toThrow(TypeError);
    expect(() => enforcedUnsignedShort(-1, "x")).toThrow(TypeError);
    expect(() => enforcedOctet(256, "x")).toThrow(TypeError);
    expect(() => enforcedOctet(Number.NaN, "x")).toThrow(TypeError);
    expect(() => enforcedUnsignedLong(Number.POSITIVE_INFINITY, "x")).toThrow(TypeError);
  });

  test("booleans follow truthiness", () => {
    expect(boolean("", "x")).toBe(false);
    expect(boolean("false", "x")).toBe(true);
  });
});

describe("enumerations", () => {
  const colour = enumeration("Colour", ["red", "green"]);

  test("accept their values only, and say which one was wrong (WebIDL §3.2.18)", () => {
    expect(colour("red", "x")).toBe("red");
    expect(() => colour("blue", "Failed")).toThrow("Failed: 'blue' is not a valid Colour.");
    expect(() => colour(null, "x")).toThrow(TypeError);
  });
});

describe("nullable, sequence and union types", () => {
  test("undefined becomes null in a nullable type (WebIDL §3.2.20)", () => {
    expect(nullable(domString)(undefined, "x")).toBeNull();
    expect(nullable(domString)("", "x")).toBe("");
  });

  test("a sequence is any iterable object, and comes out as a fresh array (WebIDL §3.2.21)", () => {
    const given = ["a", "b"];
    const result = sequence(domString)(given, "x");
    expect(result).toEqual(given);
    expect(result).not.toBe(given);
    expect(sequence(domString)(new Set(["a"]), "x")).toEqual(["a"]);
    expect(() => sequence(domString)("ab", "x")).toThrow(TypeError);
    expect(() => sequence(domString)({}, "x")).toThrow(TypeError);
    expect(() => sequence(domString)(null, "x")).toThrow(TypeError);
  });

  test("(USVString or sequence<USVString>) prefers the sequence for iterable objects (WebIDL §3.2.24)", () => {
    const convert = stringOrSequence(usvString);
    expect(convert("a", "x")).toBe("a");
    expect(convert(["a"], "x")).toEqual(["a"]);
    expect(convert({ toString: () => "text" }, "x")).toBe("text");
  });
});

test("an interface type accepts what its brand check accepts (WebIDL §3.2.15)", () => {
  const convert = instanceOf("Date", (value): value is Date => value instanceof Date);
  expect(convert(new Date(0), "x")).toBeInstanceOf(Date);
  expect(() => convert({}, "Failed")).toThrow("Failed is not of type 'Date'.");
});
