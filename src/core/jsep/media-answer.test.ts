import { describe, expect, test } from "vitest";
import { attributeValues, negotiate, outcome, sectionsOf, TestPeer } from "./jsep.testing.ts";
import type { CodecCapability } from "./media-types.ts";

function answerer(): TestPeer {
  return new TestPeer(2, false).acceptMedia();
}

const TRANSPORT = [
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:abcdefghijklmnopqrstuvwx",
  `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
  "a=setup:actpass",
  "a=rtcp-mux",
];

function offer(...sections: string[][]): string {
  const lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"];
  for (const [head, ...rest] of sections) lines.push(head!, ...TRANSPORT, ...rest);
  return lines.map((line) => `${line}\r\n`).join("");
}

function answerTo(sdp: string, peer = answerer()): string {
  peer.setRemote("offer", sdp);
  return peer.setLocal("answer");
}

function video(formats: string, ...lines: string[]): string {
  return offer([`m=video 9 UDP/TLS/RTP/SAVPF ${formats}`, "a=mid:v", ...lines]);
}

describe("transceivers of a remote offer (RFC 9429 §5.10)", () => {
  const sections = (direction: string) =>
    offer(["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:x", `a=${direction}`, "a=msid:s t"]);

  test.each(["sendrecv", "recvonly"])("%s takes the first one from addTrack that is free", (direction) => {
    const peer = answerer();
    peer.addTransceiver("audio");
    peer.addTransceiver("video", { addedByAddTrack: true });
    peer.addTransceiver("audio", { addedByAddTrack: true, stopping: true, stopped: true });
    const wanted = peer.addTransceiver("audio", { addedByAddTrack: true });
    peer.addTransceiver("audio", { addedByAddTrack: true });
    peer.setRemote("offer", sections(direction));
    expect(peer.outcome("x")).toMatchObject({ transceiver: wanted, create: false, associated: true });
  });

  test.each(["sendonly", "inactive"])("%s makes a new one", (direction) => {
    const peer = answerer();
    peer.addTransceiver("audio", { addedByAddTrack: true });
    peer.setRemote("offer", sections(direction));
    expect(peer.outcome("x")).toMatchObject({ transceiver: 2, create: true, associated: true });
    expect(peer.transceivers).toHaveLength(2);
  });

  test("those from addTransceiver are never taken", () => {
    const peer = answerer();
    peer.addTransceiver("audio");
    peer.setRemote("offer", sections("sendrecv"));
    expect(peer.outcome("x").create).toBe(true);
  });

  test("a section keeps its transceiver in later offers", () => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), answerer()];
    a.addTransceiver("audio");
    negotiate(a, z);
    const { transceiver } = z.outcome("0");
    z.addTransceiver("audio", { addedByAddTrack: true });
    z.setRemote("offer", a.setLocal("offer", a.createOffer(true)));
    expect(z.outcome("0")).toMatchObject({ transceiver, create: false, associated: false });
  });

  test("a rejected section makes none", () => {
    const peer = answerer();
    peer.setRemote("offer", sections("sendrecv").replace("m=audio 9", "m=audio 0"));
    expect(peer.outcome("x")).toMatchObject({ transceiver: undefined, create: false, rejected: true });
  });

  test("a section without mid gets a name", () => {
    const peer = answerer();
    const sdp = answerTo(sections("sendrecv").replace("a=mid:x\r\n", ""), peer);
    expect(peer.outcome("0").transceiver).toBe(1);
    expect(sdp).not.toContain("a=mid");
  });

  test("rollback dissociates, and removes what the offer has made", () => {
    const peer = answerer();
    const kept = peer.addTransceiver("audio", { addedByAddTrack: true });
    const before = peer.state;
    peer.setRemote(
      "offer",
      offer(["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:x"], ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:y"]),
    );
    const made = peer.outcome("y").transceiver;
    peer.setRemote("rollback");
    expect(peer.dissociated).toEqual([kept, made]);
    expect(peer.transceivers.map(({ id }) => id)).toEqual([kept]);
    expect(peer.state.agreed).toEqual(before.agreed);
  });

  test("rollback of a local offer dissociates", () => {
    const peer = answerer();
    const id = peer.addTransceiver("audio");
    peer.setLocal("offer");
    expect(peer.outcome("0")).toMatchObject({ transceiver: id, associated: true });
    peer.setLocal("rollback");
    expect(peer.dissociated).toEqual([id]);
  });

  test("the outcome has the peer's streams: none, several, or no a=msid at all", () => {
    const outcome = (...lines: string[]) => {
      const peer = answerer();
      peer.setRemote("offer", offer(["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:x", ...lines]));
      return peer.outcome("x").remote!;
    };
    expect(outcome("a=msid:s t", "a=msid:r t")).toMatchObject({ streamIds: ["s", "r"], trackId: "t" });
    expect(outcome("a=msid:- t")).toMatchObject({ streamIds: [], trackId: "t" });
    expect(outcome()).toMatchObject({ streamIds: undefined, trackId: undefined });
    expect(outcome("a=ssrc:7 cname:c", "a=ssrc:7 msid:s t")).toMatchObject({
      streamIds: ["s"],
      cname: "c",
      sources: [{ ssrc: 7, cname: "c", rtxSsrc: undefined }],
    });
    const lines = ["a=ssrc-group:FID 7 8", "a=ssrc:7 cname:c", "a=ssrc:8 cname:c"];
    expect(outcome(...lines).sources).toEqual([{ ssrc: 7, cname: "c", rtxSsrc: 8 }]);
  });
});

describe("feedback in answers", () => {
  const feedbackOf = (...offered: string[]) =>
    attributeValues(
      answerTo(
        video("96 97", "a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96", ...offered),
      ),
      "rtcp-fb",
    );

  test("RFC 8888 is accepted for the whole section, and not beside transport-wide feedback (§6)", () => {
    expect(feedbackOf("a=rtcp-fb:* ack ccfb")).toEqual(["* ack ccfb"]);
    expect(feedbackOf("a=rtcp-fb:* ack ccfb", "a=rtcp-fb:96 nack")).toEqual(["96 nack", "* ack ccfb"]);
    expect(feedbackOf("a=rtcp-fb:* ack ccfb", "a=rtcp-fb:96 transport-cc")).toEqual(["96 transport-cc"]);
    expect(feedbackOf("a=rtcp-fb:96 nack")).toEqual(["96 nack"]);
  });

  test("what RFC 8888 tells of reaches both directions", () => {
    const peer = answerer();
    answerTo(video("96", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:* ack ccfb"), peer);
    const { send, receive } = peer.outcome("v");
    expect(send?.codecs[0]?.rtcpFeedback).toEqual(["ack ccfb"]);
    expect(receive?.codecs[0]?.rtcpFeedback).toEqual(["ack ccfb"]);
  });

  test("round trips of receivers are offered, and agreed on where both ends say so (RFC 3611 §5)", () => {
    const lines = ["96", "a=rtpmap:96 VP8/90000"] as const;
    const [formats, map] = lines;
    for (const [offered, agreed] of [
      ["rcvr-rtt=all", true],
      ["stat-summary=loss rcvr-rtt=all:10000", true],
      ["rcvr-rtt=sender", false],
      ["voip-metrics", false],
    ] as const) {
      const peer = answerer();
      const answer = answerTo(video(formats, map, `a=rtcp-xr:${offered}`), peer);
      expect(attributeValues(answer, "rtcp-xr")).toEqual(agreed ? ["rcvr-rtt=all"] : []);
      expect(peer.outcome("v").receiverRoundTrips).toBe(agreed);
    }
    const peer = answerer();
    peer.addTransceiver("audio");
    expect(attributeValues(peer.createOffer(), "rtcp-xr")).toEqual(["rcvr-rtt=all"]);
  });
});

describe("initial answers with media (RFC 9429 §5.3.1)", () => {
  const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive"] as const;
  const CASES = DIRECTIONS.flatMap((offered) => DIRECTIONS.map((own) => [offered, own] as const));
  test.each(CASES)("the direction of %s and %s is what both allow", (offered, own) => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), answerer()];
    a.addTransceiver("audio", { direction: offered });
    z.setRemote("offer", a.setLocal("offer", a.createOffer()));
    z.change(z.outcome("0").transceiver!, { direction: own });
    a.setRemote("answer", z.setLocal("answer"));
    const sends =
      (offered === "sendrecv" || offered === "sendonly") && (own === "sendrecv" || own === "recvonly");
    const receives =
      (offered === "sendrecv" || offered === "recvonly") && (own === "sendrecv" || own === "sendonly");
    const expected = sends ? (receives ? "sendrecv" : "sendonly") : receives ? "recvonly" : "inactive";
    expect(a.outcome("0").direction).toBe(expected);
    expect(z.outcome("0").direction).toBe(
      expected === "sendonly" ? "recvonly" : expected === "recvonly" ? "sendonly" : expected,
    );
  });

  test("a stopped transceiver's section is rejected; one that is only stopping goes on (webrtc-pc §5.4 stop)", () => {
    const peer = answerer();
    peer.setRemote("offer", offer(["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:x"]));
    peer.change(1, { stopping: true, direction: "inactive" });
    expect(peer.createAnswer()).toContain("m=audio 9 ");
    peer.change(1, { stopping: true, stopped: true });
    expect(peer.setLocal("answer")).toContain("m=audio 0 ");
    expect(peer.outcome("x")).toMatchObject({ rejected: true, transceiver: 1, transport: undefined });
    expect(peer.state.agreed.slots[0]!.transceiver).toBeUndefined();
  });

  test("no common codec rejects, even if comfort noise and events are common", () => {
    expect(answerTo(offer(["m=audio 9 UDP/TLS/RTP/SAVPF 13 18", "a=mid:x"]))).toContain("m=audio 0 ");
    expect(answerTo(offer(["m=audio 9 UDP/TLS/RTP/SAVPF 8 13 18", "a=mid:x"]))).toContain(
      "m=audio 9 UDP/TLS/RTP/SAVPF 8 13\r\n",
    );
  });

  test("keeps the offer's order and numbers; preferences change the order and leave out", () => {
    const sdp = video("50 51 99", "a=rtpmap:50 VP9/90000", "a=rtpmap:51 XYZ/90000", "a=rtpmap:99 vp8/90000");
    expect(answerTo(sdp)).toContain("m=video 9 UDP/TLS/RTP/SAVPF 50 99\r\n");
    const peer = answerer();
    peer.setRemote("offer", sdp);
    const vp8 = { mimeType: "video/VP8", clockRate: 90000 };
    const vp9 = { mimeType: "video/VP9", clockRate: 90000, sdpFmtpLine: "profile-id=0" };
    peer.change(1, { codecPreferences: [vp8, vp9] });
    expect(peer.createAnswer()).toContain("m=video 9 UDP/TLS/RTP/SAVPF 99 50\r\n");
    peer.change(1, { codecPreferences: [vp8] });
    expect(peer.createAnswer()).toContain("m=video 9 UDP/TLS/RTP/SAVPF 99\r\n");
  });

  test("rtx goes with its codec (RFC 4588 §8.6)", () => {
    const sdp = video(
      "99 98 97 96 100",
      "a=rtpmap:99 rtx/90000",
      "a=fmtp:99 apt=98",
      "a=rtpmap:98 XYZ/90000",
      "a=rtpmap:97 rtx/90000",
      "a=fmtp:97 apt=96",
      "a=rtpmap:96 VP8/90000",
      "a=rtpmap:100 rtx/90000",
      "a=fmtp:100 apt=1",
    );
    expect(answerTo(sdp)).toContain("m=video 9 UDP/TLS/RTP/SAVPF 97 96\r\n");
  });

  test("feedback is what both have (RFC 4585 §4.2), also of *", () => {
    const lines = ["a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack", "a=rtcp-fb:* ccm fir", "a=rtcp-fb:96 xyz"];
    expect(attributeValues(answerTo(video("96", ...lines)), "rtcp-fb").sort()).toEqual([
      "96 ccm fir",
      "96 nack",
    ]);
  });

  test("header extensions keep the offer's ids and answer its directions (RFC 8285 §6)", () => {
    const sdp = answerTo(
      video(
        "96",
        "a=rtpmap:96 VP8/90000",
        "a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:6/sendonly urn:3gpp:video-orientation",
        "a=extmap:7 urn:unknown",
      ),
    );
    expect(attributeValues(sdp, "extmap")).toEqual([
      "5 urn:ietf:params:rtp-hdrext:sdes:mid",
      "6/recvonly urn:3gpp:video-orientation",
    ]);
  });

  test("ids that need two-byte headers are accepted (RFC 8285 §4.3), extmap-allow-mixed is answered", () => {
    const lines = ["a=rtpmap:96 VP8/90000", "a=extmap:20 urn:3gpp:video-orientation", "a=extmap-allow-mixed"];
    const sdp = answerTo(video("96", ...lines));
    expect(attributeValues(sdp, "extmap")).toEqual(["20 urn:3gpp:video-orientation"]);
    expect(sectionsOf(sdp)[0]).toContain("a=extmap-allow-mixed");
  });

  test("stopped header extensions are neither offered nor accepted (webrtc-extensions §5.3)", () => {
    const peer = answerer();
    peer.setRemote("offer", video("96", "a=rtpmap:96 VP8/90000", "a=extmap:5 urn:3gpp:video-orientation"));
    peer.change(1, { headerExtensions: [{ uri: "urn:3gpp:video-orientation", direction: "stopped" }] });
    expect(attributeValues(peer.createAnswer(), "extmap")).toEqual([]);
  });

  test("without rtcp-mux there is a=rtcp and a second component, if the policy allows", () => {
    const sdp = offer(["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:x"]).replace("a=rtcp-mux\r\n", "");
    const peer = answerer();
    peer.local = { ...peer.local, rtcpMuxPolicy: "negotiate" };
    peer.setRemote("offer", sdp);
    expect(peer.effect("create-transport")?.rtcp).toBe(true);
    const answer = peer.setLocal("answer");
    expect(answer).toContain("a=rtcp:9 IN IP4 0.0.0.0");
    expect(answer).not.toContain("a=rtcp-mux");
    expect(peer.effectTypes()).not.toContain("use-rtcp-mux");
    expect(peer.outcome("x").rtcpMux).toBe(false);
  });

  test("an answer with rtcp-mux ends the second component, for good", () => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), answerer()];
    for (const peer of [a, z]) peer.local = { ...peer.local, rtcpMuxPolicy: "negotiate" };
    a.addTransceiver("audio");
    negotiate(a, z);
    expect(a.effectTypes()).toContain("use-rtcp-mux");
    const again = a.createOffer();
    expect(again).not.toContain("a=rtcp:");
    expect(outcome(z.tryRemote("offer", again))).toBe("accepted");
    expect(outcome(z.tryRemote("offer", again.replace("a=rtcp-mux\r\n", "")))).toBe("InvalidAccessError");
    expect(a.outcome("0").rtcpMux).toBe(true);
  });

  test("unbundled sections are rejected by max-bundle alone, as by browsers", () => {
    const sdp = offer(
      ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:x"],
      ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:y"],
      ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:z", "a=rtpmap:96 VP8/90000"],
    );
    const ports = (bundlePolicy: "balanced" | "max-bundle" | "max-compat") => {
      const peer = answerer();
      peer.local = { ...peer.local, bundlePolicy };
      return [...answerTo(sdp, peer).matchAll(/m=\w+ (\d)/g)].map(([, port]) => port).join("");
    };
    expect(ports("balanced")).toBe("999");
    expect(ports("max-bundle")).toBe("900");
    expect(ports("max-compat")).toBe("999");
  });
});

describe("codecs and their parameters (RFC 3264 §6.1)", () => {
  const answered = (rtpmap: string, fmtp?: string) => {
    const lines = [`a=rtpmap:96 ${rtpmap}`, ...(fmtp === undefined ? [] : [`a=fmtp:96 ${fmtp}`])];
    return attributeValues(answerTo(video("96", ...lines)), "fmtp")[0];
  };

  test.each([
    ["level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034", "42e01f"],
    ["level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e00a", "42e01f"],
    ["packetization-mode=1;profile-level-id=42e00a", "42e00a"],
    ["packetization-mode=1;profile-level-id=42e034", "42e01f"],
    ["packetization-mode=0;profile-level-id=42C00d", "42C00d"],
    ["profile-level-id=4d001f;packetization-mode=1", "4d001f"],
  ])("H264 %s is answered with %s (RFC 6184 §8.2.2)", (fmtp, id) => {
    expect(answered("H264/90000", fmtp)).toMatch(new RegExp(`profile-level-id=${id}$`));
  });

  test("H264 without parameters is baseline in mode 0", () => {
    expect(answered("H264/90000")).toBe(
      "96 level-asymmetry-allowed=0;packetization-mode=0;profile-level-id=42000a",
    );
  });

  test.each([
    ["H264/90000", "packetization-mode=2;profile-level-id=42e01f"],
    ["H264/90000", "packetization-mode=1;profile-level-id=f4001f"],
    ["H264/90000", "packetization-mode=1;profile-level-id=zzzzzz"],
    ["VP9/90000", "profile-id=1"],
    ["AV1/90000", "profile=1"],
    ["H265/90000", "profile-id=2"],
    ["VP8/8000", undefined],
  ])("%s %s is not ours", (rtpmap, fmtp) => {
    const lines = [`a=rtpmap:96 ${rtpmap}`, ...(fmtp === undefined ? [] : [`a=fmtp:96 ${fmtp}`])];
    expect(answerTo(video("96", ...lines))).toContain("m=video 0 ");
  });

  test("channels count (RFC 8866 §6.6)", () => {
    const audio = (map: string) =>
      answerTo(offer(["m=audio 9 UDP/TLS/RTP/SAVPF 96", "a=mid:x", `a=rtpmap:96 ${map}`]));
    expect(audio("opus/48000/2")).toContain("m=audio 9 ");
    expect(audio("opus/48000")).toContain("m=audio 0 ");
    expect(audio("PCMU/8000")).toContain("m=audio 9 ");
    expect(audio("PCMU/8000/1")).toContain("m=audio 9 ");
  });

  test("RED names the payload type of Opus (RFC 2198 §5)", () => {
    const lines = ["a=mid:x", "a=rtpmap:96 opus/48000/2", "a=rtpmap:97 red/48000/2", "a=fmtp:97 96/96"];
    const sdp = answerTo(offer(["m=audio 9 UDP/TLS/RTP/SAVPF 97 96", ...lines]));
    expect(sdp).toContain("m=audio 9 UDP/TLS/RTP/SAVPF 97 96\r\n");
    expect(attributeValues(sdp, "fmtp")).toContain("97 96/96");
  });

  test("both ends send and receive the same codecs, each with the numbers of who receives", () => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), answerer()];
    a.addTransceiver("video");
    negotiate(a, z);
    const names = (codecs: readonly CodecCapability[]) => codecs.map(({ mimeType }) => mimeType);
    const [mine, theirs] = [a.outcome("0"), z.outcome("0")];
    expect(mine.send!.codecs).toEqual(theirs.receive!.codecs);
    expect(theirs.send!.codecs).toEqual(mine.receive!.codecs);
    expect(names(mine.send!.codecs)[0]).toBe("video/VP8");
    expect(mine.send!.headerExtensions.map(({ uri }) => uri)).toContain("urn:3gpp:video-orientation");
  });
});

describe("beyond what was offered", () => {
  test("a format that only the answer has can be sent, if it is supported (RFC 9429 §5.3.1)", () => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), answerer()];
    a.addTransceiver("video", { codecPreferences: [{ mimeType: "video/VP8", clockRate: 90000 }] });
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.setLocal("answer").replace(/SAVPF 96/, "SAVPF 63 96 62");
    a.setRemote("answer", `${answer}a=rtpmap:63 VP9/90000\r\na=rtpmap:62 XYZ/90000\r\n`);
    const names = (codecs: readonly CodecCapability[]) => codecs.map(({ mimeType }) => mimeType);
    expect(names(a.outcome("0").send!.codecs)).toEqual(["video/VP9", "video/VP8"]);
    expect(names(a.outcome("0").receive!.codecs)).toEqual(["video/VP8"]);
  });

  test("payload types that rtcp-mux takes for RTCP are refused (RFC 5761 §4)", () => {
    const result = (type: number) =>
      outcome(answerer().tryRemote("offer", video(String(type), `a=rtpmap:${type} VP8/90000`)));
    expect([63, 64, 95, 96].map(result)).toEqual([
      "accepted",
      "InvalidAccessError",
      "InvalidAccessError",
      "accepted",
    ]);
  });

  test("rtcp-mux-only needs rtcp-mux (RFC 8858 §3)", () => {
    const peer = answerer();
    peer.local = { ...peer.local, rtcpMuxPolicy: "negotiate" };
    const sdp = offer(["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:x", "a=rtcp-mux-only"]);
    expect(outcome(peer.tryRemote("offer", sdp))).toBe("accepted");
    expect(outcome(peer.tryRemote("offer", sdp.replace("a=rtcp-mux\r\n", "")))).toBe("InvalidAccessError");
  });

  test("a bundle-only section cannot be accepted alone (RFC 9143 §7.4)", () => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), answerer()];
    a.addTransceiver("audio");
    a.addTransceiver("audio");
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.setLocal("answer");
    expect(outcome(a.tryRemote("answer", answer))).toBe("accepted");
    const lines = TRANSPORT.slice(1).join("\r\n").replace("actpass", "active");
    const alone = answer.replace("BUNDLE 0 1", "BUNDLE 0").replace("a=mid:1", `a=mid:1\r\n${lines}`);
    expect(outcome(a.tryRemote("answer", alone))).toBe("InvalidAccessError");
  });
});

describe("simulcast (RFC 8853 §5.3)", () => {
  const recv = [
    "a=rtpmap:96 VP8/90000",
    "a=rid:1 recv",
    "a=rid:2 recv",
    "a=rid:3 recv",
    "a=simulcast:recv 1;~2;3",
  ];

  test("what the peer wants to receive is proposed, and answered with what we have", () => {
    const peer = answerer();
    const id = peer.addTransceiver("video", { addedByAddTrack: true });
    peer.setRemote("offer", video("96", ...recv));
    expect(peer.outcome("v").remote!.simulcastToSend).toEqual([
      { rid: "1", paused: false },
      { rid: "2", paused: true },
      { rid: "3", paused: false },
    ]);
    peer.change(id, { encodings: ["1", "2"].map((rid) => ({ rid, active: true })) });
    const sdp = peer.setLocal("answer");
    expect(attributeValues(sdp, "rid")).toEqual(["1 send", "2 send"]);
    expect(attributeValues(sdp, "simulcast")).toEqual(["send 1;2"]);
    expect(peer.outcome("v").send).toMatchObject({
      simulcast: true,
      layers: [
        { rid: "1", paused: false },
        { rid: "2", paused: true },
      ],
    });
  });

  test("an answer takes layers away, pauses them, or takes one only", () => {
    const layersAfter = (...lines: string[]) => {
      const [a, z] = [new TestPeer(1, false).acceptMedia(), answerer()];
      a.addTransceiver("video", { encodings: ["1", "2", "3"].map((rid) => ({ rid, active: true })) });
      z.setRemote("offer", a.setLocal("offer"));
      const answer = z.setLocal("answer").replaceAll(/a=(rid|simulcast):.*\r\n/g, "");
      a.setRemote("answer", answer + lines.map((line) => `${line}\r\n`).join(""));
      const { layers, simulcast } = a.outcome("0").send!;
      return [simulcast, ...layers.map(({ rid, paused }) => (paused ? `~${rid}` : rid))];
    };
    expect(layersAfter()).toEqual([false]);
    expect(layersAfter("a=rid:1 recv", "a=rid:3 recv", "a=simulcast:recv ~3;1")).toEqual([true, "1", "~3"]);
    expect(layersAfter("a=rid:1 recv", "a=simulcast:recv 1;2")).toEqual([true, "1"]);
    expect(layersAfter("a=rid:9 recv", "a=simulcast:recv 9")).toEqual([false]);
  });

  test("malformed lines are no lines (RFC 8853 §5.2)", () => {
    const peer = answerer();
    peer.setRemote("offer", video("96", ...recv.slice(0, 4), "a=simulcast:recv 1;;2"));
    expect(peer.outcome("v").remote!.simulcastToSend).toEqual([]);
  });
});
