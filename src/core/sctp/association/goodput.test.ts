import { expect, test } from "vitest";
import { type Impairment, Pair, pattern } from "../exchange.testing.ts";

const CLEAN = { loss: 0, reorder: 0, reorderBy: 0, duplicate: 0, corrupt: 0 };

/** Mbit/s of messages over a link on which the sender always has something to send. */
function goodput(link: Impairment, seconds: number, seed = 1): number {
  const pair = Pair.connected(seed);
  pair.link = link;
  const message = pattern(16_000);
  const end = pair.now + seconds * 1000;
  let bytes = 0;
  let seen = pair.z.events.length;
  while (pair.now < end) {
    while (pair.a.association.bufferedAmount(1) < 200_000) {
      pair.a.association.send(pair.now, 1, 53, message, { ordered: true });
    }
    pair.run(20);
    for (; seen < pair.z.events.length; seen++) {
      const event = pair.z.events[seen]!;
      if (event.type === "message") bytes += event.data.length;
    }
  }
  return (bytes * 8) / 1e6 / seconds;
}

test("fills at least 85 % of a 1 Mbit/s link", () => {
  expect(goodput({ ...CLEAN, latency: 30, rate: 125, queue: 25_000 }, 60)).toBeGreaterThan(0.85);
});

test("fills at least 16 of 18 Mbit/s", () => {
  expect(goodput({ ...CLEAN, latency: 30, rate: 2250, queue: 200_000 }, 20)).toBeGreaterThan(16);
});

test("moves at least 1.5 Mbit/s at 1 % loss and 60 ms round trip", () => {
  const rates = [1, 2, 3, 4, 5].map((seed) => goodput({ ...CLEAN, latency: 30, loss: 0.01 }, 30, seed));
  expect(Math.min(...rates)).toBeGreaterThan(1.5);
});

test("does not collapse at 10 % loss", () => {
  const rates = [1, 2, 3].map((seed) => goodput({ ...CLEAN, latency: 30, loss: 0.1 }, 30, seed));
  expect(Math.min(...rates)).toBeGreaterThan(0.2);
});
