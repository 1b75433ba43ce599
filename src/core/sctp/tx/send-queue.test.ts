import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { SctpEventQueue } from "../event-queue.ts";
import { SendQueue } from "./send-queue.ts";

function drain(events: SctpEventQueue) {
  const all = [];
  for (let event = events.shift(); event !== undefined; event = events.shift()) all.push(event);
  return all;
}

/** Sends everything in pieces of `size`; returns the stream of each piece. */
function order(queue: SendQueue, size: number, count = Number.POSITIVE_INFINITY): number[] {
  const streams: number[] = [];
  for (let i = 0; i < count; i++) {
    const message = queue.next(0, true);
    if (message === undefined) break;
    queue.advance(message, Math.min(size, message.data.length - message.sent));
    streams.push(message.stream.id);
  }
  return streams;
}

function filled(lengths: readonly [stream: number, length: number][]): SendQueue {
  const queue = new SendQueue(new SctpEventQueue());
  for (const [stream, length] of lengths)
    queue.push(0, stream, 53, new Uint8Array(length), { ordered: true });
  return queue;
}

describe("turns", () => {
  test("streams of equal priority alternate", () => {
    const lengths = [1, 1, 1, 2, 2, 2].map((stream) => [stream, 100] as [number, number]);
    expect(order(filled(lengths), 100)).toEqual([1, 2, 1, 2, 1, 2]);
  });

  test("large messages take fewer turns, so that bytes are shared", () => {
    const large = Array.from({ length: 5 }, () => [1, 1000] as [number, number]);
    const small = Array.from({ length: 50 }, () => [2, 100] as [number, number]);
    const first = order(filled([...large, ...small]), 1000, 33);
    expect(first.filter((id) => id === 1).length).toBe(3);
  });

  test("a message that has begun is finished first, even when its stream's priority drops", () => {
    const queue = filled([
      [1, 300],
      [2, 10],
    ]);
    queue.setPriority(1, 128);
    const begun = queue.next(0, true)!;
    queue.advance(begun, 5);
    expect(order(queue, 100).filter((id) => id === begun.stream.id).length).toBeGreaterThan(0);
    expect(queue.isEmpty).toBe(true);
  });

  test("a stream that joins late has no debt and no credit", () => {
    const queue = filled(Array.from({ length: 20 }, () => [1, 100] as [number, number]));
    order(queue, 100, 10);
    for (let i = 0; i < 10; i++) queue.push(0, 2, 53, new Uint8Array(100), { ordered: true });
    expect(order(queue, 100, 10).filter((id) => id === 2).length).toBe(5);
  });

  test("a thousand streams share by weight", () => {
    const queue = new SendQueue(new SctpEventQueue());
    for (let id = 0; id < 1000; id++) queue.setPriority(id, id % 2 ? 512 : 128);
    for (let round = 0; round < 8; round++) {
      for (let id = 0; id < 1000; id++) queue.push(0, id, 53, new Uint8Array(100), { ordered: true });
    }
    const served = order(queue, 100, 2500);
    expect(served.filter((id) => id % 2 === 1).length).toBe(2000);
  });
});

describe("accounts", () => {
  test("bytes leave when they are sent, and one event tells the sum since the last", () => {
    const events = new SctpEventQueue();
    const queue = new SendQueue(events);
    queue.push(0, 1, 53, new Uint8Array(100), { ordered: true });
    const message = queue.next(0, true)!;
    queue.advance(message, 30);
    queue.advance(message, 20);
    expect(queue.bufferedAmount(1)).toBe(50);
    expect(drain(events)).toEqual([{ type: "buffered-amount-decrease", streamId: 1, bytes: 50 }]);
    queue.advance(message, 50);
    expect(drain(events)).toEqual([{ type: "buffered-amount-decrease", streamId: 1, bytes: 50 }]);
  });

  test("expired messages leave the queue unsent, others stay", () => {
    const events = new SctpEventQueue();
    const queue = new SendQueue(events);
    queue.push(0, 1, 53, new Uint8Array(10), { ordered: true, lifetime: 5 });
    queue.push(0, 1, 53, new Uint8Array(20), { ordered: true, lifetime: 0 });
    queue.push(0, 1, 53, new Uint8Array(30), { ordered: true });
    expect(queue.next(4, true)!.data.length).toBe(10);
    expect(queue.next(5, true)!.data.length).toBe(30);
    expect(queue.bufferedAmount(1)).toBe(30);
    expect(drain(events)).toEqual([
      { type: "buffered-amount-decrease", streamId: 1, bytes: 30 },
      { type: "messages-abandoned", streamId: 1, count: 2 },
    ]);
  });

  test("ordered messages get their sequence numbers when they are first sent, unordered none (RFC 9260 §6.5)", () => {
    const queue = new SendQueue(new SctpEventQueue());
    const numbers: number[] = [];
    queue.push(0, 1, 53, new Uint8Array(1), { ordered: true, lifetime: 1 });
    queue.push(0, 1, 53, new Uint8Array(2), { ordered: true });
    queue.push(0, 1, 53, new Uint8Array(3), { ordered: false });
    queue.push(0, 1, 53, new Uint8Array(4), { ordered: true });
    for (let message = queue.next(9, true); message !== undefined; message = queue.next(9, true)) {
      queue.advance(message, message.data.length);
      if (!message.unordered) numbers.push(message.streamSequenceNumber);
    }
    expect(numbers).toEqual([0, 1]);
  });
});

test("after any sequence of operations every byte is accounted for and every queue can be drained", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new SeededRandom(seed);
    const events = new SctpEventQueue();
    const queue = new SendQueue(events);
    let queued = 0;
    let left = 0;
    const count = () => {
      for (const event of drain(events)) if (event.type === "buffered-amount-decrease") left += event.bytes;
    };
    for (let step = 0; step < 300; step++) {
      const kind = random.below(6);
      if (kind <= 2) {
        const data = new Uint8Array(1 + random.below(3000));
        const options =
          random.below(3) === 0 ? { ordered: true, lifetime: random.below(100) } : { ordered: true };
        if (queue.push(step, random.below(8), 53, data, options)) queued += data.length;
      } else if (kind === 3) queue.setPriority(random.below(8), 1 + random.below(1024));
      else {
        const message = queue.next(step, true);
        if (message !== undefined && random.below(10) === 0) queue.discardRest(message);
        else if (message !== undefined) {
          queue.advance(message, Math.min(message.data.length - message.sent, 1 + random.below(1160)));
        }
      }
      if (random.below(4) === 0) count();
    }
    order(queue, 1160);
    count();
    expect(queue.isEmpty, `seed ${seed}`).toBe(true);
    expect(left, `seed ${seed}`).toBe(queued);
    for (let id = 0; id < 8; id++) expect(queue.bufferedAmount(id)).toBe(0);
  }
});
