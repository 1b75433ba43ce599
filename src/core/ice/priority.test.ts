import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { candidatePriority, comparePairPriorities, pairPriority, TYPE_PREFERENCE } from "./index.ts";

const file = JSON.parse(
  readFileSync(new URL("../../../test/vectors/ice/priorities.json", import.meta.url), "utf8"),
) as {
  candidatePriority: { typePref: number; localPref: number; component: 1 | 2; priority: number }[];
  pairPriority: { controlling: number; controlled: number; priority: string }[];
};

const whole = ({ high, low }: { high: number; low: number }) => BigInt(high) * 2n ** 32n + BigInt(low);

test.each(file.candidatePriority)(
  "candidate priority $typePref/$localPref/$component (RFC 8445 §5.1.2.1)",
  (entry) => {
    const type = (["host", "prflx", "srflx", "relay"] as const).find(
      (name) => TYPE_PREFERENCE[name] === entry.typePref,
    )!;
    expect(candidatePriority(type, entry.localPref, entry.component)).toBe(entry.priority);
  },
);

test.each(file.pairPriority)("pair priority of $controlling and $controlled (RFC 8445 §6.1.2.3)", (entry) => {
  expect(whole(pairPriority(entry.controlling, entry.controlled))).toBe(BigInt(entry.priority));
});

test("comparing halves is comparing the 64-bit numbers, and both agents agree", () => {
  const priority = fc.integer({ min: 1, max: 0x7fff_ffff });
  fc.assert(
    fc.property(priority, priority, priority, priority, (g1, d1, g2, d2) => {
      const [a, b] = [pairPriority(g1, d1), pairPriority(g2, d2)];
      const difference = whole(a) - whole(b);
      return Math.sign(comparePairPriorities(a, b)) === (difference > 0n ? 1 : difference < 0n ? -1 : 0);
    }),
  );
});
