import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

describe("Fifo", () => {
  test("behaves like an array that is pushed and shifted", () => {
    const command = fc.oneof(fc.integer(), fc.constantFrom("shift", "peek", "clear"));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const command of commands) {
          if (typeof command === "number") {
            fifo.push(command);
            model.push(command);
          } else if (command === "shift") expect(fifo.shift()).toBe(model.shift());
          else if (command === "peek") expect(fifo.peek()).toBe(model[0]);
          else {
            fifo.clear();
            model = [];
          }
          expect(fifo.length).toBe(model.length);
        }
      }),
    );
  });

  test("keeps its order while it gives back the room of what was shifted", () => {
    const fifo = new Fifo<number>();
    let pushed = 0;
    let shifted = 0;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 300; i++) fifo.push(pushed++);
      for (let i = 0; i < 290; i++) expect(fifo.shift()).toBe(shifted++);
    }
    expect(fifo.length).toBe(pushed - shifted);
    while (fifo.length > 0) expect(fifo.shift()).toBe(shifted++);
    expect(shifted).toBe(pushed);
  });
});
