import { describe, expect, test } from "vitest";
import { attributeValues, negotiate, sectionsOf, TestPeer } from "./jsep.testing.ts";

function pair(): [offerer: TestPeer, answerer: TestPeer] {
  const ends: [TestPeer, TestPeer] = [new TestPeer(1).acceptMedia(), new TestPeer(2).acceptMedia()];
  ends[0].addTransceiver("audio");
  ends[0].addTransceiver("video");
  return ends;
}

describe("transports of bundled media", () => {
  test("an ICE restart gives new credentials once, for the whole bundle", () => {
    const [a, z] = pair();
    negotiate(a, z);
    const before = attributeValues(a.localSdp, "ice-ufrag");
    const offer = a.setLocal("offer", a.createOffer(true));
    expect(a.effectTypes()).toEqual(["restart-ice", "gather"]);
    expect(new Set(attributeValues(offer, "ice-ufrag")).size).toBe(1);
    expect(attributeValues(offer, "ice-ufrag")[0]).not.toBe(before[0]);
    z.setRemote("offer", offer);
    a.setRemote("answer", z.setLocal("answer"));
    expect(a.effectTypes()).toContain("set-remote-ice-parameters");
  });

  test("candidates stand in the tagged section and are placed there (RFC 9143 §7.1.3)", () => {
    const [a, z] = pair();
    negotiate(a, z);
    z.gather(1, 5000);
    z.gatheringComplete(1);
    const counts = sectionsOf(z.localSdp).map(
      (lines) => lines.filter((line) => /^a=(candidate|end-of)/.test(line)).length,
    );
    expect(counts).toEqual([2, 0, 0]);
  });

  test("when the tagged section goes, the next one has its transport and candidates", () => {
    const [a, z] = pair();
    negotiate(a, z);
    a.gather(1, 5000);
    a.change(1, { stopping: true });
    const sections = sectionsOf(a.setLocal("offer", a.createOffer()));
    expect(attributeValues(a.localSdp, "group")).toEqual(["BUNDLE 1 2"]);
    expect(sections[1]!.some((line) => line.startsWith("a=candidate:"))).toBe(true);
    // Browsers replace the transport, RFC 9143 §7.2 does not: we go on, and are prepared.
    expect(a.effectTypes()).toEqual(["expect-succession"]);
    z.setRemote("offer", a.localSdp);
    expect(z.effectTypes()).toContain("expect-succession");
    a.setRemote("answer", z.setLocal("answer"));
    expect([a, z].map((peer) => [...peer.state.agreed.transports.keys()])).toEqual([[1], [1]]);
    expect(a.outcome("0").rejected).toBe(true);
  });

  test("a new section that becomes the tag has the transport of its bundle, told by the credentials (RFC 9143 §7.5.1)", () => {
    const [a, z] = [new TestPeer(1).acceptMedia(), new TestPeer(2).acceptMedia()];
    const audio = a.addTransceiver("audio");
    negotiate(a, z);
    a.change(audio, { stopping: true });
    negotiate(a, z);
    a.addTransceiver("video");
    a.effectTypes();
    z.effectTypes();
    const offer = a.setLocal("offer");
    expect(attributeValues(offer, "group")).toEqual(["BUNDLE 1 2"]);
    z.setRemote("offer", offer.replace("BUNDLE 1 2", "BUNDLE 2 1"));
    expect(z.effectTypes()).toEqual(["expect-succession"]);
    a.setRemote("answer", z.setLocal("answer"));
    for (const peer of [a, z]) {
      expect(peer.state.agreed.slots.map(({ transport }) => transport)).toEqual([undefined, 1, 1]);
      // Browsers that make another section the tag make another transport, too.
      expect(peer.effectTypes()).toEqual(["expect-succession"]);
    }
  });

  test("candidates that come between createOffer and setLocalDescription follow the tag", () => {
    const [a, z] = pair();
    negotiate(a, z);
    a.change(1, { stopping: true });
    const offer = a.createOffer();
    a.gather(1, 5000);
    a.setLocal("offer", offer);
    const candidates = sectionsOf(a.localSdp).map((lines) => lines.some((line) => /^a=cand/.test(line)));
    expect(candidates).toEqual([false, true, false]);
  });

  test("when another section goes, nobody replaces the transport", () => {
    const [a, z] = pair();
    negotiate(a, z);
    a.change(2, { stopping: true });
    z.setRemote("offer", a.setLocal("offer", a.createOffer()));
    expect([...a.effectTypes(), ...z.effectTypes()]).not.toContain("expect-succession");
  });

  test("we control when the peer is lite (RFC 8445 §6.1.1), whoever offers", () => {
    const [a, z] = pair();
    const lite = (sdp: string) => sdp.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n");
    z.setRemote("offer", lite(a.setLocal("offer")));
    expect(z.effect("create-transport")?.controlling).toBe(true);
    a.setRemote("answer", lite(z.setLocal("answer")));
    expect(a.effect("set-remote-ice-parameters")?.lite).toBe(true);
  });
});

