import { expect, test } from "vitest";
import { CanonicalAddresses, canonicalAddress, MAX_CANONICAL_ADDRESSES } from "./address-text.ts";

test("writes what the system says in one spelling", () => {
  const cases: [string, string | undefined][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["fe80::1%eth0", "fe80::1"],
    ["fe80:0:0:0:0:0:0:1%12", "fe80::1"],
    ["2001:0DB8::0001", "2001:db8::1"],
    ["::1", "::1"],
    ["localhost", undefined],
    ["%eth0", undefined],
    ["", undefined],
  ];
  for (const [text, canonical] of cases) expect(canonicalAddress(text), text).toBe(canonical);
});

test("remembers canonical forms, and forgets all when strangers fill its memory", () => {
  const addresses = new CanonicalAddresses();
  expect(addresses.of("192.0.2.7")).toBe("192.0.2.7");
  expect(addresses.of("fe80::2%lo")).toBe("fe80::2");
  for (let i = 0; i < 2 * MAX_CANONICAL_ADDRESSES + 1; i++) {
    expect(addresses.of(`2001:db8::${i.toString(16)}%x`)).toBe(
      i === 0 ? "2001:db8::" : `2001:db8::${i.toString(16)}`,
    );
  }
  expect(addresses.of("fe80::2%lo")).toBe("fe80::2");
});
