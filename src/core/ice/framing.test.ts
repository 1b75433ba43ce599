import { describe, expect, test } from "vitest";
import { FramedStream, frameInPlace } from "./framing.ts";

function packets(stream: FramedStream, bytes: readonly number[]): number[][] {
  stream.push(Uint8Array.from(bytes));
  const found: number[][] = [];
  for (let next = stream.next(); next !== undefined; next = stream.next()) found.push([...next]);
  return found;
}

describe("packets on a stream (RFC 4571)", () => {
  test("are written behind their length", () => {
    const out = new Uint8Array(8);
    out.set([7, 8, 9]);
    expect(frameInPlace(out, 3)).toBe(5);
    expect([...out.subarray(0, 5)]).toEqual([0, 3, 7, 8, 9]);
  });

  test("several in one piece, and one in several pieces", () => {
    const stream = new FramedStream(100);
    expect(packets(stream, [0, 1, 5, 0, 2, 6])).toEqual([[5]]);
    expect(packets(stream, [])).toEqual([]);
    expect(packets(stream, [7, 0])).toEqual([[6, 7]]);
    expect(packets(stream, [1])).toEqual([]);
    expect(packets(stream, [8, 0, 0, 0, 1, 9])).toEqual([[8], [9]]);
  });

  test("every way of cutting a stream gives the same packets", () => {
    const bytes = [0, 1, 1, 0, 0, 0, 3, 1, 2, 3, 0, 2, 4, 5];
    const whole = packets(new FramedStream(100), bytes);
    expect(whole).toEqual([[1], [1, 2, 3], [4, 5]]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      for (let second = cut; second <= bytes.length; second++) {
        const stream = new FramedStream(100);
        const parts = [bytes.slice(0, cut), bytes.slice(cut, second), bytes.slice(second)];
        expect(parts.flatMap((part) => packets(stream, part))).toEqual(whole);
      }
    }
  });

  test("one at the limit is taken; one beyond it ends the stream, and nothing is kept of it", () => {
    const stream = new FramedStream(3);
    expect(packets(stream, [0, 3, 1, 2, 3])).toEqual([[1, 2, 3]]);
    expect(stream.broken).toBe(false);
    expect(packets(stream, [0, 4])).toEqual([]);
    expect(stream.broken).toBe(true);
    expect(packets(stream, [0, 1, 1])).toEqual([]);
  });
});
