import { describe, expect, test } from "vitest";
import { Construction } from "./construction.ts";
import { exposeInterface, promiseReturning, requireArguments } from "./expose.ts";

class Sample {
  get attribute(): number {
    return 1;
  }
  operation(..._args: unknown[]): void {}
  static create(..._args: unknown[]): void {}
}
exposeInterface(Sample, "Sample", { length: 2, operations: { operation: 1, create: 3 } });

describe("exposed interfaces", () => {
  test("have enumerable members and a class string (WebIDL §3.7.3)", () => {
    const members: string[] = [];
    for (const key in new Sample()) members.push(key);
    expect(members).toEqual(["attribute", "operation"]);
    expect(Object.keys(Sample)).toEqual(["create"]);
    expect(Object.prototype.toString.call(new Sample())).toBe("[object Sample]");
    expect(Object.getOwnPropertyDescriptor(Sample.prototype, "constructor")!.enumerable).toBe(false);
  });

  test("have the lengths of their required arguments (WebIDL §3.7.1, §3.7.7)", () => {
    expect([Sample.length, Sample.prototype.operation.length, Sample.create.length]).toEqual([2, 1, 3]);
  });
});

test("too few arguments are a TypeError that counts them", () => {
  expect(() => requireArguments("Failed", ["a"], 2)).toThrow(
    new TypeError("Failed: 2 arguments required, but only 1 present."),
  );
  requireArguments("Failed", [undefined], 1);
});

test("a promise-returning operation rejects where another one throws (WebIDL §3.7.7)", async () => {
  const promise = promiseReturning(() => {
    throw new TypeError("mine");
  });
  await expect(promise).rejects.toThrow(TypeError);
});

describe("construction by the project only", () => {
  const construction = new Construction<number>();
  class Hidden {
    readonly slots = construction.take();
  }

  test("scripts get an illegal constructor, the project gets objects", () => {
    expect(() => new Hidden()).toThrow(new TypeError("Illegal constructor"));
    expect(construction.run(7, () => new Hidden()).slots).toBe(7);
  });

  test("slots are taken once, and never left behind", () => {
    expect(() => construction.run(1, () => [new Hidden(), new Hidden()])).toThrow("Illegal constructor");
    construction.run(1, () => undefined);
    expect(() => new Hidden()).toThrow("Illegal constructor");
  });
});
