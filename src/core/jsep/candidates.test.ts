import { describe, expect, test } from "vitest";
import {
  addLocalCandidate,
  endLocalCandidates,
  isNegotiationNeeded,
  planRemoteCandidate,
  requestIceRestart,
} from "./index.ts";
import { attributeValues, candidateInit, negotiate, outcome, TestPeer } from "./jsep.testing.ts";
import { MAX_CANDIDATES_SHOWN } from "./trickled.ts";

const HOST = "candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host";

/** Two sections with credentials of their own, as two peers behind one connection would have them. */
const TWO_SECTIONS = [
  "v=0",
  "o=- 1 1 IN IP4 0.0.0.0",
  "s=-",
  "t=0 0",
  `a=fingerprint:sha-256 ${"AA:".repeat(31)}AA`,
  "a=setup:actpass",
  "m=audio 9 UDP/TLS/RTP/SAVPF 0",
  "a=mid:a1",
  "a=rtcp-mux",
  "a=ice-ufrag:ETEn",
  "a=ice-pwd:OtSK0WpNtpUjkY4+86js7ZQl",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=mid:d1",
  "a=sctp-port:5000",
  "a=ice-ufrag:BGKk",
  "a=ice-pwd:mqyWsAjvtKwTGnvhPztQ9mIf",
  "",
].join("\r\n");

function offered(): TestPeer {
  const peer = new TestPeer(1);
  peer.setRemote("offer", TWO_SECTIONS);
  return peer;
}

/** The remote description's sections, without the session part. */
const sections = (peer: TestPeer) => peer.remoteSdp.split("\r\nm=").slice(1);

