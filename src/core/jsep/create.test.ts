import { describe, expect, test } from "vitest";
import { parseSdp, SdpError } from "../sdp/index.ts";
import { createAnswer, createOffer, JsepError } from "./index.ts";
import { attributeValues, negotiate, TestPeer } from "./jsep.testing.ts";

function origin(sdp: string): { id: string; version: number } {
  const description = parseSdp(sdp);
  if (description instanceof SdpError) throw new Error(description.message);
  return { id: description.origin.sessionId, version: Number(description.origin.sessionVersion) };
}

const lines = (sdp: string) => sdp.split("\r\n");

/** `peer`'s remote end offers `sdp`; what is answered. */
function answerTo(sdp: string, peer = new TestPeer(2)): string {
  peer.setRemote("offer", sdp);
  return peer.createAnswer();
}

/** An audio section as a browser offers it. */
const AUDIO = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:abcdefghijklmnopqrstuv",
  `a=fingerprint:sha-256 ${"AA:".repeat(31)}AA`,
  "a=setup:actpass",
  "a=mid:a",
  "a=sendrecv",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
];
const DATA = [
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:efgh",
  "a=ice-pwd:abcdefghijklmnopqrstuv",
  `a=fingerprint:sha-256 ${"AA:".repeat(31)}AA`,
  "a=setup:actpass",
  "a=mid:d",
  "a=sctp-port:5000",
];
const remoteOffer = (...body: string[]) =>
  ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", ...body, ""].join("\r\n");

describe("initial offers (RFC 9429 §5.2.1)", () => {
  test("have the session lines that are asked for, and no address", () => {
    const [v, o, s, t, ...rest] = lines(new TestPeer(1).createOffer());
    expect([v, s, t]).toEqual(["v=0", "s=-", "t=0 0"]);
    expect(o).toMatch(/^o=- \d+ 1 IN IP4 0\.0\.0\.0$/);
    expect(rest.slice(1, 3)).toEqual(["a=group:BUNDLE 0", "a=ice-options:trickle ice2"]);
  });

  test("have a session id below 2^62, of its own for each connection", () => {
    const ids = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) ids.add(origin(new TestPeer(seed).createOffer()).id);
    expect(ids.size).toBe(50);
    for (const id of ids) expect(BigInt(id) < 1n << 62n).toBe(true);
  });

  test("describe data channels in one m= section (RFC 8841)", () => {
    const sdp = new TestPeer(1).createOffer();
    expect(lines(sdp).filter((line) => line.startsWith("m="))).toEqual([
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ]);
    expect(sdp).toContain("\r\nc=IN IP4 0.0.0.0\r\n");
    expect(attributeValues(sdp, "ice-ufrag")[0]).toMatch(/^[A-Za-z0-9+/]{8}$/);
    expect(attributeValues(sdp, "ice-pwd")[0]).toMatch(/^[A-Za-z0-9+/]{24}$/);
    expect(attributeValues(sdp, "setup")).toEqual(["actpass"]);
    expect(attributeValues(sdp, "mid")).toEqual(["0"]);
    expect(attributeValues(sdp, "sctp-port")).toEqual(["5000"]);
    expect(attributeValues(sdp, "max-message-size")).toEqual(["262144"]);
  });

  test("have the fingerprint of every certificate, for all sections (RFC 8122 §5)", () => {
    const peer = new TestPeer(1);
    const more = { algorithm: "sha-256", value: new Uint8Array(32).fill(9) };
    peer.local = { ...peer.local, fingerprints: [...peer.local.fingerprints, more] };
    const [session] = peer.createOffer().split("m=");
    expect(attributeValues(session!, "fingerprint")).toHaveLength(2);
  });

  test("have no m= section and no group when there is nothing to offer", () => {
    const sdp = new TestPeer(1, false).createOffer();
    expect(sdp).not.toContain("m=");
    expect(sdp).not.toContain("a=group");
  });

  test("do not change what is negotiated", () => {
    const peer = new TestPeer(1);
    const { agreed } = peer.state;
    peer.createOffer();
    expect(peer.state.agreed).toBe(agreed);
    expect(peer.state.signalingState).toBe("stable");
  });

  test("are refused outside of stable and have-local-offer (webrtc-pc §4.4.2 createOffer)", () => {
    const peer = new TestPeer(2);
    peer.setRemote("offer", new TestPeer(1).createOffer());
    expect(createOffer(peer.state, peer.local, { iceRestart: false })).toMatchObject({
      name: "InvalidStateError",
    });
  });
});

