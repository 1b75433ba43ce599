import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NEVER } from "./instant.ts";
import { TimerTable } from "./timer-table.ts";

const T1 = 0;
const T2 = 1;

describe("TimerTable", () => {
  test("has nothing to wait for at the start", () => {
    const timers = new TimerTable(["t1", "t2"]);
    expect(timers.next()).toBe(NEVER);
    expect(timers.explain()).toBe("none");
    expect(timers.isArmed(T1)).toBe(false);
  });

  test("waits for the earliest slot and can name it", () => {
    const timers = new TimerTable(["t1", "t2"]);
    timers.set(T1, 200);
    timers.start(T2, 50, 100);
    expect(timers.next()).toBe(150);
    expect(timers.explain()).toBe("t2");
  });

  test("an early wake-up changes nothing", () => {
    const timers = new TimerTable(["t1", "t2"]);
    timers.set(T1, 100);
    expect(timers.expire(T1, 99.9)).toBe(false);
    expect(timers.deadline(T1)).toBe(100);
  });

  test("a slot expires once, on time or late", () => {
    const timers = new TimerTable(["t1", "t2"]);
    timers.set(T1, 100);
    timers.set(T2, 100);
    expect(timers.expire(T1, 100)).toBe(true);
    expect(timers.expire(T1, 100)).toBe(false);
    expect(timers.expire(T2, 10_000)).toBe(true);
    expect(timers.next()).toBe(NEVER);
  });

  test("arming again moves the deadline", () => {
    const timers = new TimerTable(["t1", "t2"]);
    timers.set(T1, 100);
    timers.set(T1, 300);
    expect(timers.expire(T1, 200)).toBe(false);
    expect(timers.next()).toBe(300);
  });

  test("stopping a slot leaves the others; stopping all leaves none", () => {
    const timers = new TimerTable(["t1", "t2"]);
    timers.set(T1, 100);
    timers.set(T2, 200);
    timers.stop(T1);
    expect(timers.next()).toBe(200);
    timers.stopAll();
    expect(timers.next()).toBe(NEVER);
  });

  test("next is always the minimum of what is armed", () => {
    const names = ["a", "b", "c", "d"];
    const command = fc.tuple(fc.nat(3), fc.option(fc.integer({ min: 0, max: 1000 })));
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const timers = new TimerTable(names);
        const model = new Map<number, number>();
        for (const [slot, deadline] of commands) {
          if (deadline === null) {
            timers.stop(slot);
            model.delete(slot);
          } else {
            timers.set(slot, deadline);
            model.set(slot, deadline);
          }
          expect(timers.next()).toBe(Math.min(NEVER, ...model.values()));
        }
      }),
    );
  });
});
