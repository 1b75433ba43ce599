/** Many channels over one association: nothing of a closed one may stay. */
import { queryObjects } from "node:v8";
import { beforeEach, describe, expect, test } from "vitest";
import { OutboundStream } from "../sctp/tx/outbound-stream.ts";
import { BufferedBytes } from "./buffered-bytes.ts";
import { Pair } from "./pair.testing.ts";

let pair: Pair;

beforeEach(async () => {
  pair = await Pair.open(1);
  pair.negotiate();
  expect(
    pair.runUntil(() => pair.a.of("sctp-connected").length + pair.z.of("sctp-connected").length === 2),
  ).toBe(true);
});

/** Objects that live as long as a channel does, in the whole process. */
function alive(): number {
  const count = (kind: new (...args: never[]) => unknown) =>
    queryObjects(kind as never, { format: "count" }) as unknown as number;
  return count(BufferedBytes) + count(OutboundStream);
}

/** Opens channels from `a`, waits for the peer, closes them from either end, waits for both. */
function round(first: number, count: number): void {
  const { a, z } = pair;
  a.events.length = 0;
  z.events.length = 0;
  for (let i = 0; i < count; i++) {
    pair.openChannel(a, first + 2 * i);
    pair.send(a, first + 2 * i, "x");
  }
  expect(pair.runUntil(() => z.events.length === 2 * count)).toBe(true); // announced, and its message
  expect(Math.max(...a.of("channel-id").map(({ streamId }) => streamId))).toBe(2 * count - 1);
  const announced = z.of("channel-announced").map(({ channel }) => channel);
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) pair.command(a, { type: "close-channel", channel: first + 2 * i });
    else pair.command(z, { type: "close-channel", channel: announced[i]! });
  }
  const closed = () => Math.min(a.of("channel-closed").length, z.of("channel-closed").length);
  expect(pair.runUntil(() => closed() === count, 60_000)).toBe(true);
  expect([...a.of("channel-closed"), ...z.of("channel-closed")].every(({ error }) => !error)).toBe(true);
}

describe("a storm of channels", () => {
  test("10,000 opened and closed leave nothing, and their stream ids are used again", () => {
    const before = alive();
    for (let i = 0; i < 20; i++) round(1 + 1000 * i, 500);
    // The engine may still hold the stream it wrote last in a local variable of its own.
    expect(alive()).toBeLessThanOrEqual(before + 1);
    // As much work as a hundred other tests: a busy machine with two slow cores needs its time.
  }, 120_000);

  test("channels that are closed before they opened leave nothing", () => {
    const before = alive();
    for (let id = 1; id < 4000; id += 2) {
      pair.openChannel(pair.a, id);
      pair.command(pair.a, { type: "close-channel", channel: id });
    }
    const closed = () => pair.a.of("channel-closed").length + pair.a.of("channel-open").length;
    pair.runUntil(() => closed() === 4000, 60_000);
    pair.runUntil(() => false, 10_000);
    expect(alive()).toBe(before);
  }, 120_000);
});
