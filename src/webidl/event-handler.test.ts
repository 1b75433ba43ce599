import { describe, expect, test } from "vitest";
import { defineEventHandlers, type EventHandler } from "./event-handler.ts";

class Bell extends EventTarget {
  declare onring: EventHandler;
}
defineEventHandlers(
  Bell.prototype,
  (target) => {
    if (!(target instanceof Bell)) throw new TypeError("Illegal invocation");
  },
  ["ring"],
);

describe("event handler attributes (HTML §8.1.8.1)", () => {
  test("are null at first, and after anything but an object was set", () => {
    const bell = new Bell();
    expect(bell.onring).toBeNull();
    for (const value of [undefined, 1, "f", Symbol("s")]) {
      bell.onring = () => {};
      (bell as { onring: unknown }).onring = value;
      expect(bell.onring).toBeNull();
    }
  });

  test("keep an object that cannot be called, and do nothing with it", () => {
    const bell = new Bell();
    const value = { handleEvent: () => expect.unreachable() };
    (bell as { onring: unknown }).onring = value;
    expect(bell.onring).toBe(value);
    bell.dispatchEvent(new Event("ring"));
  });

  test("take their place among the listeners when first set, and keep it when replaced", () => {
    const bell = new Bell();
    const order: string[] = [];
    bell.addEventListener("ring", () => order.push("first"));
    bell.onring = () => order.push("old");
    bell.addEventListener("ring", () => order.push("last"));
    bell.onring = () => order.push("new");
    bell.dispatchEvent(new Event("ring"));
    expect(order).toEqual(["first", "new", "last"]);
  });

  test("give up their place when set to null", () => {
    const bell = new Bell();
    const order: string[] = [];
    bell.onring = () => order.push("handler");
    bell.addEventListener("ring", () => order.push("listener"));
    bell.onring = null;
    bell.onring = () => order.push("handler");
    bell.dispatchEvent(new Event("ring"));
    expect(order).toEqual(["listener", "handler"]);
  });

  test("call with the target as this, and cancel the event by returning false", () => {
    const bell = new Bell();
    let receiver: unknown;
    bell.onring = function (this: Bell) {
      receiver = this;
      return false;
    };
    const event = new Event("ring", { cancelable: true });
    expect(bell.dispatchEvent(event)).toBe(false);
    expect(receiver).toBe(bell);
  });

  test("are accessors with the names of WebIDL, and check their receiver", () => {
    const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(Bell.prototype, "onring")!;
    expect([get!.name, set!.name, enumerable, configurable]).toEqual([
      "get onring",
      "set onring",
      true,
      true,
    ]);
    expect(() => get!.call({})).toThrow(TypeError);
    expect(() => set!.call({}, null)).toThrow(TypeError);
  });
});
