import { describe, expect, test } from "vitest";
import { Pair } from "./pair.testing.ts";

describe("connecting", () => {
  test.each([
    [true, false],
    [false, true],
  ])("a controlling: %s, z controlling: %s: both reach completed on the same pair", (a, z) => {
    const pair = new Pair({ controlling: a }, { controlling: z });
    expect(pair.connect()).toBe(true);
    expect(pair.a.agent.selectedPath()).toEqual({ socket: 1, address: "192.0.2.2", port: 5000 });
    expect(pair.z.agent.selectedPath()).toEqual({ socket: 1, address: "192.0.2.1", port: 5000 });
    expect(pair.a.states).toEqual(["checking", "connected", "completed"]);
    expect(pair.z.states).toEqual(["checking", "connected", "completed"]);
  });
});
