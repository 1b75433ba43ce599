import { describe, expect, test } from "vitest";
import { SeededRandom } from "../sim/seeded-random.ts";
import { bindInRange, MAX_PORT_TRIES } from "./port-range.ts";

/** Tries to bind where `free` says whether a port can be had; returns the ports tried, and how it ended. */
function attempt(min: number, max: number, free: (port: number) => string | undefined) {
  const tried: number[] = [];
  let outcome: string | undefined = "pending";
  bindInRange(
    { min, max },
    new SeededRandom(3),
    (port, done) => {
      tried.push(port);
      done(free(port));
      return { cancel() {} };
    },
    (errorCode) => {
      outcome = errorCode;
    },
  );
  return { tried, outcome };
}

describe("binding in a range of ports", () => {
  test("every port is tried once, from a random one on", () => {
    const { tried, outcome } = attempt(5000, 5009, () => "EADDRINUSE");
    expect(outcome).toBe("EADDRINUSE");
    expect([...tried].sort()).toEqual([...Array(10).keys()].map((index) => 5000 + index));
  });

  test("the first free one is taken; a range may be one port", () => {
    expect(attempt(5000, 5009, (port) => (port === 5007 ? undefined : "EADDRINUSE"))).toMatchObject({
      outcome: undefined,
    });
    expect(attempt(5000, 5000, () => undefined)).toEqual({ tried: [5000], outcome: undefined });
  });

  test("another error than a taken port ends it", () => {
    expect(attempt(5000, 5009, () => "EACCES").tried).toHaveLength(1);
  });

  test("a large range is not tried without end", () => {
    expect(attempt(1, 65_535, () => "EADDRINUSE").tried).toHaveLength(MAX_PORT_TRIES);
  });

  test("without a range: any port", () => {
    const ports: number[] = [];
    const bind = (port: number) => {
      ports.push(port);
      return { cancel() {} };
    };
    bindInRange(undefined, new SeededRandom(3), bind, () => undefined);
    expect(ports).toEqual([0]);
  });
});
