import { describe, expect, test } from "vitest";
import { parseIpAddress } from "./ip-address.ts";
import { isWithin, parseIpPrefix } from "./ip-prefix.ts";

function within(address: string, prefix: string): boolean {
  return isWithin(parseIpAddress(address)!, parseIpPrefix(prefix)!);
}

describe("a prefix", () => {
  test.each([
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.1.2.3", "10.0.0.0/8", false],
    ["172.31.0.1", "172.16.0.0/12", true],
    ["172.32.0.1", "172.16.0.0/12", false],
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.2", "192.0.2.1", false],
    ["192.0.2.2", "0.0.0.0/0", true],
    ["2001:db8::1", "2001:db8::/32", true],
    ["2001:db9::1", "2001:db8::/32", false],
    ["2001:db8::1", "0.0.0.0/0", false],
    ["192.0.2.3", "192.0.2.2/31", true],
  ])("%s in %s: %s", (address, prefix, expected) => {
    expect(within(address, prefix)).toBe(expected);
  });

  test.each([
    "",
    "/",
    "10.0.0.0/",
    "10.0.0.0/33",
    "::/129",
    "10.0.0/8",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
    "eth0",
  ])("is not written as '%s'", (text) => {
    expect(parseIpPrefix(text)).toBeUndefined();
  });
});
