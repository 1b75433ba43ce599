import { describe, expect, test } from "vitest";
import { createStatsReport, RTCStatsReport } from "./RTCStatsReport.ts";
import type { RTCStats } from "./stats/dictionaries.ts";

const first: RTCStats = { id: "b", timestamp: 1, type: "transport" };
const second: RTCStats = { id: "a", timestamp: 1, type: "codec" };

function report(): RTCStatsReport {
  return createStatsReport(
    new Map([
      ["b", first],
      ["a", second],
    ]),
  );
}

describe("RTCStatsReport is a read-only maplike (webrtc-pc §8.3, WebIDL §3.7.11)", () => {
  test("it tells its entries in the order in which they were added", () => {
    expect(report().size).toBe(2);
    expect([...report()]).toEqual([
      ["b", first],
      ["a", second],
    ]);
    expect([...report().keys()]).toEqual(["b", "a"]);
    expect([...report().values()]).toEqual([first, second]);
    expect(Object.prototype.toString.call(report())).toBe("[object RTCStatsReport]");
  });

  test("get and has convert the key to a string and give the object that was put in", () => {
    const key = { toString: () => "a" } as unknown as string;
    expect(report().get(key)).toBe(second);
    expect([report().has(key), report().has("c"), report().get("c")]).toEqual([true, false, undefined]);
    expect(() => Reflect.apply(report().get, report(), [])).toThrow(TypeError);
    expect(() => Reflect.apply(report().has, report(), [])).toThrow(TypeError);
  });

  test("forEach calls back with value, key and report, on the object it is given", () => {
    const calls: unknown[][] = [];
    const target = report();
    const self = {};
    target.forEach(function (this: unknown, ...args) {
      calls.push([this, ...args]);
    }, self);
    expect(calls).toEqual([
      [self, first, "b", target],
      [self, second, "a", target],
    ]);
    expect(calls[0]![0]).toBe(self);
    expect(calls[0]![3]).toBe(target);
    expect(() => target.forEach(null as never)).toThrow(TypeError);
  });

  test("iterating it is calling entries: one function, not enumerable under its symbol", () => {
    const { prototype } = RTCStatsReport;
    expect(Object.getOwnPropertyDescriptor(prototype, Symbol.iterator)).toEqual({
      value: prototype.entries,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  });

  test("cannot be written to, constructed, or used on other objects", () => {
    expect(["set", "delete", "clear"].filter((name) => name in RTCStatsReport.prototype)).toEqual([]);
    expect(() => new RTCStatsReport()).toThrow(TypeError);
    for (const use of [
      () => RTCStatsReport.prototype.entries(),
      () => RTCStatsReport.prototype.forEach(() => {}),
      () => RTCStatsReport.prototype.size,
      () => Reflect.apply(RTCStatsReport.prototype.get, new Map(), ["a"]),
    ]) {
      expect(use).toThrow(TypeError);
    }
  });
});
