import { describe, expect, test } from "vitest";
import { canTrickleIceCandidates, isNegotiationNeeded, negotiatedSctp, sctpTransport } from "./index.ts";
import { attributeValues, negotiate, outcome, TestPeer } from "./jsep.testing.ts";

describe("setLocalDescription (RFC 9429 §5.5)", () => {
  test("takes only what was created last (webrtc-pc §4.4.2)", () => {
    const peer = new TestPeer(1, false);
    const first = peer.createOffer();
    peer.local = { ...peer.local, dataChannels: true };
    const second = peer.createOffer();
    expect(outcome(peer.tryLocal("offer", first))).toBe("InvalidModificationError");
    expect(outcome(peer.tryLocal("offer", `${second}a=x\r\n`))).toBe("InvalidModificationError");
    expect(outcome(peer.tryLocal("offer", second))).toBe("accepted");
  });

  test("without sdp takes the last one created, or a new one when that no longer fits", () => {
    const peer = new TestPeer(1, false);
    const empty = peer.createOffer();
    expect(new TestPeer(1, false).setLocal("offer")).toBe(empty);
    peer.local = { ...peer.local, dataChannels: true };
    expect(peer.setLocal("offer")).toContain("m=application");
  });

  test("without sdp keeps an ICE restart that was created", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const restart = a.createOffer(true);
    expect(a.setLocal("offer")).toBe(restart);
  });

  test("an offer makes a transport that controls and gathers (RFC 9429 §5.9, RFC 8445 §6.1.1)", () => {
    const peer = new TestPeer(1);
    const sdp = peer.setLocal("offer");
    expect(peer.effects).toEqual([
      {
        type: "create-transport",
        transport: 1,
        usernameFragment: attributeValues(sdp, "ice-ufrag")[0],
        password: attributeValues(sdp, "ice-pwd")[0],
        controlling: true,
      },
      { type: "gather", transport: 1 },
    ]);
    expect(peer.state.signalingState).toBe("have-local-offer");
    expect(peer.state.pendingLocal).toMatchObject({ type: "offer", sdp });
    expect(sctpTransport(peer.state)).toBe(1);
    expect(negotiatedSctp(peer.state)).toBeUndefined();
  });

  test("the same offer again does nothing again", () => {
    const peer = new TestPeer(1);
    const offer = peer.setLocal("offer");
    peer.setLocal("offer", offer);
    expect(peer.effects).toEqual([]);
  });

  test("an answer in the wrong state is InvalidStateError", () => {
    const peer = new TestPeer(1);
    expect(outcome(peer.tryLocal("answer"))).toBe("InvalidStateError");
    expect(outcome(peer.tryLocal("pranswer"))).toBe("InvalidStateError");
    expect(outcome(peer.tryLocal("rollback"))).toBe("InvalidStateError");
  });

  test("an answer is good for the offer it was created for", () => {
    const [a, b, z] = [new TestPeer(1, false), new TestPeer(2), new TestPeer(3)];
    z.setRemote("offer", a.createOffer());
    const answer = z.createAnswer();
    z.setRemote("rollback");
    z.setRemote("offer", b.createOffer());
    expect(outcome(z.tryLocal("answer", answer))).toBe("InvalidModificationError");
    expect(z.setLocal("answer")).toContain("m=application 9");
  });

  test("an answer is good again when its offer comes back after a rollback", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const offer = a.setLocal("offer");
    z.setRemote("offer", offer);
    const answer = z.createAnswer();
    z.setRemote("rollback");
    z.createOffer();
    z.setRemote("offer", offer);
    z.addRemoteCandidate({ candidate: "candidate:1 1 udp 1 192.0.2.9 9 typ host", sdpMid: "0" });
    expect(z.setLocal("answer", answer)).toBe(answer);
    a.setRemote("answer", answer);
    expect(a.effect("set-remote-ice-parameters")?.usernameFragment).toBe(
      z.usernameFragment(z.effect("start-dtls")!.transport),
    );
  });

  test("an offer set after a remote one was rolled back is still usable", () => {
    const peer = new TestPeer(1);
    const offer = peer.createOffer();
    peer.setRemote("offer", new TestPeer(2).createOffer());
    peer.createAnswer();
    peer.setRemote("rollback");
    expect(outcome(peer.tryLocal("offer", offer))).toBe("accepted");
  });
});

