import { describe, expect, test } from "vitest";
import { MAX_ICE_SERVERS } from "./configuration.ts";
import { FakeRealm } from "./fake-realm.testing.ts";
import { MAX_USERNAME_BYTES, parseIceServerUrl } from "./ice-server-url.ts";

const TURN = { urls: [], username: "user", credential: "secret" };
const named = (name: string) => expect.objectContaining({ name });

describe("ICE server URLs (webrtc-pc §4.4.1.6)", () => {
  test.each([
    ["stun:stun.example.org", { scheme: "stun", host: "stun.example.org", port: 3478, transport: "udp" }],
    ["STUN:stun.example.org:19302", { scheme: "stun", host: "stun.example.org", port: 19_302 }],
    ["stuns:stun.example.org", { scheme: "stuns", port: 5349, transport: "tcp" }],
    ["stun:[2001:db8::1]:1000", { host: "2001:db8::1", port: 1000 }],
    ["stun:192.0.2.1", { host: "192.0.2.1", port: 3478 }],
    ["turn:turn.example.org:443", { scheme: "turn", port: 443, transport: "udp", username: "user" }],
    ["turn:turn.example.org?transport=tcp", { port: 3478, transport: "tcp", credential: "secret" }],
    ["turns:turn.example.org", { scheme: "turns", port: 5349, transport: "tcp" }],
    ["turns:turn.example.org?transport=udp", { port: 5349, transport: "udp" }],
  ])("%s", (url, expected) => {
    expect(parseIceServerUrl(url, TURN)).toMatchObject({ url, ...expected });
  });

  test.each([
    "",
    "stun.example.org",
    "http://example.org",
    "stun:",
    "stun://stun.example.org",
    "stun:stun.example.org/path",
    "stun:user@stun.example.org",
    "stun:stun.example.org?transport=udp",
    "stun:stun.example.org?",
    "stun:stun.example.org#",
    "stun:stun.example.org:65536",
    "stun:stun.example.org:port",
    "stun:[2001:db8::1",
    "stun:sp ace",
    "stun:back\\slash",
    "turn:turn.example.org?transport=sctp",
    "turn:turn.example.org?transport=udp&x=y",
    "turn:turn.example.org?",
  ])("SyntaxError for %j", (url) => {
    expect(() => parseIceServerUrl(url, TURN)).toThrow(named("SyntaxError"));
  });

  test("TURN needs username and credential, which may be empty: InvalidAccessError", () => {
    parseIceServerUrl("turn:a.example", { urls: [], username: "", credential: "" });
    expect(() => parseIceServerUrl("turn:a.example", { urls: [], username: "u" })).toThrow(
      named("InvalidAccessError"),
    );
    expect(() => parseIceServerUrl("turns:a.example", { urls: [], credential: "c" })).toThrow(
      named("InvalidAccessError"),
    );
  });

  test("a TURN username has 509 UTF-8 bytes at most (RFC 8489 §14.3)", () => {
    const username = `é${"a".repeat(MAX_USERNAME_BYTES - 2)}`;
    parseIceServerUrl("turn:a.example", { ...TURN, username });
    expect(() => parseIceServerUrl("turn:a.example", { ...TURN, username: `${username}a` })).toThrow(
      named("InvalidAccessError"),
    );
  });
});

describe("RTCConfiguration (webrtc-pc §4.2.1)", () => {
  const configured = (configuration: object) => new FakeRealm().connection(configuration).getConfiguration();

  test("has the defaults of the standard", () => {
    expect(configured({})).toEqual({
      iceServers: [],
      iceTransportPolicy: "all",
      bundlePolicy: "balanced",
      rtcpMuxPolicy: "require",
      certificates: [],
      iceCandidatePoolSize: 0,
      rtpHeaderEncryptionPolicy: "negotiate",
      alwaysNegotiateDataChannels: false,
      targetLatency: "lowest",
    });
  });

  test("takes 32 servers and ignores more, broken ones included", () => {
    const servers = Array.from({ length: MAX_ICE_SERVERS }, (_, i) => ({ urls: `stun:s${i}.example` }));
    expect(configured({ iceServers: servers }).iceServers).toHaveLength(32);
    expect(configured({ iceServers: [...servers, { urls: "nonsense" }] }).iceServers).toHaveLength(32);
  });

  test("TypeError for values of other types, SyntaxError for a server without URL", () => {
    for (const configuration of [
      { iceServers: null },
      { iceServers: [null] },
      { iceServers: [{}] },
      { iceTransportPolicy: "public" },
      { bundlePolicy: "none" },
      { certificates: [{}] },
      { iceCandidatePoolSize: 256 },
      { iceCandidatePoolSize: -1 },
    ]) {
      expect(() => configured(configuration), JSON.stringify(configuration)).toThrow(TypeError);
    }
    expect(() => configured({ iceServers: [{ urls: [] }] })).toThrow(named("SyntaxError"));
  });
});