describe("subsequent offers (RFC 9429 §5.2.2)", () => {
  test("keep the session id, and count the version only when something has changed", () => {
    const peer = new TestPeer(1);
    const [first, second] = [peer.createOffer(), peer.createOffer()];
    expect(second).toBe(first);
    const third = peer.createOffer(true);
    expect(origin(third)).toEqual({ id: origin(first).id, version: 2 });
  });

  test("never reuse a version, not even after a rollback", () => {
    const peer = new TestPeer(1);
    peer.createOffer();
    peer.setLocal("offer", peer.createOffer(true));
    peer.setLocal("rollback");
    expect(origin(peer.createOffer(true)).version).toBe(3);
  });

  test("keep mid and ICE credentials, and show the candidates of the last gathering", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const before = attributeValues(a.localSdp, "ice-ufrag");
    a.gather(1, 5000);
    a.gatheringComplete(1);
    const sdp = a.createOffer();
    expect(attributeValues(sdp, "ice-ufrag")).toEqual(before);
    expect(attributeValues(sdp, "mid")).toEqual(["0"]);
    expect(attributeValues(sdp, "candidate")).toHaveLength(1);
    expect(lines(sdp)).toContain("a=end-of-candidates");
  });

  test("have port and address of the default candidate (RFC 8839 §4.2.1.2)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    a.gather(1, 5000);
    const sdp = a.createOffer();
    expect(sdp).toContain("m=application 5000 UDP/DTLS/SCTP");
    expect(sdp).toContain("c=IN IP4 192.0.2.1");
  });

  test("have new ICE credentials and no candidates on an ICE restart (RFC 9429 §5.2.3.1)", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    a.gather(1, 5000);
    const sdp = a.createOffer(true);
    expect(attributeValues(sdp, "ice-ufrag")).not.toEqual(attributeValues(a.localSdp, "ice-ufrag"));
    expect(attributeValues(sdp, "ice-pwd")).not.toEqual(attributeValues(a.localSdp, "ice-pwd"));
    expect(sdp).not.toContain("a=candidate");
    expect(sdp).toContain("m=application 9 ");
  });

  test("add the data section behind those that are there", () => {
    const [a, z] = [new TestPeer(1, false), new TestPeer(2)];
    a.setRemote("offer", remoteOffer(...AUDIO));
    a.setLocal("answer");
    a.local = { ...a.local, dataChannels: true };
    const sdp = a.createOffer();
    expect(lines(sdp).filter((line) => line.startsWith("m="))).toEqual([
      "m=audio 0 UDP/TLS/RTP/SAVPF 111 0",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ]);
    expect(attributeValues(sdp, "mid")).toEqual(["a", "0"]);
    expect(attributeValues(sdp, "group")).toEqual(["BUNDLE 0"]);
    expect(z.state.signalingState).toBe("stable");
  });

  test("never give a new section the mid of another one", () => {
    const a = new TestPeer(1, false);
    a.setRemote("offer", remoteOffer(...AUDIO.map((line) => (line === "a=mid:a" ? "a=mid:0" : line))));
    a.setLocal("answer");
    a.local = { ...a.local, dataChannels: true };
    expect(attributeValues(a.createOffer(), "mid")).toEqual(["0", "1"]);
  });

  test("put a new data section where a rejected one was", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    const offer = a.setLocal("offer");
    z.setRemote("offer", offer);
    const answer = z.createAnswer().replace("m=application 9", "m=application 0");
    a.setRemote("answer", answer);
    const sdp = a.createOffer();
    expect(lines(sdp).filter((line) => line.startsWith("m="))).toHaveLength(1);
    expect(sdp).toContain("m=application 9");
    expect(attributeValues(sdp, "mid")).toEqual(["1"]);
  });
});

