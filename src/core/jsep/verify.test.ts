import { describe, expect, test } from "vitest";
import { readVector } from "../sdp/sdp.testing.ts";
import { JsepError } from "./index.ts";
import { negotiate, outcome, TestPeer } from "./jsep.testing.ts";

/** What a new peer makes of an offer that was changed. */
function offerOutcome(change: (sdp: string) => string): string {
  return outcome(new TestPeer(2).tryRemote("offer", change(new TestPeer(1).createOffer())));
}

/** What an offerer makes of an answer that was changed. */
function answerOutcome(change: (sdp: string) => string): string {
  const [a, z] = [new TestPeer(1), new TestPeer(2)];
  z.setRemote("offer", a.setLocal("offer"));
  return outcome(a.tryRemote("answer", change(z.createAnswer())));
}

const without = (name: string) => (sdp: string) =>
  sdp
    .split("\r\n")
    .filter((line) => !line.startsWith(`a=${name}`))
    .join("\r\n");
const append =
  (...lines: string[]) =>
  (sdp: string) =>
    sdp + lines.map((line) => `${line}\r\n`).join("");

describe("syntax (RFC 9429 §5.8; webrtc-pc §4.4.1.5 sdp-syntax-error)", () => {
  test("an error has the number of its line", () => {
    const peer = new TestPeer(1);
    const error = peer.tryRemote("offer", "Invalid SDP");
    expect(error).toMatchObject({ name: "RTCError", sdpLineNumber: 1 });
    const offer = new TestPeer(2).createOffer();
    const line = offer.split("\r\n").findIndex((text) => text.startsWith("a=sctp-port"));
    expect(peer.tryRemote("offer", offer.replace("sctp-port:5000", "sctp-port:65536"))).toMatchObject({
      name: "RTCError",
      sdpLineNumber: line + 1,
    });
  });

  test("the state is looked at before the text", () => {
    expect(outcome(new TestPeer(1).tryRemote("answer", "Invalid SDP"))).toBe("InvalidStateError");
  });

  test.each([
    ["an empty text", () => ""],
    ["a fingerprint of the wrong length", (sdp: string) => sdp.replace(/sha-256 01:/, "sha-256 ")],
    ["an SCTP port above 65535", (sdp: string) => sdp.replace("sctp-port:5000", "sctp-port:65536")],
    ["an unknown setup", (sdp: string) => sdp.replace("actpass", "both")],
  ])("refuses %s", (_, change) => {
    expect(offerOutcome(change)).toBe("RTCError");
  });
});

