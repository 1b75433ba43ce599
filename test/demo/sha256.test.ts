import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../src/sim/seeded-random.ts";
import { Sha256 } from "./demo.testing.ts";

const SEED = 7;

function reference(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function randomBytes(random: SeededRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  return bytes;
}

describe("the page's SHA-256", () => {
  test("hashes 'abc' and nothing as FIPS 180-4 says", () => {
    expect(new Sha256().digest()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const hash = new Sha256();
    hash.update(new TextEncoder().encode("abc"));
    expect(hash.digest()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  test("agrees with node:crypto at every length around the borders of its blocks", () => {
    const random = new SeededRandom(SEED);
    for (let length = 0; length <= 260; length++) {
      const bytes = randomBytes(random, length);
      const hash = new Sha256();
      hash.update(bytes);
      expect(hash.digest(), `length ${length}`).toBe(reference(bytes));
    }
  });

  test("does not care how the message is cut", () => {
    const random = new SeededRandom(SEED);
    const bytes = randomBytes(random, 300_000);
    for (let round = 0; round < 20; round++) {
      const hash = new Sha256();
      for (let offset = 0; offset < bytes.length; ) {
        const length = 1 + random.below(round < 10 ? 200 : 70_000);
        hash.update(bytes.subarray(offset, offset + length));
        offset += length;
      }
      expect(hash.digest(), `seed ${SEED}, round ${round}`).toBe(reference(bytes));
    }
  });

  test("counts the bits of more than 512 MiB (the length takes more than 32 bits)", () => {
    const block = new Uint8Array(1 << 20).fill(0xa5);
    const hash = new Sha256();
    const expected = createHash("sha256");
    for (let count = 0; count < 513; count++) {
      hash.update(block);
      expected.update(block);
    }
    expect(hash.digest()).toBe(expected.digest("hex"));
  });

  test("ends once", () => {
    const hash = new Sha256();
    hash.digest();
    expect(() => hash.digest()).toThrow("has been called");
    expect(() => hash.update(new Uint8Array(1))).toThrow("has been called");
  });
});
