import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";
import { releaseBuffer } from "./release-buffer.ts";

test("the memory behind a buffer is given back at once", () => {
  const bytes = new Uint8Array(1000).fill(1);
  releaseBuffer(bytes);
  expect(bytes.length).toBe(0);
  expect(bytes.buffer.byteLength).toBe(0);
});

test("a view of a larger buffer stays what it is: the rest is somebody else's", () => {
  const whole = new Uint8Array(1000).fill(1);
  const part = whole.subarray(0, 500);
  releaseBuffer(part);
  expect(part.length).toBe(500);
  expect(whole.length).toBe(1000);
});

test("what a cipher returns needs no collection: a hundred megabytes never come together", () => {
  const cipher = createCipheriv("aes-128-ecb", new Uint8Array(16), null);
  cipher.setAutoPadding(false);
  const blocks = new Uint8Array(16 * 1024);
  let most = 0;
  const before = process.memoryUsage().external;
  for (let i = 0; i < 6400; i++) {
    releaseBuffer(cipher.update(blocks));
    if (i % 100 === 0) most = Math.max(most, process.memoryUsage().external - before);
  }
  expect(most).toBeLessThan(1e6);
});
