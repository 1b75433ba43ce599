import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodeMessageType, isStun, messageClassOf, methodOf } from "./header.ts";

test("class and method interleave (RFC 8489 §5)", () => {
  expect(encodeMessageType("request", 1)).toBe(0x0001);
  expect(encodeMessageType("indication", 1)).toBe(0x0011);
  expect(encodeMessageType("success", 1)).toBe(0x0101);
  expect(encodeMessageType("error", 1)).toBe(0x0111);
  expect(encodeMessageType("request", 0xfff)).toBe(0x3eef);
});

test("every class and method comes back", () => {
  for (const messageClass of ["request", "indication", "success", "error"] as const) {
    for (let method = 0; method <= 0xfff; method++) {
      const type = encodeMessageType(messageClass, method);
      expect(type & 0xc000).toBe(0);
      expect([messageClassOf(type), methodOf(type)]).toEqual([messageClass, method]);
    }
  }
});

describe("demultiplexing (RFC 7983 §7)", () => {
  const { ranges } = JSON.parse(
    readFileSync(new URL("../../../test/vectors/ice/demux-rfc7983.json", import.meta.url), "utf8"),
  ) as { ranges: [number, number, string][] };

  test.each(ranges)("first bytes %i to %i: %s", (from, to, protocol) => {
    const datagram = new Uint8Array(20);
    datagram.set([0x21, 0x12, 0xa4, 0x42], 4);
    for (let first = from; first <= to; first++) {
      datagram[0] = first;
      expect(isStun(datagram)).toBe(protocol === "STUN");
    }
  });

  test("needs the magic cookie and a whole header", () => {
    const datagram = new Uint8Array(20);
    expect(isStun(datagram)).toBe(false);
    datagram.set([0x21, 0x12, 0xa4, 0x42], 4);
    expect(isStun(datagram)).toBe(true);
    expect(isStun(datagram.subarray(0, 19))).toBe(false);
    expect(isStun(new Uint8Array(0))).toBe(false);
  });
});
