import { describe, expect, test } from "vitest";
import { MAX_STREAM_ID, StreamIds } from "./stream-ids.ts";

describe("stream ids (RFC 8832 §6)", () => {
  test("the DTLS client takes even ids, the server odd ones, from the lowest on", () => {
    const ids = new StreamIds();
    expect([ids.next("client", 10), ids.next("server", 10), ids.next("client", 10)]).toEqual([0, 1, 2]);
  });

  test("ids in use are passed over, and used again when they are free", () => {
    const ids = new StreamIds();
    expect([ids.claim(0), ids.claim(0), ids.claim(4)]).toEqual([true, false, true]);
    expect([ids.next("client", 10), ids.next("client", 10)]).toEqual([2, 6]);
    ids.release(2);
    ids.release(2);
    expect([ids.next("client", 10), ids.next("client", 10), ids.next("client", 10)]).toEqual([
      2,
      8,
      undefined,
    ]);
  });

  test("a limit that was reached does not hide ids below a larger one", () => {
    const ids = new StreamIds();
    ids.next("server", 2);
    expect([ids.next("server", 2), ids.next("server", 4)]).toEqual([undefined, 3]);
  });

  test("all of them can be taken: 32768 even ones, the last is 65534", () => {
    const ids = new StreamIds();
    let last: number | undefined;
    let count = 0;
    for (let id = ids.next("client", MAX_STREAM_ID + 1); id !== undefined; ) {
      count++;
      last = id;
      id = ids.next("client", MAX_STREAM_ID + 1);
    }
    expect([count, last]).toEqual([32_768, MAX_STREAM_ID]);
  });
});