describe("setRemoteDescription (RFC 9429 §5.6)", () => {
  test("an offer makes a transport that waits for the answer", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    z.setRemote("offer", a.setLocal("offer"));
    expect(z.effectTypes()).toEqual(["create-transport"]);
    expect(z.effect("create-transport")?.controlling).toBe(false);
    expect(sctpTransport(z.state)).toBe(1);
    expect(z.state.pendingRemote?.sdp).toBe(a.localSdp);
  });

  test("the answer starts everything, on both ends with matching parameters", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const offer = a.setLocal("offer");
    z.setRemote("offer", offer);
    const answer = z.setLocal("answer");
    expect(z.effectTypes()).toEqual(["gather", "set-remote-ice-parameters", "start-dtls", "start-sctp"]);
    expect(z.effect("start-dtls")).toMatchObject({ role: "client", fingerprints: a.local.fingerprints });
    a.setRemote("answer", answer);
    expect(a.effectTypes()).toEqual(["set-remote-ice-parameters", "start-dtls", "start-sctp"]);
    expect(a.effect("start-dtls")).toMatchObject({ role: "server", fingerprints: z.local.fingerprints });
    expect(a.effect("set-remote-ice-parameters")?.usernameFragment).toBe(
      attributeValues(answer, "ice-ufrag")[0],
    );
    for (const { state } of [a, z]) {
      expect(state.signalingState).toBe("stable");
      expect(state.pendingLocal ?? state.pendingRemote).toBeUndefined();
    }
    expect(a.state.currentLocal?.sdp).toBe(offer);
    expect(a.state.currentRemote?.sdp).toBe(answer);
  });

  test("a second negotiation without changes does nothing to the transports", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    negotiate(a, z);
    expect([...a.effects, ...z.effects]).toEqual([]);
    negotiate(z, a);
    expect([...a.effects, ...z.effects]).toEqual([]);
  });

  test("candidates in an offer are passed on with its answer, those we cannot use never", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    a.setLocal("offer");
    a.gather(1, 5000);
    a.gatheringComplete(1);
    const more = [
      "a=candidate:1 1 udp 1 internal.corp.example 1 typ host",
      "a=candidate:1 1 udp 1 10.0.0.1 0 typ host",
      "a=candidate:1 1 udp -1 10.0.0.1 5 typ host",
      "a=candidate:1 1 udp 1 10.0.0.1 70000 typ host",
      "a=candidate:2 1 udp 1 6e5376c2-8b34-4e8b-b3ad-013226137d7c.local 5 typ host",
    ];
    z.setRemote("offer", `${a.localSdp}${more.join("\r\n")}\r\n`);
    z.setLocal("answer");
    const added = z.effects.filter((effect) => effect.type === "add-remote-candidate");
    expect(added.map(({ candidate }) => candidate.address)).toEqual([
      "192.0.2.1",
      "6e5376c2-8b34-4e8b-b3ad-013226137d7c.local",
    ]);
    expect(z.effectTypes()).toContain("end-of-remote-candidates");
  });

  test("at most 100 candidates of a generation are passed on", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const lines = Array.from(
      { length: 150 },
      (_, i) => `a=candidate:1 1 udp 1 10.0.0.1 ${i + 1} typ host\r\n`,
    );
    z.setRemote("offer", a.setLocal("offer") + lines.join(""));
    z.setLocal("answer");
    expect(z.effects.filter((effect) => effect.type === "add-remote-candidate")).toHaveLength(100);
  });

  test("a lite peer never controls (RFC 8445 §6.1.1)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const lite = (sdp: string) => sdp.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n");
    z.setRemote("offer", lite(a.setLocal("offer")));
    expect(z.effect("create-transport")?.controlling).toBe(true);
    z.setLocal("answer");
    expect(z.effect("set-remote-ice-parameters")?.lite).toBe(true);
  });

  test.each([
    [true, false, "offerer lite: the answerer controls"],
    [false, true, "answerer lite: the offerer controls"],
    [true, true, "both lite: the offerer controls"],
  ])("we are lite: %s, %s: %s (RFC 8445 §6.1.1)", (offerer, answerer, _outcome) => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    a.local = { ...a.local, iceLite: offerer };
    z.local = { ...z.local, iceLite: answerer };
    const offer = a.setLocal("offer");
    const sessionPart = offer.slice(0, offer.indexOf("\r\nm="));
    expect(sessionPart.includes("\r\na=ice-lite")).toBe(offerer);
    z.setRemote("offer", offer);
    a.setRemote("answer", z.setLocal("answer"));
    const controls = (peer: TestPeer) => [...peer.state.agreed.transports.values()][0]!.controlling;
    expect([controls(a), controls(z)]).toEqual(offerer && !answerer ? [false, true] : [true, false]);
  });

  test("takes over control when the peer turns out to be lite later", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const lite = (sdp: string) => sdp.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n");
    negotiate(a, z);
    z.setRemote("offer", lite(a.setLocal("offer", a.createOffer(true))));
    z.setLocal("answer");
    expect(z.effect("set-ice-role")).toEqual({ type: "set-ice-role", transport: 1, controlling: true });
  });

  test.each([
    [undefined, 65536],
    ["0", 0],
    ["1073741823", 1073741823],
    ["18446744073709551616", Number.MAX_SAFE_INTEGER],
    ["undefined", 65536],
    ["-1", 65536],
    ["1e6", 65536],
    ["", 65536],
  ])("max-message-size %s means %i (RFC 8841 §6.1)", (written, expected) => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const line = written === undefined ? "" : `a=max-message-size:${written}\r\n`;
    z.setRemote("offer", a.setLocal("offer").replace("a=max-message-size:262144\r\n", line));
    z.setLocal("answer");
    expect(z.effect("start-sctp")?.remoteMaxMessageSize).toBe(expected);
    expect(negotiatedSctp(z.state)?.remoteMaxMessageSize).toBe(expected);
  });

  test("another max-message-size later is passed on (webrtc-pc §6.1.1)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    a.local = { ...a.local, maxMessageSize: 1000 };
    negotiate(a, z);
    expect(z.effects).toMatchObject([{ type: "start-sctp", remoteMaxMessageSize: 1000 }]);
    expect(a.effects).toMatchObject([{ type: "start-sctp", localMaxMessageSize: 1000 }]);
  });

  test("a provisional answer starts the transports, the final one adds nothing (RFC 9429 §4.1.10.1)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.setLocal("pranswer");
    expect(z.state.signalingState).toBe("have-local-pranswer");
    expect(z.effectTypes()).toContain("start-dtls");
    a.setRemote("pranswer", answer);
    expect(a.state.signalingState).toBe("have-remote-pranswer");
    expect(a.state.pendingRemote?.type).toBe("pranswer");
    expect(a.effectTypes()).toContain("start-sctp");
    expect(outcome(a.tryLocal("rollback"))).toBe("InvalidStateError");
    expect(outcome(a.tryRemote("rollback"))).toBe("InvalidStateError");
    z.setLocal("answer", answer);
    a.setRemote("answer", answer);
    expect([...a.effects, ...z.effects]).toEqual([]);
    expect(a.state.currentRemote?.type).toBe("answer");
  });

  test("an answer that rejects the data section ends its transport", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    z.setRemote("offer", a.setLocal("offer"));
    a.setRemote("answer", z.createAnswer().replace("m=application 9", "m=application 0"));
    expect(a.effectTypes()).toEqual(["remove-transport"]);
    expect(sctpTransport(a.state)).toBeUndefined();
    expect(isNegotiationNeeded(a.state, { dataChannels: true })).toBe(false);
  });

  test("a data section that is rejected later ends the association (RFC 8841 §10.4)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    z.setRemote("offer", a.setLocal("offer").replace("m=application 9", "m=application 0"));
    const answer = z.setLocal("answer");
    expect(answer).toContain("m=application 0");
    expect(z.effectTypes()).toEqual(["stop-sctp", "remove-transport"]);
    expect(negotiatedSctp(z.state)).toBeUndefined();
    a.setRemote("answer", answer);
    expect(a.effectTypes()).toEqual(["stop-sctp", "remove-transport"]);
  });

  test("an answer without mids is matched by order", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    z.setRemote("offer", a.setLocal("offer"));
    const bare = z.createAnswer().replace("a=mid:0\r\n", "").replace("a=group:BUNDLE 0\r\n", "");
    a.setRemote("answer", bare);
    expect(a.effectTypes()).toContain("start-sctp");
  });

  test("canTrickleIceCandidates follows the remote description (webrtc-pc §4.4.2)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    expect(canTrickleIceCandidates(z.state)).toBeNull();
    const offer = a.setLocal("offer");
    z.setRemote("offer", offer);
    expect(canTrickleIceCandidates(z.state)).toBe(true);
    z.setRemote("offer", offer.replace("a=ice-options:trickle ice2\r\n", ""));
    expect(canTrickleIceCandidates(z.state)).toBe(false);
  });
});

