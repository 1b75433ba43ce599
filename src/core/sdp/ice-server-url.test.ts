import { expect, test } from "vitest";
import { Malformed } from "../base/malformed.ts";
import { MAX_ICE_SERVER_URL_LENGTH, parseIceServerUrl } from "./ice-server-url.ts";

test.each([
  ["stun:stun1.example.net", { scheme: "stun", host: "stun1.example.net", port: 3478, transport: "udp" }],
  ["stuns:example.net", { scheme: "stuns", host: "example.net", port: 5349, transport: "tcp" }],
  ["turn:turn.example.org", { scheme: "turn", host: "turn.example.org", port: 3478, transport: "udp" }],
  ["turns:turn.example.org", { scheme: "turns", host: "turn.example.org", port: 5349, transport: "tcp" }],
  ["turn:192.0.2.1:19302", { scheme: "turn", host: "192.0.2.1", port: 19302, transport: "udp" }],
  [
    "turn:[2001:DB8::1]:8000?transport=tcp",
    { scheme: "turn", host: "2001:db8::1", port: 8000, transport: "tcp" },
  ],
  ["turns:example.org?transport=udp", { scheme: "turns", host: "example.org", port: 5349, transport: "udp" }],
  ["STUN:Example.ORG:", { scheme: "stun", host: "example.org", port: 3478, transport: "udp" }],
  ["stun:localhost", { scheme: "stun", host: "localhost", port: 3478, transport: "udp" }],
  ["stun:my_host.example.", { scheme: "stun", host: "my_host.example.", port: 3478, transport: "udp" }],
  [" stun:example.org\n", { scheme: "stun", host: "example.org", port: 3478, transport: "udp" }],
])("reads %j (RFC 7064 §3.1, RFC 7065 §3.1)", (url, expected) => {
  expect(parseIceServerUrl(url)).toEqual(expected);
});

test.each([
  "",
  "relative-url",
  "http://example.com",
  "stun:",
  "stun://example.org/foo?x=y",
  "turn://example.org/foo?x=y",
  "turn:example.org/path",
  "turn:user@example.org",
  "stun:example.org?transport=udp",
  "stun:example.org?",
  "turn:example.org?",
  "turn:example.org?transport=",
  "turn:example.org?transport=tls",
  "turn:example.org?transport=UDP",
  "turn:example.org?transport=udp&x=y",
  "stun:example.org#fragment",
  "stun:example.org:65536",
  "stun:example.org:-1",
  "stun:example.org:x",
  "stun:[2001:db8::1",
  "stun:[2001:db8::1]x",
  "stun:[192.0.2.1]",
  "stun:[]",
  "stun:2001:db8::1",
  "stun:192.0.2.256",
  "stun:1.2.3",
  "stun:a..b",
  "stun:a b",
  "stun:a%2eb",
  "stun:a\0b",
  `stun:${"a".repeat(64)}`,
  `stun:${"a.".repeat(MAX_ICE_SERVER_URL_LENGTH / 2)}a`,
])("refuses %j", (url) => {
  expect(parseIceServerUrl(url)).toBeInstanceOf(Malformed);
});
