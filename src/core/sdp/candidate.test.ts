import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Malformed } from "../base/malformed.ts";
import {
  type CandidateAttribute,
  formatCandidate,
  MAX_CANDIDATE_LENGTH,
  parseCandidate,
  UNSUPPORTED_CANDIDATE,
} from "./candidate.ts";

function parsed(text: string): CandidateAttribute {
  const result = parseCandidate(text);
  if (result instanceof Malformed) throw new Error(`${result.reason}: ${text}`);
  return result;
}

const HOST = "candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host";

describe("reading candidate-attribute (RFC 8839 §5.1)", () => {
  test("reads a host candidate, with or without a prefix", () => {
    const expected = {
      foundation: "1",
      component: 1,
      protocol: "udp",
      priority: 2113929471,
      address: "203.0.113.100",
      port: 10100,
      type: "host",
      extensions: [],
    };
    for (const text of [HOST, `a=${HOST}`, HOST.slice("candidate:".length)])
      expect(parsed(text)).toEqual(expected);
  });

  test("reads a candidate of Chrome with related address and extensions", () => {
    const text =
      "candidate:842163049 1 udp 1677729535 198.51.100.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag RgDu network-id 1 network-cost 999";
    expect(parsed(text)).toMatchObject({
      type: "srflx",
      relatedAddress: "0.0.0.0",
      relatedPort: 0,
      usernameFragment: "RgDu",
      extensions: [
        ["generation", "0"],
        ["network-id", "1"],
        ["network-cost", "999"],
      ],
    });
  });

  test("reads TCP candidates and their type (RFC 6544 §4.5)", () => {
    expect(parsed("1 1 TCP 1518280447 192.0.2.1 9 typ host tcptype active")).toMatchObject({
      protocol: "tcp",
      tcpType: "active",
    });
  });

  test("writes addresses in their canonical form, and keeps mDNS names", () => {
    expect(parsed("1 1 udp 1 2001:DB8:0:0::1 5 typ host").address).toBe("2001:db8::1");
    expect(parsed("1 1 udp 1 6E5376C2-8b34-4e8b-b3ad-013226137d7c.local 5 typ host").address).toBe(
      "6e5376c2-8b34-4e8b-b3ad-013226137d7c.local",
    );
  });

  test.each([
    ["nothing", ""],
    ["no type", "1 1 udp 1 192.0.2.1 5"],
    ["another word for typ", "1 1 udp 1 192.0.2.1 5 type host"],
    ["an empty foundation", " 1 udp 1 192.0.2.1 5 typ host"],
    ["a foundation of 33 characters", `${"a".repeat(33)} 1 udp 1 192.0.2.1 5 typ host`],
    ["a foundation that is no ice-char", "a-b 1 udp 1 192.0.2.1 5 typ host"],
    ["component 0", "1 0 udp 1 192.0.2.1 5 typ host"],
    ["component 257", "1 257 udp 1 192.0.2.1 5 typ host"],
    ["priority 0", "1 1 udp 0 192.0.2.1 5 typ host"],
    ["a negative priority", "1 1 udp -1 192.0.2.1 5 typ host"],
    ["a priority of 2^31", "1 1 udp 2147483648 192.0.2.1 5 typ host"],
    ["a broken address", "1 1 udp 1 192.0.2.256 5 typ host"],
    ["an address with a zone", "1 1 udp 1 fe80::1%eth0 5 typ host"],
    ["a port of 65536", "1 1 udp 1 192.0.2.1 65536 typ host"],
    ["a port that is no number", "1 1 udp 1 192.0.2.1 5x typ host"],
    ["an extension without a value", "1 1 udp 1 192.0.2.1 5 typ host generation"],
    ["a related port of 65536", "1 1 udp 1 192.0.2.1 5 typ srflx raddr 1.2.3.4 rport 65536"],
    ["an unknown tcptype", "1 1 tcp 1 192.0.2.1 5 typ host tcptype sideways"],
    ["a control character", "1 1 udp 1 192.0.2.1 5 typ host a b\r\nx c"],
    ["two blanks", "1 1 udp 1  192.0.2.1 5 typ host"],
    ["too much of everything", `${HOST} x ${"y".repeat(MAX_CANDIDATE_LENGTH)}`],
  ])("refuses %s", (_, text) => {
    const result = parseCandidate(text);
    expect(result).toBeInstanceOf(Malformed);
    expect(result).not.toBe(UNSUPPORTED_CANDIDATE);
  });

  test.each([
    ["transport", "1 1 ssltcp 1 192.0.2.1 5 typ host"],
    ["type", "1 1 udp 1 192.0.2.1 5 typ token"],
    ["component", "1 3 udp 1 192.0.2.1 5 typ host"],
  ])("tells an unknown %s from a malformed candidate: it is to be ignored", (_, text) => {
    expect(parseCandidate(text)).toBe(UNSUPPORTED_CANDIDATE);
  });

  test.each([MAX_CANDIDATE_LENGTH - 1, MAX_CANDIDATE_LENGTH, MAX_CANDIDATE_LENGTH + 1])(
    "has a limit: %i characters",
    (length) => {
      const text = `${HOST} x `.padEnd(length, "y");
      expect(parseCandidate(text) instanceof Malformed).toBe(length > MAX_CANDIDATE_LENGTH);
    },
  );
});

describe("properties", () => {
  const iceChars = (min: number, max: number) =>
    fc.stringMatching(new RegExp(`^[A-Za-z0-9+/]{${min},${max}}$`));
  const address = fc.oneof(fc.ipV4(), fc.constantFrom("2001:db8::1", "fe80::1", "abc.local"));
  const candidate = fc.record(
    {
      foundation: iceChars(1, 32),
      component: fc.constantFrom<1 | 2>(1, 2),
      protocol: fc.constantFrom("udp", "tcp"),
      priority: fc.integer({ min: 1, max: 0x7fffffff }),
      address,
      port: fc.nat(65535),
      type: fc.constantFrom("host", "srflx", "prflx", "relay"),
      tcpType: fc.constantFrom("active", "passive", "so"),
      relatedAddress: address,
      relatedPort: fc.nat(65535),
      usernameFragment: iceChars(4, 32),
      extensions: fc.array(
        fc.tuple(fc.constantFrom("generation", "network-cost", "x"), fc.stringMatching(/^[!-~]{1,8}$/)),
        {
          maxLength: 3,
        },
      ),
    },
    {
      requiredKeys: [
        "foundation",
        "component",
        "protocol",
        "priority",
        "address",
        "port",
        "type",
        "extensions",
      ],
    },
  );

  test("a candidate survives writing and reading", () => {
    fc.assert(
      fc.property(candidate, (value) => {
        expect(parseCandidate(formatCandidate(value as CandidateAttribute))).toEqual(value);
      }),
    );
  });

  test("no text makes the reader throw", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom("1", "udp", "typ", "host", "192.0.2.1", "", "raddr", "rport", "-", "\0", "é"),
        ),
        (words) => {
          parseCandidate(words.join(" "));
        },
      ),
    );
  });
});
