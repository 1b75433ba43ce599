import { describe, expect, test } from "vitest";
import { checkDer, DER_INTEGER, DER_SEQUENCE, DerReader, MAX_DER_DEPTH } from "./der-reader.ts";
import { derUnsignedInteger, derValue } from "./der-writer.ts";
import { fromHex, readCorpus, toHex } from "./vectors.testing.ts";

/** `levels` SEQUENCEs inside each other. */
function nested(levels: number): Uint8Array {
  let value = derValue(DER_SEQUENCE);
  for (let i = 1; i < levels; i++) value = derValue(DER_SEQUENCE, value);
  return value;
}

describe("a DER reader", () => {
  test("reads values in order and stops at the end", () => {
    const reader = new DerReader(fromHex("3006 020101 020102"));
    const sequence = reader.enter(DER_SEQUENCE);
    reader.end();
    expect(toHex(sequence.readElement(DER_INTEGER))).toBe("020101");
    expect(sequence.peekTag()).toBe(DER_INTEGER);
    expect(toHex(sequence.readInteger())).toBe("02");
    expect(sequence.atEnd).toBe(true);
    expect(sequence.peekTag()).toBe(-1);
    sequence.end();
    expect(reader.ok).toBe(true);
  });

  test("one failure fails parents and children alike", () => {
    const reader = new DerReader(fromHex("3003 020101"));
    const sequence = reader.enter(DER_SEQUENCE);
    sequence.read(DER_SEQUENCE);
    expect(sequence.ok).toBe(false);
    expect(reader.ok).toBe(false);
    expect(sequence.readInteger()).toEqual(new Uint8Array(0));
  });

  test.each([
    ["a length not in its shortest form", "048103 010203"],
    ["a length with leading zero", "04820003 010203"],
    ["an indefinite length", "2480 0000"],
    ["a high tag number", "1f01 00"],
    ["contents that overrun", "0404 010203"],
    ["a cut header", "04"],
    ["a cut length", "0482 01"],
    ["a length of four octets", "0484 00000001 00"],
  ])("refuses %s (X.690 §10.1)", (_name, hex) => {
    const bytes = fromHex(hex);
    const reader = new DerReader(bytes);
    reader.read(bytes[0]!);
    expect(reader.ok).toBe(false);
    expect(checkDer(bytes)).toBeDefined();
  });

  test.each(["0200", "02020001", "0202ff80"])("refuses the INTEGER %s (X.690 §8.3.2)", (hex) => {
    const reader = new DerReader(fromHex(hex));
    reader.readInteger();
    expect(reader.ok).toBe(false);
  });

  test.each(["0300", "03020180"])("refuses the BIT STRING %s where whole octets are due", (hex) => {
    const reader = new DerReader(fromHex(hex));
    reader.readOctetAlignedBitString();
    expect(reader.ok).toBe(false);
  });

  test("reads as deep as the limit, and no deeper", () => {
    const depthOf = (levels: number) => {
      let reader = new DerReader(nested(levels));
      const outermost = reader;
      for (let i = 0; i < levels; i++) reader = reader.enter(DER_SEQUENCE);
      return outermost.ok;
    };
    expect(depthOf(MAX_DER_DEPTH - 1)).toBe(true);
    expect(depthOf(MAX_DER_DEPTH)).toBe(true);
    expect(depthOf(MAX_DER_DEPTH + 1)).toBe(false);
  });
});

describe("checkDer", () => {
  test("takes exactly one value, as deep as the limit", () => {
    expect(checkDer(nested(MAX_DER_DEPTH))).toBeUndefined();
    expect(checkDer(nested(MAX_DER_DEPTH + 1))?.reason).toBe("der: too many levels");
    expect(checkDer(new Uint8Array(0))).toBeDefined();
    expect(checkDer(fromHex("0500 0500"))?.reason).toBe("der: value overruns its parent");
    expect(checkDer(fromHex("3004 0203 0101"))).toBeDefined();
  });

  test("BoringSSL's corpus: no throw, and what passes can be read", () => {
    let passed = 0;
    for (const { bytes } of readCorpus("crypto/der-roundtrip-boringssl.jsonl")) {
      if (checkDer(bytes) !== undefined) continue;
      passed++;
      const reader = new DerReader(bytes);
      reader.read(bytes[0]!);
      reader.end();
      expect(reader.ok).toBe(true);
    }
    expect(passed).toBeGreaterThan(0);
  });

  test("time grows with the input, not with its square", () => {
    const visits = (count: number) => {
      const value = derValue(0x05);
      const inner = new Uint8Array(value.length * count);
      for (let i = 0; i < count; i++) inner.set(value, i * value.length);
      return derValue(DER_SEQUENCE, inner);
    };
    // 8,000 values: a quadratic walk would need 32 million steps.
    expect(checkDer(visits(8000))).toBeUndefined();
  });
});

describe("writing", () => {
  test("lengths take the shortest form at each border", () => {
    for (const length of [0, 127, 128, 255, 256, 65_535 - 8]) {
      const value = derValue(0x04, new Uint8Array(length));
      expect(checkDer(value)).toBeUndefined();
      expect(new DerReader(value).read(0x04).length).toBe(length);
    }
  });

  test.each([
    ["00", "020100"],
    ["0001", "020101"],
    ["80", "02020080"],
    ["7fff", "02027fff"],
  ])("the unsigned INTEGER %s becomes %s", (octets, expected) => {
    expect(toHex(derUnsignedInteger(fromHex(octets)))).toBe(expected);
  });
});
