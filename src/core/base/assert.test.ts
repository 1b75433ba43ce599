import { expect, test } from "vitest";
import { assert, InvariantViolation, unreachable } from "./assert.ts";

test("a broken invariant is loud and says in words what must be true", () => {
  expect(() => assert(1 + 1 === 2, "arithmetic holds")).not.toThrow();
  expect(() => assert(false, "a pair is nominated before data flows")).toThrow(
    new InvariantViolation("a pair is nominated before data flows"),
  );
});

test("a case the types rule out is a broken invariant", () => {
  expect(() => unreachable("sideways" as never)).toThrow(InvariantViolation);
});
