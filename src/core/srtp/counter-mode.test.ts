import { expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { CounterMode } from "./counter-mode.ts";

const key = Uint8Array.from({ length: 16 }, (_, i) => i);
const salt = Uint8Array.from({ length: 14 }, (_, i) => 0xf0 + i);

test("key stream made ahead is that of each packet alone: lengths, streams, gaps, wraps, any order", () => {
  const seed = 17;
  const random = new SeededRandom(seed);
  const below = (limit: number) => random.uint32() % limit;
  const ahead = new CounterMode(nodeCrypto, key, salt);
  const indexes = Array.from({ length: 40 }, (_, i) => i * 65_530 + 2 ** 32 - 100);
  for (let step = 0; step < 3_000; step++) {
    // Mostly a few streams, sometimes more than are kept.
    const ssrc = below(50) === 0 ? below(indexes.length) : below(3);
    if (below(20) === 0) indexes[ssrc]! += below(40) - 15;
    const index = indexes[ssrc]!++;
    const length = below(30) === 0 ? below(13_000) : below(1_500);
    const packet = new Uint8Array(length + 5).fill(step);
    const alone = packet.slice();
    const from = below(5);
    ahead.apply(packet, from, length, ssrc, index);
    new CounterMode(nodeCrypto, key, salt).apply(alone, from, length, ssrc, index);
    if (Buffer.compare(packet, alone) !== 0) expect.fail(`seed ${seed}, step ${step}`);
  }
});

test("packets that follow each other share one call of the cipher", () => {
  let calls = 0;
  const counting = {
    ...nodeCrypto,
    createBlockCipher: (secret: Uint8Array) => {
      const cipher = nodeCrypto.createBlockCipher(secret);
      return {
        encrypt(blocks: Uint8Array, out: Uint8Array) {
          calls++;
          cipher.encrypt(blocks, out);
        },
      };
    },
  };
  const mode = new CounterMode(counting, key, salt);
  const packet = new Uint8Array(1200);
  for (let index = 0; index < 81; index++) mode.apply(packet, 12, 1200, 7, index);
  expect(calls).toBe(11);
});
