import { expect, test } from "vitest";
import { ICE_CONTROLLING, NOMINATION } from "../stun/index.ts";
import { Script } from "./script.testing.ts";

/** Controlled, with two valid pairs; the one on port 7000 has the higher priority. */
function controlled(): Script {
  const script = new Script({ controlling: false });
  script.describe();
  check(script, 7000, { priority: 2_000_000_000 });
  check(script, 7001, { priority: 1_000_000_000 });
  script.advance(300);
  return script;
}

function check(
  script: Script,
  port: number,
  {
    nomination,
    useCandidate = false,
    priority = 1_000_000_000,
  }: Partial<Record<"nomination" | "priority", number>> & {
    useCandidate?: boolean;
  },
): void {
  const more =
    nomination === undefined
      ? {}
      : {
          more: (builder: { u32(type: number, value: number): unknown }) =>
            void builder.u32(NOMINATION, nomination),
        };
  script.check({ role: ICE_CONTROLLING, port, priority, useCandidate, ...more });
  script.advance(100);
}

const selected = (script: Script) => script.agent.selectedPath()?.port;

test("the pair with the highest nomination is used, also when it is the worse one", () => {
  const script = controlled();
  check(script, 7000, { nomination: 1 });
  expect(selected(script)).toBe(7000);
  check(script, 7001, { nomination: 2 });
  expect(selected(script)).toBe(7001);
  check(script, 7000, { nomination: 3 });
  expect(selected(script)).toBe(7000);
});

test("a nomination that comes late changes nothing", () => {
  const script = controlled();
  check(script, 7001, { nomination: 2 });
  check(script, 7000, { nomination: 1 });
  expect(selected(script)).toBe(7001);
});

test("nominations of the standard (RFC 8445 §8.1) keep to the better pair", () => {
  const script = controlled();
  check(script, 7000, { useCandidate: true });
  check(script, 7001, { useCandidate: true });
  expect(selected(script)).toBe(7000);
});
