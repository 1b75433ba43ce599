import { describe, expect, test } from "vitest";
import { boolean, domString, sequence } from "./convert.ts";
import { defaulted, dictionary, optional, required } from "./dictionary.ts";

const convertParent = dictionary("Parent", { zebra: defaulted(boolean, false) });
const convertChild = dictionary(
  "Child",
  { name: required(domString), list: defaulted(sequence(domString), []), alias: optional(domString) },
  convertParent,
);

describe("dictionaries", () => {
  test("null and undefined stand for an empty dictionary (WebIDL §3.2.17 step 1)", () => {
    expect(convertParent(null, "x")).toEqual({ zebra: false });
    expect(convertParent(undefined, "x")).toEqual({ zebra: false });
    expect(() => convertParent(1, "Failed")).toThrow("Failed is not of type 'Parent'.");
  });

  test("members without default stay away, required ones must be there", () => {
    expect(convertChild({ name: "a" }, "x")).toEqual({ zebra: false, name: "a", list: [] });
    expect(() => convertChild({}, "Failed")).toThrow("Failed: required member 'name' of Child is undefined.");
  });

  test("undefined is a missing member, null is a value", () => {
    expect(convertChild({ name: "a", alias: undefined }, "x")).not.toHaveProperty("alias");
    expect(convertChild({ name: "a", alias: null }, "x").alias).toBe("null");
  });

  test("default arrays are not shared", () => {
    const first = convertChild({ name: "a" }, "x");
    first.list.push("mine");
    expect(convertChild({ name: "a" }, "x").list).toEqual([]);
  });

  test("inherited members are read first, then each level in the order of names (WebIDL §3.2.17)", () => {
    const read: string[] = [];
    const target = { name: "a" };
    const spy = new Proxy(target, {
      get(object, key) {
        read.push(String(key));
        return Reflect.get(object, key);
      },
    });
    convertChild(spy, "x");
    expect(read).toEqual(["zebra", "alias", "list", "name"]);
  });

  test("what a getter throws comes through", () => {
    const hostile = {
      get zebra(): boolean {
        throw new RangeError("mine");
      },
    };
    expect(() => convertParent(hostile, "x")).toThrow(RangeError);
  });
});
