import { isIP, SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIpAddress, ipFamilyOf, ipScope, isIpv4Mapped, parseIpAddress } from "./ip-address.ts";

/** Canonical text of what `text` parses to; undefined when it is refused. */
function canonical(text: string): string | undefined {
  const bytes = parseIpAddress(text);
  return bytes === undefined ? undefined : formatIpAddress(bytes);
}

describe("parsing", () => {
  test.each([
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["192.0.2.1", "192.0.2.1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8::A", "2001:db8::a"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["::FFFF:c000:201", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"],
  ])("reads %s and writes %s (RFC 5952 §4)", (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  // Spellings that some other parser takes for an address, often another one than meant (CVE-2023-42282,
  // CVE-2024-29415, CVE-2026-43929): short forms, octal, hexadecimal, integers, zones, other digits, white space.
  test.each([
    ["", "127.1", "127.0.1", "127", "2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "017700000001"],
    ["0177.0.0.1", "127.0.0.01", "127.0.0.001", "00.0.0.0", "08.8.8.8", "127.00.0.1", "127.0.0.1e0"],
    ["127.0.0.1.", ".127.0.0.1", "127..0.1", "127.0.0.", "127.0.0.1.1", "127.0.0.0.1", "..."],
    ["256.0.0.1", "127.0.0.256", "127.0.0.1000", "4294967297.0.0.1", "-1.0.0.1", "+127.0.0.1", "127.0.0.-1"],
    [
      " 127.0.0.1",
      "127.0.0.1 ",
      "127.0.0.1\0",
      "127.0.0.1\r\n",
      "\t127.0.0.1",
      "127.0.0.1/8",
      "127.0.0.1:80",
    ],
    ["１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "127.0.0.١", "localhost", "localhost.", "127.0.0.1.nip.io"],
    [
      ":",
      ":::",
      "::1::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2:3:4:5:6:7:8",
      "::1:2:3:4:5:6:7:8",
    ],
    [
      ":1",
      "1:",
      "1:2:3:4:5:6:7:",
      ":1:2:3:4:5:6:7",
      "::12345",
      "::g",
      "::0x1",
      "::-1",
      "::+1",
      ":: 1",
      "[::1]",
    ],
    [
      "::1%lo",
      "fe80::1%1",
      "fe80::1%eth0",
      "::1%",
      "%::1",
      "::1/128",
      "::1\0",
      "[::1]:80",
      "0:0:0:0:0:0:0:0:1",
    ],
    ["::ffff:127.1", "::ffff:0177.0.0.1", "::ffff:127.0.0.01", "::ffff:0x7f.0.0.1", "::ffff:127.0.0.1:1"],
    [
      "::127.0.0.1::",
      "127.0.0.1::",
      "::ffff:256.0.0.1",
      "::1.2.3",
      "::1.2.3.4.5",
      "1:2:3:4:5:6:7:1.2.3.4",
      "::.1.2.3",
    ],
  ])("refuses %j and its like", (...spellings) => {
    for (const spelling of spellings)
      expect(parseIpAddress(spelling), JSON.stringify(spelling)).toBeUndefined();
  });

  test("refuses over-long text without reading it all", () => {
    expect(parseIpAddress(`${"0".repeat(1_000_000)}.0.0.1`)).toBeUndefined();
    expect(parseIpAddress("1:".repeat(1_000_000))).toBeUndefined();
    expect(parseIpAddress("1.".repeat(1_000_000))).toBeUndefined();
  });

  test("accepts exactly what node:net accepts", () => {
    const piece = fc.constantFrom(
      "0",
      "1",
      "9",
      "00",
      "127",
      "255",
      "256",
      ".",
      ".",
      ":",
      ":",
      "::",
      "f",
      "FFFF",
      "ab1",
      "g",
      " ",
    );
    const likely = fc.oneof(fc.ipV4(), fc.ipV6());
    const mutated = fc
      .tuple(likely, fc.nat(40), piece)
      .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + 1));
    const soup = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.oneof(likely, mutated, soup), (text) => {
        expect(parseIpAddress(text)?.length).toBe({ 0: undefined, 4: 4, 6: 16 }[isIP(text)]);
      }),
      { numRuns: 3000 },
    );
  });

  test("reads the same bytes from what it has written", () => {
    const sparse = fc
      .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
      .map((b) => Uint8Array.from(b));
    const dense = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const four = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.oneof(sparse, dense, four), (bytes) => {
        expect(parseIpAddress(formatIpAddress(bytes))).toEqual(bytes);
      }),
    );
  });

  test("writes IPv6 as the system does", () => {
    const groups = fc.array(fc.constantFrom(0, 0, 1, 0xab, 0xffff), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(groups, (rest) => {
        // The first group is not zero: the system prints IPv4-compatible addresses in their obsolete mixed form.
        const text = [0x2001, ...rest].map((group) => group.toString(16)).join(":");
        expect(canonical(text)).toBe(new SocketAddress({ address: text, family: "ipv6" }).address);
      }),
    );
  });
});

describe("classification", () => {
  test.each([
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.255", "loopback"],
    ["169.254.1.1", "link-local"],
    ["10.0.0.1", "private"],
    ["172.15.255.255", "global"],
    ["172.16.0.0", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.0", "global"],
    ["192.168.0.1", "private"],
    ["192.169.0.1", "global"],
    ["223.255.255.255", "global"],
    ["224.0.0.251", "multicast"],
    ["255.255.255.255", "multicast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::2", "global"],
    ["fe80::1", "link-local"],
    ["febf::1", "link-local"],
    ["fec0::1", "global"],
    ["fc00::1", "private"],
    ["fdff::1", "private"],
    ["ff02::fb", "multicast"],
    ["2001:db8::1", "global"],
  ])("%s is %s", (text, scope) => {
    expect(ipScope(parseIpAddress(text)!)).toBe(scope);
  });

  test("an IPv4-mapped address is what the IPv4 address is (CVE-2026-27624)", () => {
    for (const text of ["127.0.0.1", "0.0.0.0", "10.1.2.3", "169.254.0.1", "224.0.0.1", "192.0.2.1"])
      expect(ipScope(parseIpAddress(`::ffff:${text}`)!)).toBe(ipScope(parseIpAddress(text)!));
  });

  test("only ::ffff:0:0/96 is IPv4-mapped (RFC 4291 §2.5.5.2)", () => {
    expect(isIpv4Mapped(parseIpAddress("::ffff:1.2.3.4")!)).toBe(true);
    for (const text of ["::1.2.3.4", "::fffe:1.2.3.4", "1::ffff:1.2.3.4", "::ffff:0:1.2.3.4", "1.2.3.4"])
      expect(isIpv4Mapped(parseIpAddress(text)!), text).toBe(false);
  });

  test("tells the family from canonical text", () => {
    expect(ipFamilyOf("192.0.2.1")).toBe(4);
    expect(ipFamilyOf("::ffff:192.0.2.1")).toBe(6);
  });
});