describe("initial answers (RFC 9429 §5.3.1)", () => {
  test("are refused without a remote offer", () => {
    const { state, local } = new TestPeer(1);
    expect(createAnswer(state, local)).toBeInstanceOf(JsepError);
    expect(createAnswer(state, local)).toMatchObject({ name: "InvalidStateError" });
  });

  test("are active when the offer leaves the choice (RFC 8842 §5.3)", () => {
    expect(attributeValues(answerTo(remoteOffer(...DATA)), "setup")).toEqual(["active"]);
  });

  test.each([
    ["active", "passive"],
    ["passive", "active"],
  ])("to setup:%s say setup:%s", (offered, answered) => {
    const body = DATA.map((line) => line.replace("actpass", offered));
    expect(attributeValues(answerTo(remoteOffer(...body)), "setup")).toEqual([answered]);
  });

  test("have a section for each one offered, in its order, with its protocol, formats and mid", () => {
    const sdp = answerTo(remoteOffer("a=group:BUNDLE a d", ...AUDIO, ...DATA));
    expect(lines(sdp).filter((line) => line.startsWith("m="))).toEqual([
      "m=audio 0 UDP/TLS/RTP/SAVPF 111 0",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ]);
    expect(attributeValues(sdp, "mid")).toEqual(["a", "d"]);
    expect(attributeValues(sdp, "group")).toEqual(["BUNDLE d"]);
    expect(lines(sdp)).toContain("a=inactive");
  });

  test("have no mid where the offer has none", () => {
    const sdp = answerTo(remoteOffer(...DATA.filter((line) => !line.startsWith("a=mid"))));
    expect(sdp).not.toContain("a=mid");
    expect(sdp).not.toContain("a=group");
    expect(sdp).toContain("m=application 9");
  });

  test("have renomination among their ice-options if the offer has it", () => {
    const offer = remoteOffer("a=ice-options:trickle renomination", ...DATA);
    expect(attributeValues(answerTo(offer), "ice-options")).toEqual(["trickle ice2 renomination"]);
  });

  test("have ice-options only if the offer has trickle", () => {
    expect(answerTo(remoteOffer(...DATA))).not.toContain("a=ice-options");
    expect(attributeValues(answerTo(remoteOffer("a=ice-options:trickle", ...DATA)), "ice-options")).toEqual([
      "trickle ice2",
    ]);
  });

  test("echo no attribute that we do not know (a=sctp-init of newer peers)", () => {
    const unknown = ["a=sctp-init:AQAAAA==", "a=x-unknown", "a=x-unknown:value"];
    const offer = new TestPeer(1)
      .setLocal("offer")
      .replace("a=sctp-port:5000", `${unknown.join("\r\n")}\r\n$&`);
    const answer = answerTo(offer.replace("t=0 0", "t=0 0\r\na=x-session:value"));
    expect(offer).toContain("a=sctp-init");
    expect(answer).toContain("a=sctp-port:5000");
    expect(answer).not.toMatch(/sctp-init|x-unknown|x-session/);
  });

  test("reject unknown media, unknown protocols and a second data section", () => {
    const second = DATA.map((line) => line.replace("mid:d", "mid:e"));
    const unknown = AUDIO.map((line) => line.replace("m=audio", "m=unicorns"));
    const other = DATA.map((line) =>
      line.replace("mid:d", "mid:f").replace("UDP/DTLS/SCTP webrtc-datachannel", "UDP/BFCP *"),
    );
    const sdp = answerTo(remoteOffer(...unknown, ...other, ...DATA, ...second));
    expect(lines(sdp).filter((line) => line.startsWith("m="))).toEqual([
      "m=unicorns 0 UDP/TLS/RTP/SAVPF 111 0",
      "m=application 0 UDP/BFCP *",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ]);
  });

  test("reject a data section that wants no association (RFC 8841 §5.1: sctp-port 0)", () => {
    const sdp = answerTo(remoteOffer(...DATA.map((line) => line.replace("5000", "0"))));
    expect(sdp).toContain("m=application 0 ");
  });

  test("keep rejected what the offer has rejected", () => {
    const sdp = answerTo(remoteOffer("m=application 0 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:x", ...DATA));
    expect(lines(sdp).filter((line) => line.startsWith("m=application 0"))).toHaveLength(1);
    expect(lines(sdp).filter((line) => line.startsWith("m=application 9"))).toHaveLength(1);
  });

  test("answer an offer without sections without sections", () => {
    expect(answerTo(remoteOffer())).not.toContain("m=");
  });

  test("speak the language of the drafts to peers that do (m=application DTLS/SCTP with sctpmap)", () => {
    const legacy = DATA.map((line) =>
      line
        .replace("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5001")
        .replace("sctp-port:5000", "sctpmap:5001 webrtc-datachannel 256"),
    );
    const peer = new TestPeer(2);
    const sdp = answerTo(remoteOffer(...legacy), peer);
    expect(sdp).toContain("m=application 9 DTLS/SCTP 5001");
    expect(attributeValues(sdp, "sctpmap")).toEqual(["5001 webrtc-datachannel 1024"]);
    expect(sdp).not.toContain("sctp-port");
    peer.setLocal("answer", sdp);
    expect(peer.effect("start-sctp")).toMatchObject({ localPort: 5001, remotePort: 5001 });
  });

  test("reject a legacy section whose map names another application", () => {
    const legacy = DATA.map((line) =>
      line
        .replace("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5001")
        .replace("sctp-port:5000", "sctpmap:5001 bfcp 256"),
    );
    expect(answerTo(remoteOffer(...legacy))).toContain("m=application 0 DTLS/SCTP 5001");
  });

  test("take transport attributes from the tagged section of the bundle (RFC 9143 §7.1.3)", () => {
    const bundled = [
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
      "c=IN IP4 0.0.0.0",
      "a=bundle-only",
      "a=mid:d",
      "a=sctp-port:5000",
    ];
    const peer = new TestPeer(2);
    peer.setRemote("offer", remoteOffer("a=group:BUNDLE a d", ...AUDIO, ...bundled));
    peer.setLocal("answer");
    expect(peer.effect("set-remote-ice-parameters")).toMatchObject({ usernameFragment: "abcd" });
  });
});

describe("subsequent answers (RFC 9429 §5.3.2)", () => {
  test("stay the same when nothing has changed", () => {
    const peer = new TestPeer(2);
    peer.setRemote("offer", remoteOffer(...DATA));
    expect(peer.createAnswer()).toBe(peer.createAnswer());
  });

  test("keep ICE credentials unless the offer restarts ICE", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    const before = attributeValues(z.localSdp, "ice-ufrag");
    negotiate(a, z);
    expect(attributeValues(z.localSdp, "ice-ufrag")).toEqual(before);
    negotiate(a, z, true);
    expect(attributeValues(z.localSdp, "ice-ufrag")).not.toEqual(before);
  });

  test("keep the DTLS role of the association that goes on", () => {
    const [a, z] = [new TestPeer(1), new TestPeer(2)];
    negotiate(a, z);
    expect(attributeValues(z.localSdp, "setup")).toEqual(["active"]);
    negotiate(z, a);
    expect(attributeValues(a.localSdp, "setup")).toEqual(["passive"]);
    negotiate(a, z);
    expect(attributeValues(z.localSdp, "setup")).toEqual(["active"]);
  });
});