describe("remote candidates (webrtc-pc §4.4.2 addIceCandidate)", () => {
  test("are refused before a remote description", () => {
    const { state } = new TestPeer(1);
    expect(planRemoteCandidate(state, candidateInit({ candidate: HOST, sdpMid: "a1" }))).toMatchObject({
      name: "InvalidStateError",
    });
  });

  test.each([
    ["an unknown mid", { candidate: HOST, sdpMid: "invalid", sdpMLineIndex: 0 }],
    ["an index that is too large", { candidate: HOST, sdpMLineIndex: 2 }],
    ["no place", { candidate: HOST }],
    ["an unknown fragment", { candidate: HOST, sdpMid: "a1", usernameFragment: "invalid" }],
    ["the fragment of another section", { candidate: HOST, sdpMid: "d1", usernameFragment: "ETEn" }],
    ["an end for an unknown fragment", { usernameFragment: "no such ufrag" }],
    ["a text that is no candidate", { candidate: "(Invalid) candidate \r\n string", sdpMid: "a1" }],
  ])("%s is OperationError, and leaves no trace", (_, init) => {
    expect(outcome(planRemoteCandidate(offered().state, candidateInit(init)))).toBe("OperationError");
  });

  test("show in the section of their mid, whatever the index says", () => {
    const peer = offered();
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "a1", sdpMLineIndex: 7 });
    expect(sections(peer)[0]).toContain(`a=${HOST}`);
    expect(sections(peer)[1]).not.toContain(`a=${HOST}`);
    peer.addRemoteCandidate({ candidate: HOST, sdpMLineIndex: 1, usernameFragment: "BGKk" });
    expect(sections(peer)[1]).toContain(`a=${HOST}`);
  });

  test("show once", () => {
    const peer = offered();
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "d1" });
    peer.addRemoteCandidate({ candidate: `a=${HOST}`, sdpMid: "d1" });
    expect(attributeValues(peer.remoteSdp, "candidate")).toHaveLength(1);
  });

  test("are kept until the answer, and passed on with it", () => {
    const peer = offered();
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "d1" });
    peer.addRemoteCandidate({ sdpMid: "d1" });
    expect(peer.effects).toEqual([]);
    peer.setLocal("answer");
    expect(peer.effectTypes()).toEqual([
      "gather",
      "set-remote-ice-parameters",
      "add-remote-candidate",
      "end-of-remote-candidates",
      "start-dtls",
      "start-sctp",
    ]);
  });

  test("survive the same offer being set again", () => {
    const peer = offered();
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "d1" });
    peer.setRemote("offer", TWO_SECTIONS);
    peer.setLocal("answer");
    expect(peer.effectTypes()).toContain("add-remote-candidate");
  });

  test("are passed on at once when the generation is in use", () => {
    const peer = offered();
    peer.setLocal("answer");
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "d1" });
    expect(peer.effects).toMatchObject([
      { type: "add-remote-candidate", transport: 1, candidate: { port: 10100 } },
    ]);
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "d1" });
    expect(peer.effects).toEqual([]);
    peer.addRemoteCandidate({});
    expect(peer.effectTypes()).toEqual(["end-of-remote-candidates"]);
    peer.addRemoteCandidate({});
    expect(peer.effects).toEqual([]);
  });

  test("for a rejected section are shown where it was offered, and go nowhere", () => {
    const peer = offered();
    peer.setLocal("answer");
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "a1" });
    expect(peer.effects).toEqual([]);
  });

  test("of an unknown transport or type are shown and ignored (RFC 8839 §5.1)", () => {
    const peer = offered();
    peer.setLocal("answer");
    peer.addRemoteCandidate({ candidate: "candidate:1 1 ssltcp 1 192.0.2.1 443 typ host", sdpMid: "d1" });
    peer.addRemoteCandidate({
      candidate: "candidate:1 1 udp 1 internal.corp.example 443 typ host",
      sdpMid: "d1",
    });
    expect(peer.effects).toEqual([]);
    expect(attributeValues(peer.remoteSdp, "candidate")).toHaveLength(2);
  });

  test("an end without a place shows in every section (RFC 8838 §14)", () => {
    const peer = offered();
    peer.addRemoteCandidate({});
    expect(sections(peer).every((section) => section.includes("a=end-of-candidates"))).toBe(true);
  });

  test("an end with a place shows there only", () => {
    const peer = offered();
    peer.addRemoteCandidate({ usernameFragment: "BGKk", sdpMLineIndex: 1 });
    expect(sections(peer).map((section) => section.includes("a=end-of-candidates"))).toEqual([false, true]);
  });

  test("stand before the end", () => {
    const peer = offered();
    peer.addRemoteCandidate({});
    peer.addRemoteCandidate({ candidate: HOST, sdpMid: "d1" });
    const lines = peer.remoteSdp.split("\r\n");
    expect(lines.lastIndexOf("a=end-of-candidates")).toBeGreaterThan(lines.indexOf(`a=${HOST}`));
  });

  test("of the old generation still count while a restart is offered (RFC 8838 §13)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const old = a.usernameFragment(1);
    z.setRemote("offer", a.setLocal("offer", a.createOffer(true)));
    z.addRemoteCandidate({ candidate: HOST, sdpMid: "0", usernameFragment: old });
    expect(z.effectTypes()).toEqual(["add-remote-candidate"]);
    expect(z.state.currentRemote?.sdp).toContain(HOST);
    expect(z.state.pendingRemote?.sdp).not.toContain(HOST);
    z.addRemoteCandidate({ candidate: `${HOST} ufrag ${old}`, sdpMid: "0" });
    expect(z.effectTypes()).toEqual(["add-remote-candidate"]);
    const another = HOST.replace("10100", "10101");
    z.addRemoteCandidate({ candidate: another, sdpMid: "0" });
    expect(z.effects).toEqual([]);
    expect(z.state.pendingRemote?.sdp).toContain(another);
    z.setLocal("answer");
    expect(z.effectTypes()).toEqual([
      "restart-ice",
      "gather",
      "set-remote-ice-parameters",
      "add-remote-candidate",
    ]);
  });

  test("a description shows a bounded number of them", () => {
    const candidate = (port: number) => `candidate:1 1 udp 1 192.0.2.1 ${port} typ host`;
    const many = Array.from({ length: MAX_CANDIDATES_SHOWN - 1 }, (_, i) => `a=${candidate(i + 1)}\r\n`);
    const peer = new TestPeer(1);
    peer.setRemote("offer", TWO_SECTIONS + many.join(""));
    peer.addRemoteCandidate({ candidate: candidate(2001), sdpMid: "d1" });
    expect(peer.remoteSdp).toContain(candidate(2001));
    peer.addRemoteCandidate({ candidate: candidate(2002), sdpMid: "d1" });
    expect(peer.remoteSdp).not.toContain(candidate(2002));
    expect(attributeValues(peer.remoteSdp, "candidate")).toHaveLength(MAX_CANDIDATES_SHOWN);
  });
});