describe("semantics of any remote description (RFC 9429 §5.8.3)", () => {
  test.each([
    ["without ice-ufrag", without("ice-ufrag")],
    ["without ice-pwd", without("ice-pwd")],
    ["without a fingerprint", without("fingerprint")],
    ["without sctp-port", without("sctp-port")],
    ["with an ice-ufrag that is no ice-char", (sdp: string) => sdp.replace("ice-ufrag:", "ice-ufrag:$")],
    ["with an ice-pwd that is no ice-char", (sdp: string) => sdp.replace("ice-pwd:", "ice-pwd:$")],
    ["with an ice-ufrag of 3 characters", (sdp: string) => sdp.replace(/ice-ufrag:.*/, "ice-ufrag:abc")],
    [
      "with an ice-ufrag of 257 characters",
      (sdp: string) => sdp.replace(/ice-ufrag:.*/, `ice-ufrag:${"a".repeat(257)}`),
    ],
    [
      "with an ice-pwd of 21 characters",
      (sdp: string) => sdp.replace(/ice-pwd:.*/, `ice-pwd:${"a".repeat(21)}`),
    ],
    ["with a fingerprint of an unknown hash only", (sdp: string) => sdp.replace("sha-256", "sha-3-256")],
    ["with setup:holdconn", (sdp: string) => sdp.replace("actpass", "holdconn")],
    ["with two sections of one mid", append("m=audio 0 RTP/AVP 0", "a=mid:0")],
    ["with a bundle of an unknown mid", (sdp: string) => sdp.replace("BUNDLE 0", "BUNDLE 0 9")],
    [
      "with a section in two bundles",
      (sdp: string) => sdp.replace("a=group:BUNDLE 0", "a=group:BUNDLE 0\r\na=group:BUNDLE 0"),
    ],
  ])("%s it is InvalidAccessError", (_, change) => {
    expect(offerOutcome(change)).toBe("InvalidAccessError");
  });

  test("attributes may stand at the session level", () => {
    const moved = (sdp: string) => {
      const lines = sdp.split("\r\n");
      const names = ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"];
      const isShared = (line: string) => names.some((name) => line.startsWith(name));
      const at = lines.indexOf("t=0 0") + 1;
      const shared = lines.filter(isShared);
      const rest = lines.filter((line) => !isShared(line));
      return [...rest.slice(0, at), ...shared, ...rest.slice(at)].join("\r\n");
    };
    expect(offerOutcome(moved)).toBe("accepted");
    expect(answerOutcome(moved)).toBe("accepted");
  });

  test("an unknown hash beside a trusted one is harmless (RFC 8122 §5)", () => {
    expect(
      offerOutcome((sdp) => sdp.replace("a=fingerprint", "a=fingerprint:sha-3-256 AA\r\na=fingerprint")),
    ).toBe("accepted");
  });

  test("RTP sections need rtcp-mux when that is the policy (webrtc-pc §4.2.6)", () => {
    const audio = (sdp: string) =>
      sdp.replace("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "m=audio 9 UDP/TLS/RTP/SAVPF 0");
    const mux = (sdp: string) => append("a=rtcp-mux")(audio(sdp));
    expect(offerOutcome(audio)).toBe("InvalidAccessError");
    expect(offerOutcome(mux)).toBe("accepted");
    const peer = new TestPeer(2);
    peer.local = { ...peer.local, rtcpMuxPolicy: "negotiate" };
    expect(outcome(peer.tryRemote("offer", audio(new TestPeer(1).createOffer())))).toBe("accepted");
  });

  test("rejected sections need nothing", () => {
    expect(offerOutcome(append("m=audio 0 RTP/AVP 0"))).toBe("accepted");
  });
});

describe("answers against their offers (RFC 3264 §6, RFC 9429 §5.8.3)", () => {
  test.each([
    ["more sections", append("m=audio 0 RTP/AVP 0")],
    ["fewer sections", (sdp: string) => sdp.slice(0, sdp.indexOf("m=")).replace("a=group:BUNDLE 0\r\n", "")],
    ["another kind", (sdp: string) => sdp.replace("m=application", "m=audio")],
    ["another protocol", (sdp: string) => sdp.replace("UDP/DTLS/SCTP", "TCP/DTLS/SCTP")],
    ["other formats", (sdp: string) => sdp.replace("webrtc-datachannel", "x")],
    ["another mid", (sdp: string) => sdp.replace("mid:0", "mid:1").replace("BUNDLE 0", "BUNDLE 1")],
    ["setup:actpass", (sdp: string) => sdp.replace("setup:active", "setup:actpass")],
  ])("%s: InvalidAccessError", (_, change) => {
    expect(answerOutcome(change)).toBe("InvalidAccessError");
  });

  test("a bundle that was not offered is InvalidAccessError (RFC 9143 §7.3)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const rejected = "m=audio 0 RTP/AVP 0\r\na=mid:x\r\n";
    a.setRemote("offer", z.createOffer() + rejected);
    a.setLocal("answer");
    expect(a.setLocal("offer")).toContain("a=group:BUNDLE 0\r\n");
    const answer = a.remoteSdp.replace("setup:actpass", "setup:passive");
    const change = (group: string) =>
      outcome(a.tryRemote("answer", answer.replace("a=group:BUNDLE 0\r\n", group)));
    expect(change("a=group:BUNDLE 0\r\n")).toBe("accepted");
    expect(change("a=group:BUNDLE\r\n")).toBe("accepted");
    expect(change("")).toBe("accepted");
    expect(change("a=group:BUNDLE 0 x\r\n")).toBe("InvalidAccessError");
    expect(change("a=group:BUNDLE x\r\n")).toBe("InvalidAccessError");
  });

  test("accepting what the offer has rejected is InvalidAccessError", () => {
    const a = new TestPeer(1);
    const z = new TestPeer(2);
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.setLocal("answer");
    a.setRemote("answer", answer.replace("m=application 9", "m=application 0"));
    a.local = { ...a.local, dataChannels: false };
    a.setLocal("offer");
    expect(a.localSdp).toContain("m=application 0");
    expect(outcome(a.tryRemote("answer", answer))).toBe("InvalidAccessError");
  });
});

