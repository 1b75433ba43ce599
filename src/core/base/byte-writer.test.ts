import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

describe("ByteWriter", () => {
  test("writes what ByteReader reads, for every width", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.uint8Array({ maxLength: 9 }),
        (u48, u64, tail) => {
          const writer = new ByteWriter(new Uint8Array(64));
          writer.u8(u48 % 2 ** 8);
          writer.u16(u48 % 2 ** 16);
          writer.u24(u48 % 2 ** 24);
          writer.u32(u48 % 2 ** 32);
          writer.u48(u48);
          writer.u64(u64);
          writer.bytes(tail);
          const reader = new ByteReader(writer.written());
          expect(reader.u8()).toBe(u48 % 2 ** 8);
          expect(reader.u16()).toBe(u48 % 2 ** 16);
          expect(reader.u24()).toBe(u48 % 2 ** 24);
          expect(reader.u32()).toBe(u48 % 2 ** 32);
          expect(reader.u48()).toBe(u48);
          expect(reader.u64()).toBe(u64);
          expect(reader.rest()).toEqual(tail);
          expect(reader.ok && writer.ok).toBe(true);
        },
      ),
    );
  });

  test("filling the buffer exactly is no overflow", () => {
    const writer = new ByteWriter(new Uint8Array(3));
    writer.u24(1);
    expect(writer).toMatchObject({ ok: true, length: 3, remaining: 0 });
  });

  test("what does not fit is not written at all, and the flag stays set", () => {
    const bytes = new Uint8Array(5).fill(0xa5);
    const writer = new ByteWriter(bytes.subarray(0, 3));
    writer.u16(0x0102);
    writer.u16(0x0304);
    writer.u8(5); // would fit, but comes after what did not
    expect(writer).toMatchObject({ ok: false, length: 2 });
    expect([...bytes]).toEqual([1, 2, 0xa5, 0xa5, 0xa5]);
  });

  test("padding is zero whatever the buffer held (CVE-2020-4067 class)", () => {
    const writer = new ByteWriter(new Uint8Array(8).fill(0xa5));
    writer.u8(1);
    writer.zeros(3);
    expect([...writer.written()]).toEqual([1, 0, 0, 0]);
  });

  test("patches lengths and checksums that are known only afterwards", () => {
    const writer = new ByteWriter(new Uint8Array(9));
    writer.zeros(9);
    writer.patchU16(0, 0x0102);
    writer.patchU24(2, 0x030405);
    writer.patchU32(5, 0xf6f7f8f9);
    expect([...writer.written()]).toEqual([1, 2, 3, 4, 5, 0xf6, 0xf7, 0xf8, 0xf9]);
  });

  test("a patch that reaches past what is written changes nothing", () => {
    const bytes = new Uint8Array(8).fill(0xa5);
    const writer = new ByteWriter(bytes);
    writer.u8(1);
    writer.patchU16(0, 0x0203);
    writer.patchU24(0, 0x020304);
    writer.patchU32(0, 0x02030405);
    expect([...bytes]).toEqual([1, ...new Array(7).fill(0xa5)]);
  });

  test("never writes outside the given buffer, whatever is asked", () => {
    const call = fc.tuple(fc.constantFrom("u8", "u16", "u24", "u32", "u48", "zeros"), fc.nat(9));
    fc.assert(
      fc.property(fc.nat(30), fc.array(call, { maxLength: 12 }), (size, calls) => {
        const surroundings = new Uint8Array(size + 16).fill(0xa5);
        const writer = new ByteWriter(surroundings.subarray(8, 8 + size));
        for (const [method, value] of calls) writer[method as "u8"](value);
        expect(surroundings.subarray(0, 8)).toEqual(new Uint8Array(8).fill(0xa5));
        expect(surroundings.subarray(8 + writer.length)).toEqual(
          new Uint8Array(size + 8 - writer.length).fill(0xa5),
        );
      }),
    );
  });
});