describe("local candidates (webrtc-pc §4.8.2)", () => {
  const candidate = (port: number, type: "host" | "srflx" | "relay" = "host", address = "192.0.2.1") => ({
    foundation: "1",
    component: 1 as const,
    protocol: "udp" as const,
    priority: 100 + port,
    address,
    port,
    type,
  });

  test("show in the pending description, and say where they belong", () => {
    const peer = new TestPeer(1);
    peer.setLocal("offer");
    const added = addLocalCandidate(peer.state, 1, peer.usernameFragment(1), candidate(5000));
    expect(added?.place).toEqual({ sdpMid: "0", sdpMLineIndex: 0 });
    const text = added?.state.pendingLocal?.sdp ?? "";
    expect(attributeValues(text, "candidate")).toEqual(["1 1 udp 5100 192.0.2.1 5000 typ host"]);
    expect(text).toContain("m=application 5000 ");
  });

  test("of a generation that no description has are not shown", () => {
    const peer = new TestPeer(1);
    expect(addLocalCandidate(peer.state, 1, "none", candidate(1))).toBeUndefined();
    peer.setLocal("offer");
    expect(addLocalCandidate(peer.state, 1, "none", candidate(1))).toBeUndefined();
    expect(endLocalCandidates(peer.state, 1, "none")).toBeUndefined();
    expect(addLocalCandidate(peer.state, 2, peer.usernameFragment(1), candidate(1))).toBeUndefined();
  });

  test("the default is relayed before reflexive before host, IPv4 before IPv6 (RFC 8839 §4.2.1.2)", () => {
    const peer = new TestPeer(1);
    peer.setLocal("offer");
    const add = (...args: Parameters<typeof candidate>) => {
      const added = addLocalCandidate(peer.state, 1, peer.usernameFragment(1), candidate(...args));
      peer.state = added!.state;
      const [, port] = /m=application (\d+) /.exec(peer.localSdp) ?? [];
      return port;
    };
    expect(add(1, "host", "2001:db8::1")).toBe("1");
    expect(peer.localSdp).toContain("c=IN IP6 2001:db8::1");
    expect(add(2, "host")).toBe("2");
    expect(add(3, "host", "2001:db8::2")).toBe("2");
    expect(add(4, "srflx")).toBe("4");
    expect(add(6, "relay")).toBe("6");
    expect(add(5, "relay")).toBe("6");
    expect(add(9, "srflx")).toBe("6");
  });

  test("of the generation in use show in both descriptions during a negotiation", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    a.setLocal("offer");
    a.gather(1, 5000);
    expect(a.state.currentLocal?.sdp).toContain("5000 typ host");
    expect(a.state.pendingLocal?.sdp).toContain("5000 typ host");
    a.setLocal("rollback");
    expect(a.localSdp).toContain("5000 typ host");
  });

  test("gathered between creating and setting are in the description that was set", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const offer = a.createOffer();
    a.gather(1, 5000);
    a.gatheringComplete(1);
    a.setLocal("offer", offer);
    expect(a.localSdp).toContain("5000 typ host");
    expect(a.localSdp).toContain("m=application 5000 ");
    expect(a.localSdp).toContain("a=end-of-candidates");
  });

  test("gathered after a provisional answer are in the final one", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.setLocal("pranswer");
    z.gather(1, 5000);
    z.setLocal("answer", answer);
    expect(z.state.currentLocal?.sdp).toContain("5000 typ host");
  });

  test("the end is written once", () => {
    const peer = new TestPeer(1);
    peer.setLocal("offer");
    peer.gatheringComplete(1);
    peer.gatheringComplete(1);
    expect(peer.localSdp.split("a=end-of-candidates")).toHaveLength(2);
  });
});