describe("later offers against the session (RFC 3264 §8)", () => {
  const reoffer = (change: (sdp: string) => string) => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    return outcome(z.tryRemote("offer", change(a.createOffer())));
  };

  test.each([
    ["fewer sections", (sdp: string) => sdp.slice(0, sdp.indexOf("m=")).replace("a=group:BUNDLE 0\r\n", "")],
    [
      "another kind",
      (sdp: string) =>
        `${sdp.replace(/m=application \S+ \S+ \S+/, "m=audio 9 UDP/TLS/RTP/SAVPF 0")}a=rtcp-mux\r\n`,
    ],
    ["another mid", (sdp: string) => sdp.replace("mid:0", "mid:1").replace("BUNDLE 0", "BUNDLE 1")],
    [
      "another fingerprint without new ICE credentials",
      (sdp: string) => sdp.replace("sha-256 01", "sha-256 77"),
    ],
    ["a setup that contradicts the DTLS role", (sdp: string) => sdp.replace("setup:actpass", "setup:active")],
  ])("%s: InvalidAccessError", (_, change) => {
    expect(reoffer(change)).toBe("InvalidAccessError");
  });

  test("a setup that fits the DTLS role is accepted", () => {
    expect(reoffer((sdp) => sdp.replace("setup:actpass", "setup:passive"))).toBe("accepted");
  });
});

describe("hostile descriptions", () => {
  interface HostileCase {
    readonly id: string;
    readonly sdp?: string;
    readonly expect: string;
  }
  const cases = (JSON.parse(readVector("malformed/sdp.json")) as { cases: HostileCase[] }).cases.filter(
    (hostile) => hostile.sdp !== undefined,
  );
  /** The media cases have no ICE or DTLS; as offers to us they are refused for that. */
  const ACCEPTED = new Set([
    "lf-only",
    "proto-mid",
    "proto-ctor",
    "proto-attr",
    "crlf-injection",
    "two-fingerprints-one-wrong",
    "maxmsg-0",
    "maxmsg-neg",
    "maxmsg-2^64",
    "candidate-dns-name",
    "candidate-port-0",
    "candidate-port-70000",
    "candidate-priority-neg",
  ]);

  test.each(cases.map((hostile) => [hostile.id, hostile] as const))("%s", (id, hostile) => {
    const peer = new TestPeer(1);
    const before = peer.state;
    const plan = peer.tryRemote("offer", hostile.sdp!);
    expect(plan instanceof JsepError ? "refused" : "accepted").toBe(
      ACCEPTED.has(id) ? "accepted" : "refused",
    );
    expect(peer.state).toBe(before);
    if (plan instanceof JsepError) return;
    peer.state = plan.state;
    peer.setLocal("answer");
    expect(peer.effects.filter((effect) => effect.type === "add-remote-candidate")).toHaveLength(
      id === "crlf-injection" ? 1 : 0,
    );
  });
});