describe("provisional answers with media (RFC 9429 §4.1.10)", () => {
  test("have outcomes at both ends, and may differ from the final one", () => {
    const [a, z] = pair();
    z.setRemote("offer", a.setLocal("offer"));
    const id = z.outcome("0").transceiver!;
    a.setRemote("pranswer", z.setLocal("pranswer"));
    expect(a.outcome("0")).toMatchObject({ direction: "sendonly", rejected: false });
    expect(z.outcome("0")).toMatchObject({ direction: "recvonly", rejected: false });
    z.change(id, { direction: "sendrecv" });
    a.setRemote("answer", z.setLocal("answer"));
    expect(a.outcome("0").direction).toBe("sendrecv");
    expect(z.outcome("0").direction).toBe("sendrecv");
  });

  test("one that rejects a section does not give it up yet", () => {
    const [a, z] = pair();
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.setLocal("answer");
    const rejecting = answer.replace("m=video 9", "m=video 0").replace("BUNDLE 0 1 2", "BUNDLE 0 2");
    a.setRemote("pranswer", rejecting);
    expect(a.outcome("1")).toMatchObject({ rejected: true, transceiver: 2 });
    a.setRemote("answer", answer);
    expect(a.outcome("1")).toMatchObject({ rejected: false, transceiver: 2, transport: 1 });
  });
});

describe("glare (webrtc-pc §4.4.2)", () => {
  test("a rolled back offer's transceivers are free for the other offer", () => {
    const [a, z] = pair();
    const id = z.addTransceiver("audio", { addedByAddTrack: true });
    z.setLocal("offer");
    const offer = a.setLocal("offer");
    z.setLocal("rollback");
    expect(z.dissociated).toEqual([id]);
    z.setRemote("offer", offer);
    expect(z.outcome("0")).toMatchObject({ transceiver: id, create: false });
    a.setRemote("answer", z.setLocal("answer"));
    expect(a.outcome("0").direction).toBe("sendrecv");
  });
});

test("a header extension id keeps its meaning when its section is gone (RFC 8285 §6)", () => {
  const [a, z] = [new TestPeer(1).acceptMedia(), new TestPeer(2).acceptMedia()];
  const extensions = () =>
    attributeValues(a.createOffer(), "extmap").map((value) => value.split(" ", 2) as [string, string]);
  const video = a.addTransceiver("video");
  const before = new Map(extensions());
  negotiate(a, z);
  a.change(video, { stopping: true });
  negotiate(a, z);
  a.addTransceiver("audio");
  const after = extensions();
  expect(after.length).toBeGreaterThan(2);
  for (const [id, uri] of after) expect(before.get(id) ?? uri).toBe(uri);
  expect(new Set(after.map(([id]) => id)).size).toBe(after.length);
});

describe("numbers that a peer has given two meanings (RFC 9143 §9.1 forbids it, stacks do it)", () => {
  const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";
  const LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
  const SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
  const transport = [
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    "a=setup:actpass",
  ];
  const sdp = [
    ...["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1", ...transport],
    ...["m=audio 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0", "a=rtcp-mux", "a=rtpmap:96 opus/48000/2"],
    ...[`a=extmap:1 ${MID}`, `a=extmap:2 ${LEVEL}`],
    ...["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=rtcp-mux", "a=rtpmap:96 VP8/90000"],
    ...[`a=extmap:1 ${SEND_TIME}`, `a=extmap:3 ${MID}`],
  ];
  const numbersOf = (lines: readonly string[]) =>
    lines.filter((line) => /^a=(extmap|rtpmap:96)/.test(line)).map((line) => line.split(" ", 2).join(" "));

  test("each section keeps its own, and what is added is free in the section", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    peer.setRemote("offer", sdp.map((line) => `${line}\r\n`).join(""));
    const answered = sectionsOf(peer.setLocal("answer")).map(numbersOf);
    expect(answered).toEqual([
      [`a=extmap:1 ${MID}`, `a=extmap:2 ${LEVEL}`, "a=rtpmap:96 opus/48000/2"],
      [`a=extmap:1 ${SEND_TIME}`, `a=extmap:3 ${MID}`, "a=rtpmap:96 VP8/90000"],
    ]);
    expect(peer.outcome("1").receive!.headerExtensions.map(({ id, uri }) => [id, uri])).toEqual([
      [1, SEND_TIME],
      [3, MID],
    ]);
    const offered = sectionsOf(peer.createOffer());
    for (const [index, lines] of offered.entries()) {
      expect(numbersOf(lines)).toEqual(expect.arrayContaining(answered[index]!));
      for (const name of ["extmap", "rtpmap"]) {
        const numbers = lines
          .filter((line) => line.startsWith(`a=${name}:`))
          .map((line) => line.split(/[: ]/)[1]);
        expect(new Set(numbers).size).toBe(numbers.length);
      }
    }
  });
});