describe("ICE restarts (RFC 9429 §5.2.3.1, §5.10; RFC 8839 §4.4.1.1.1)", () => {
  test("both ends get new credentials; DTLS and SCTP go on", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    negotiate(a, z, true);
    expect(z.effectTypes()).toEqual(["restart-ice", "gather", "set-remote-ice-parameters"]);
    expect(a.effectTypes()).toEqual(["set-remote-ice-parameters"]);
    expect(z.effect("set-remote-ice-parameters")?.usernameFragment).toBe(a.usernameFragment(1));
  });

  test("roles stay (RFC 8445 §6.1.1)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    negotiate(z, a, true);
    expect([...a.effectTypes(), ...z.effectTypes()]).not.toContain("set-ice-role");
  });

  test("an answer that does not restart with us is InvalidAccessError", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const old = a.remoteSdp;
    a.setLocal("offer", a.createOffer(true));
    expect(outcome(a.tryRemote("answer", old))).toBe("InvalidAccessError");
  });

  test("with another certificate everything starts anew (RFC 9429 §5.11)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const changed = a.createOffer(true).replace("sha-256 01", "sha-256 77");
    z.setRemote("offer", changed);
    z.setLocal("answer");
    expect(z.effectTypes()).toEqual([
      "restart-ice",
      "gather",
      "set-remote-ice-parameters",
      "start-dtls",
      "start-sctp",
    ]);
    expect(z.effect("start-dtls")?.role).toBe("client");
  });

  test("a session can be handed over to another peer (its answer has other credentials and another certificate)", () => {
    const [a, z, other] = [new TestPeer(1), new TestPeer(2), new TestPeer(3)];
    negotiate(a, z);
    other.setRemote("offer", a.setLocal("offer"));
    a.setRemote("answer", other.setLocal("answer"));
    expect(a.effectTypes()).toEqual(["set-remote-ice-parameters", "start-dtls", "start-sctp"]);
    expect(a.effect("start-dtls")?.fingerprints).toEqual(other.local.fingerprints);
  });

  test("another certificate alone is InvalidAccessError (RFC 9429 §5.11)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    z.setRemote("offer", a.setLocal("offer"));
    expect(outcome(a.tryRemote("answer", z.createAnswer().replace("sha-256 02", "sha-256 77")))).toBe(
      "InvalidAccessError",
    );
  });
});

describe("restartIce() (webrtc-pc §4.4.2, [[LocalIceCredentialsToReplace]])", () => {
  test("does nothing before the first negotiation", () => {
    const peer = new TestPeer(1, false);
    peer.state = requestIceRestart(peer.state);
    expect(isNegotiationNeeded(peer.state, peer.local)).toBe(false);
  });

  test("wants a negotiation, and the next offer restarts whatever the option says", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    expect(isNegotiationNeeded(a.state, a.local)).toBe(false);
    const before = a.usernameFragment(1);
    a.state = requestIceRestart(a.state);
    expect(isNegotiationNeeded(a.state, a.local)).toBe(true);
    negotiate(a, z);
    expect(a.usernameFragment(1)).not.toBe(before);
    expect(isNegotiationNeeded(a.state, a.local)).toBe(false);
    const after = a.usernameFragment(1);
    negotiate(a, z);
    expect(a.usernameFragment(1)).toBe(after);
  });

  test("survives a rollback", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const before = a.usernameFragment(1);
    a.state = requestIceRestart(a.state);
    a.setLocal("offer");
    a.setLocal("rollback");
    expect(isNegotiationNeeded(a.state, a.local)).toBe(true);
    negotiate(a, z);
    expect(a.usernameFragment(1)).not.toBe(before);
    expect(isNegotiationNeeded(a.state, a.local)).toBe(false);
  });

  test("never offers credentials again that it was asked to replace", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    a.state = requestIceRestart(a.state);
    a.setLocal("offer");
    const offered = a.usernameFragment(1);
    a.state = requestIceRestart(a.state);
    a.setLocal("rollback");
    expect(attributeValues(a.createOffer(), "ice-ufrag")).not.toEqual([offered]);
  });

  test("in have-local-offer replaces the offered credentials, too", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const offer = a.setLocal("offer");
    a.state = requestIceRestart(a.state);
    z.setRemote("offer", offer);
    a.setRemote("answer", z.setLocal("answer"));
    expect(isNegotiationNeeded(a.state, a.local)).toBe(true);
    const before = a.usernameFragment(1);
    negotiate(a, z);
    expect(a.usernameFragment(1)).not.toBe(before);
  });

  test("survives an answer that keeps the credentials, and is satisfied by the peer's restart", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    a.state = requestIceRestart(a.state);
    negotiate(z, a);
    expect(isNegotiationNeeded(a.state, a.local)).toBe(true);
    negotiate(z, a, true);
    expect(isNegotiationNeeded(a.state, a.local)).toBe(false);
  });
});
