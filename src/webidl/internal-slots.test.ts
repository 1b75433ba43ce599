import { describe, expect, test } from "vitest";
import { internalSlots } from "./internal-slots.ts";

class Sample {
  declare readonly brand: "sample";
}
const internals = internalSlots<{ value: number }, Sample>("Sample");

describe("internal slots", () => {
  test("belong to the object they were attached to, and do not show", () => {
    const sample = new Sample();
    internals.attach(sample, { value: 1 });
    expect(internals.of(sample).value).toBe(1);
    expect(Reflect.ownKeys(sample)).toEqual([]);
    expect(internals.has(sample)).toBe(true);
  });

  test("refuse everything else with a TypeError (WebIDL §3.7.6)", () => {
    const another = internalSlots<object, Sample>("Another");
    const sample = new Sample();
    another.attach(sample, {});
    for (const value of [sample, Object.create(sample), {}, null, undefined, 1, "text"]) {
      expect(internals.has(value)).toBe(false);
      expect(() => internals.of(value)).toThrow("Illegal invocation: the receiver is not of type 'Sample'.");
    }
  });
});