describe("rollback (RFC 9429 §5.7)", () => {
  test("removes the transport that an offer has made", () => {
    const peer = new TestPeer(1);
    peer.setLocal("offer");
    peer.setLocal("rollback");
    expect(peer.effects).toEqual([{ type: "remove-transport", transport: 1 }]);
    expect(peer.state.signalingState).toBe("stable");
    expect(peer.localSdp).toBe("");
    expect(sctpTransport(peer.state)).toBeUndefined();
  });

  test("the same for a remote offer, whatever the text", () => {
    const peer = new TestPeer(1);
    peer.setRemote("offer", new TestPeer(2).createOffer());
    peer.setRemote("rollback", "no sdp at all");
    expect(peer.effects).toEqual([{ type: "remove-transport", transport: 1 }]);
    expect(peer.remoteSdp).toBe("");
  });

  test("each end can only take back its own offer (webrtc-pc §4.3.1)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    z.setRemote("offer", a.setLocal("offer"));
    expect(outcome(a.tryRemote("rollback"))).toBe("InvalidStateError");
    expect(outcome(z.tryLocal("rollback"))).toBe("InvalidStateError");
  });

  test("goes back to the credentials before an ICE restart", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const before = a.usernameFragment(1);
    a.setLocal("offer", a.createOffer(true));
    expect(a.effectTypes()).toEqual(["restart-ice", "gather"]);
    a.setLocal("rollback");
    expect(a.effects).toMatchObject([{ type: "cancel-ice-restart", transport: 1, usernameFragment: before }]);
    expect(a.usernameFragment(1)).toBe(before);
    negotiate(a, z);
    expect(a.effects).toEqual([]);
  });

  test("never reuses a transport id", () => {
    const peer = new TestPeer(1);
    const offer = peer.setLocal("offer");
    peer.setLocal("rollback");
    peer.setLocal("offer", offer);
    expect(peer.effect("create-transport")?.transport).toBe(2);
  });
});
