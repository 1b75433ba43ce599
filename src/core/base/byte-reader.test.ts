import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";

const ONE_TO_EIGHT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe("ByteReader", () => {
  test("reads big-endian integers of every width", () => {
    expect(new ByteReader(ONE_TO_EIGHT).u8()).toBe(0x01);
    expect(new ByteReader(ONE_TO_EIGHT).u16()).toBe(0x0102);
    expect(new ByteReader(ONE_TO_EIGHT).u24()).toBe(0x010203);
    expect(new ByteReader(ONE_TO_EIGHT).u32()).toBe(0x01020304);
    expect(new ByteReader(ONE_TO_EIGHT).u48()).toBe(0x010203040506);
    expect(new ByteReader(ONE_TO_EIGHT).u64()).toBe(0x0102030405060708n);
  });

  test("reads the largest value of every width as a positive number", () => {
    const ones = new Uint8Array(8).fill(0xff);
    expect(new ByteReader(ones).u24()).toBe(2 ** 24 - 1);
    expect(new ByteReader(ones).u32()).toBe(2 ** 32 - 1);
    expect(new ByteReader(ones).u48()).toBe(2 ** 48 - 1);
    expect(new ByteReader(ones).u64()).toBe(2n ** 64n - 1n);
  });

  test("reads inside a view that does not start at its buffer's start", () => {
    const reader = new ByteReader(ONE_TO_EIGHT.subarray(2, 6));
    expect(reader.u16()).toBe(0x0304);
    expect([...reader.rest()]).toEqual([5, 6]);
    expect(reader.ok).toBe(true);
  });

  test("hands out views, not copies", () => {
    const bytes = ONE_TO_EIGHT.slice();
    const view = new ByteReader(bytes).bytes(2);
    bytes[0] = 9;
    expect(view[0]).toBe(9);
  });

  test("reading exactly to the end is no overrun", () => {
    const reader = new ByteReader(ONE_TO_EIGHT);
    reader.skip(8);
    expect(reader).toMatchObject({ ok: true, remaining: 0, position: 8 });
  });

  test("one byte too many sets the flag, and it stays set", () => {
    const reader = new ByteReader(ONE_TO_EIGHT);
    reader.skip(7);
    expect(reader.u16()).toBe(0);
    expect(reader).toMatchObject({ ok: false, remaining: 0, position: 7 });
    expect(reader.u8()).toBe(0); // one byte would be there
    expect(reader.bytes(0)).toHaveLength(0);
    expect(reader.ok).toBe(false);
  });

  test("a negative length is an overrun, not a step back", () => {
    const reader = new ByteReader(ONE_TO_EIGHT);
    reader.skip(4);
    reader.skip(-1);
    expect(reader).toMatchObject({ ok: false, position: 4 });
  });

  test("a sub-reader cannot leave its slice, and its overrun is not the parent's", () => {
    const reader = new ByteReader(ONE_TO_EIGHT);
    const inner = reader.sub(3);
    expect(inner.u32()).toBe(0);
    expect(inner.ok).toBe(false);
    expect(reader.ok).toBe(true);
    expect(reader.u8()).toBe(4);
  });

  test("a sub-reader longer than what is left has overrun from the start", () => {
    const reader = new ByteReader(ONE_TO_EIGHT);
    expect(reader.sub(9)).toMatchObject({ ok: false, remaining: 0 });
    expect(reader.ok).toBe(false);
  });

  test("never reads outside the given bytes and never throws, whatever is asked", () => {
    const read = fc.constantFrom("u8", "u16", "u24", "u32", "u48", "u64", "rest");
    const take = fc.tuple(fc.constantFrom("bytes", "skip", "sub"), fc.integer({ min: -3, max: 12 }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.oneof(read, take)), (bytes, calls) => {
        const surroundings = new Uint8Array(bytes.length + 16).fill(0xa5);
        surroundings.set(bytes, 8);
        const reader = new ByteReader(surroundings.subarray(8, 8 + bytes.length));
        let overrun = false;
        for (const call of calls) {
          if (typeof call === "string") reader[call as "u8"]();
          else reader[call[0] as "bytes"](call[1]);
          expect(reader.position).toBeLessThanOrEqual(bytes.length);
          expect(overrun && reader.ok).toBe(false);
          overrun = !reader.ok;
          expect(reader.remaining).toBe(overrun ? 0 : bytes.length - reader.position);
        }
      }),
    );
  });
});
