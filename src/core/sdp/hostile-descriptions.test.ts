import { describe, expect, test } from "vitest";
import { Malformed } from "../base/malformed.ts";
import { findAttributes } from "./attribute.ts";
import { formatCandidate, parseCandidate } from "./candidate.ts";
import { parseFmtp } from "./fmtp.ts";
import { checkKnownAttributes } from "./known-attributes.ts";
import { crlf, readVector, readVectorLines, SESSION } from "./sdp.testing.ts";
import { parseSdp, SdpError } from "./session-description.ts";
import { serialiseSdp } from "./write.ts";

interface HostileCase {
  readonly id: string;
  readonly sdp?: string;
  readonly template?: string;
  readonly repeat?: string;
  readonly n?: number;
}

const CASES = (JSON.parse(readVector("malformed/sdp.json")) as { cases: HostileCase[] }).cases;

/** Fills a template's `{N}` with `count` repetitions. */
function textOf({ sdp, template, repeat }: HostileCase, count: number): string {
  if (template === undefined || repeat === undefined) return sdp ?? "";
  if (!repeat.includes("{i")) return template.replace("{N}", () => repeat.repeat(count));
  let middle = "";
  for (let i = 0; i < count; i++) {
    middle += repeat
      .replaceAll("{i}", String(i))
      .replaceAll("{i>>8&255}", String((i >> 8) & 255))
      .replaceAll("{i&255}", String(i & 255));
  }
  return template.replace("{N}", () => middle);
}

/** Everything that is ever done with a text of the peer's. */
function readAll(text: string): "refused" | "malformed attribute" | "read" {
  const description = parseSdp(text);
  if (description instanceof SdpError) return "refused";
  serialiseSdp(description);
  for (const section of description.media) {
    for (const line of findAttributes(section, "candidate")) {
      const candidate = parseCandidate(line.value);
      if (!(candidate instanceof Malformed)) formatCandidate(candidate);
    }
    for (const line of findAttributes(section, "fmtp")) parseFmtp(line.value.slice(5));
  }
  return checkKnownAttributes(description) === undefined ? "read" : "malformed attribute";
}

/** What reading does with each case; the semantic ones are refused later, by offer/answer. */
const OUTCOME: Readonly<Record<string, ReturnType<typeof readAll>>> = {
  empty: "refused",
  nul: "refused",
  "cr-only": "refused",
  "fingerprint-md5": "malformed attribute", // as long as SHA-256, too
  "fingerprint-len": "malformed attribute",
  "sctp-port-65536": "malformed attribute",
  "ssrc-2^32": "malformed attribute",
  "pt-128": "malformed attribute",
  "10000-candidates": "refused",
  "10000-msections": "refused",
  "1e6-attr-lines": "refused",
  "one-line-10MB": "refused",
  "redos-rtpmap": "malformed attribute",
  "redos-fmtp": "refused", // 300 kB
};

describe("hostile descriptions", () => {
  test.each(CASES.map((hostile) => [hostile.id, hostile] as const))("%s", (id, hostile) => {
    expect(readAll(textOf(hostile, hostile.n ?? 0))).toBe(OUTCOME[id] ?? "read");
  });

  test("names from Object.prototype stay names", () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    for (const hostile of CASES) if (hostile.id.startsWith("proto-")) readAll(textOf(hostile, 0));
    expect(Object.getOwnPropertyNames(Object.prototype).length).toBe(before);
    const fmtp = parseFmtp("111 __proto__=1;toString=2");
    expect(fmtp instanceof Malformed ? [] : [...fmtp.parameters]).toEqual([
      ["__proto__", "1"],
      ["toString", "2"],
    ]);
  });

  test("inputs found by fuzzing other readers are read or refused, never thrown at", () => {
    for (const file of ["fuzz/sdp.jsonl", "fuzz/janus-sdp-timeout.jsonl"]) {
      for (const { b64 } of readVectorLines<{ b64: string }>(file)) {
        const bytes = Buffer.from(b64, "base64");
        for (const text of [bytes.toString("latin1"), bytes.toString("utf8")]) {
          expect(["refused", "malformed attribute", "read"]).toContain(readAll(text));
        }
      }
    }
  });
});

describe("time", () => {
  const media = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
  const templates: readonly (readonly [string, (n: number) => string])[] = [
    ["blanks in an m= line", (n) => crlf(...SESSION, `m=audio 9 UDP/T ${" ".repeat(n)}x`)],
    ["slashes in a protocol", (n) => crlf(...SESSION, `m=audio 9 ${"a/".repeat(n / 2)}a 0`)],
    ["slashes in an rtpmap", (n) => crlf(...SESSION) + media + crlf(`a=rtpmap:111 ${"a/".repeat(n / 2)}`)],
    ["semicolons in an fmtp", (n) => crlf(...SESSION) + media + crlf(`a=fmtp:111 ${"a=;".repeat(n / 3)}`)],
    ["blanks in a candidate", (n) => crlf(...SESSION) + media + crlf(`a=candidate:${" ".repeat(n)}`)],
    ["colons in a fingerprint", (n) => crlf(...SESSION, `a=fingerprint:sha-256 ${"AA:".repeat(n / 3)}`)],
    ["mids in a group", (n) => crlf(...SESSION, `a=group:BUNDLE ${"a ".repeat(n / 2)}`)],
    ["attributes", (n) => crlf(...SESSION) + "a=x\n".repeat(n / 32)],
  ];

  // Linear, each takes milliseconds; with one quadratic step it would be minutes, and the runner's limit ends it.
  test.each(templates)("a quarter of a megabyte is read at once: %s", (_, text) => {
    expect(["refused", "malformed attribute", "read"]).toContain(readAll(text(240_000)));
  });
});
