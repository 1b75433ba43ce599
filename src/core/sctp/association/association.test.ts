import { expect, test } from "vitest";
import { Pair, pattern } from "../exchange.testing.ts";

test("connects when both ends send INIT (RFC 9260 §5.2.1)", () => {
  const pair = Pair.connected();
  expect(pair.a.association.state).toBe("established");
  expect(pair.z.association.state).toBe("established");
  expect(pair.a.of("connected")).toHaveLength(1);
  expect(pair.z.of("connected")).toHaveLength(1);
});

test("carries a large message", () => {
  const pair = Pair.connected();
  const data = pattern(262_144);
  expect(pair.a.association.send(pair.now, 1, 53, data, { ordered: true })).toBe(true);
  pair.settle();
  expect(pair.z.of("message")).toEqual([{ type: "message", streamId: 1, ppid: 53, data }]);
});
