/** The part of the Host contract that is about tasks, timers and names. */
import { describe, expect, test } from "vitest";
import type { Cancelable } from "../src/host/host.ts";
import type { ContractContext } from "./host-contract-context.ts";

/** Tasks and microtasks (HTML §8.1.7). */
export function taskContract(context: ContractContext): void {
  describe("queueTask", () => {
    test("runs tasks later, in order, each after the microtasks of the one before", async () => {
      const order: string[] = [];
      for (const name of ["a", "b", "c"]) {
        context.host.queueTask(() => {
          order.push(name);
          void Promise.resolve()
            .then(() => order.push(`${name}1`))
            .then(() => order.push(`${name}2`));
          context.fixture.changed();
        });
      }
      order.push("sync");
      void Promise.resolve().then(() => order.push("micro"));
      await context.fixture.until(() => order.includes("c"));
      await context.turn();
      expect(order).toEqual(["sync", "micro", "a", "a1", "a2", "b", "b1", "b2", "c", "c1", "c2"]);
    });

    test("runs a task queued by a task after those that wait already", async () => {
      const order: string[] = [];
      context.host.queueTask(() => {
        order.push("a");
        context.host.queueTask(() => {
          order.push("c");
          context.fixture.changed();
        });
      });
      context.host.queueTask(() => order.push("b"));
      await context.fixture.until(() => order.length === 3);
      expect(order).toEqual(["a", "b", "c"]);
    });
  });
}

/** Wake-ups. */
export function timerContract(context: ContractContext): void {
  describe("setTimer", () => {
    test("wakes at or after the instant, never inside the call", async () => {
      const start = context.host.now();
      const woken: number[] = [];
      for (const delay of [8, 1.5, 20, 0, -5]) {
        let returned = false;
        context.host.setTimer(
          start + delay,
          () => {
            expect(returned).toBe(true);
            expect(context.host.now()).toBeGreaterThanOrEqual(start + delay);
            woken.push(delay);
            context.fixture.changed();
          },
          true,
        );
        returned = true;
      }
      await context.fixture.until(() => woken.length === 5);
      expect(woken.filter((delay) => delay > 0)).toEqual([1.5, 8, 20]);
    });

    test("never wakes when canceled, or at the instant that never comes", async () => {
      const start = context.host.now();
      const woken: string[] = [];
      const never = context.host.setTimer(Number.POSITIVE_INFINITY, () => woken.push("never"), true);
      const canceled = context.host.setTimer(start + 2, () => woken.push("canceled"), true);
      const past = context.host.setTimer(start - 1, () => woken.push("past"), true);
      canceled.cancel();
      canceled.cancel();
      past.cancel();
      let done = false;
      context.host.setTimer(
        start + 8,
        () => {
          done = true;
          context.fixture.changed();
        },
        true,
      );
      await context.fixture.until(() => done);
      never.cancel();
      expect(woken).toEqual([]);
    });

    test("takes an instant weeks away without waking now", async () => {
      const woken: string[] = [];
      const far = context.host.setTimer(context.host.now() + 2 ** 32, () => woken.push("far"), true);
      context.host.setTimer(
        context.host.now() + 5,
        () => {
          woken.push("near");
          context.fixture.changed();
        },
        true,
      );
      await context.fixture.until(() => woken.length > 0);
      far.cancel();
      expect(woken).toEqual(["near"]);
    });

    test("may be canceled from inside another wake-up", async () => {
      // Whichever comes first: nothing says which of two for the same instant it is.
      const at = context.host.now() + 2;
      const woken: string[] = [];
      const wake = (name: string, other: () => Cancelable) => () => {
        woken.push(name);
        other().cancel();
      };
      const first: Cancelable = context.host.setTimer(
        at,
        wake("first", () => second),
        true,
      );
      const second = context.host.setTimer(
        at,
        wake("second", () => first),
        true,
      );
      let done = false;
      context.host.setTimer(
        at + 4,
        () => {
          done = true;
          context.fixture.changed();
        },
        true,
      );
      await context.fixture.until(() => done);
      expect(woken).toHaveLength(1);
    });
  });
}

/** Resolving names. */
export function nameContract(context: ContractContext): void {
  describe("names", () => {
    test("that are addresses resolve to themselves, canonical, in their own family only", async () => {
      const cases = [
        { name: "192.0.2.1", family: 4, addresses: ["192.0.2.1"] },
        { name: "192.0.2.1", family: 6, addresses: [] },
        { name: "2001:DB8:0::1", family: 6, addresses: ["2001:db8::1"] },
        { name: "2001:db8::1", family: 4, addresses: [] },
      ] as const;
      for (const { name, family, addresses } of cases) {
        const answers: (readonly string[])[] = [];
        context.host.resolve(name, family, (found) => {
          answers.push(found);
          context.fixture.changed();
        });
        expect(answers).toEqual([]);
        await context.fixture.until(() => answers.length > 0);
        expect(answers).toEqual([addresses]);
      }
    });

    test("are not answered after cancel", async () => {
      const answers: unknown[] = [];
      const pending = [
        context.host.resolve("192.0.2.1", 4, (found) => answers.push(found)),
        context.host.resolveMdns("7b3b1e2c-0000-4000-8000-000000000001.local", (found) =>
          answers.push(found),
        ),
        context.host.resolveMdns("no-candidate.local", (found) => answers.push(found)),
      ];
      for (const one of pending) {
        one.cancel();
        one.cancel();
      }
      await context.turn();
      expect(answers).toEqual([]);
    });

    test("of multicast DNS that no candidate can have are answered with nothing, not inside the call", async () => {
      const answers: (readonly string[])[] = [];
      context.host.resolveMdns("printer.local", (found) => {
        answers.push(found);
        context.fixture.changed();
      });
      expect(answers).toEqual([]);
      await context.fixture.until(() => answers.length > 0);
      expect(answers).toEqual([[]]);
    });
  });
}
