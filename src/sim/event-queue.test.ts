import { expect, test } from "vitest";
import { EventQueue } from "./event-queue.ts";
import { SeededRandom } from "./seeded-random.ts";

function drain(queue: EventQueue): void {
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) run();
}

test("gives events by time, and those of one instant in the order they came", () => {
  const queue = new EventQueue();
  const order: string[] = [];
  for (const [at, name] of [
    [5, "c"],
    [1, "a"],
    [5, "d"],
    [3, "b"],
    [5, "e"],
  ] as const) {
    queue.push(at, "test", "test", () => order.push(name));
  }
  drain(queue);
  expect(order).toEqual(["a", "b", "c", "d", "e"]);
});

test("forgets canceled events, however often they are canceled, also after they ran", () => {
  const queue = new EventQueue();
  const order: number[] = [];
  const events = [3, 1, 2].map((at) => queue.push(at, "test", "test", () => order.push(at)));
  queue.cancel(events[1]!);
  queue.cancel(events[1]!);
  expect(queue.length).toBe(2);
  expect(queue.peek()?.at).toBe(2);
  drain(queue);
  queue.cancel(events[0]!);
  expect(order).toEqual([2, 3]);
  expect(queue.length).toBe(0);
  expect(queue.peek()).toBeUndefined();
});

test("agrees with a sorted list on random pushes, cancels and shifts", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new SeededRandom(seed);
    const queue = new EventQueue();
    const model: { at: number; id: number; event: ReturnType<EventQueue["push"]> }[] = [];
    let ran: number | undefined;
    for (let step = 0; step < 500; step++) {
      const dice = random.below(10);
      if (dice < 5) {
        const at = random.below(50);
        const id = step;
        const event = queue.push(at, "test", "test", () => {
          ran = id;
        });
        model.push({ at, id, event });
        model.sort((a, b) => a.at - b.at || a.id - b.id);
      } else if (dice < 6 && model.length > 0) {
        const [removed] = model.splice(random.below(model.length), 1);
        queue.cancel(removed!.event);
      } else {
        ran = undefined;
        queue.shift()?.();
        if (ran !== model.shift()?.id) throw new Error(`wrong event: seed ${seed}, step ${step}`);
      }
      if (queue.length !== model.length) throw new Error(`wrong length: seed ${seed}, step ${step}`);
    }
  }
});
