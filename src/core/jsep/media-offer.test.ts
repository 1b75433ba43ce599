import { describe, expect, test } from "vitest";
import { attributeValues, negotiate, sectionsOf, TestPeer } from "./jsep.testing.ts";

function offering(...kinds: ("audio" | "video")[]): TestPeer {
  const peer = new TestPeer(1, false).acceptMedia();
  for (const kind of kinds) peer.addTransceiver(kind);
  return peer;
}

function heads(sdp: string): string[] {
  return sectionsOf(sdp).map(([head]) => head!.split(" ").slice(0, 2).join(" "));
}

describe("initial offers with media (RFC 9429 §5.2.1)", () => {
  test("have a section for each transceiver in order, then the data section", () => {
    const peer = offering("video", "audio");
    peer.local = { ...peer.local, dataChannels: true };
    const sdp = peer.createOffer();
    expect(heads(sdp)).toEqual(["m=video 9", "m=audio 9", "m=application 9"]);
    expect(attributeValues(sdp, "mid")).toEqual(["0", "1", "2"]);
    expect(attributeValues(sdp, "group")).toEqual(["BUNDLE 0 1 2", "LS 0 1"]);
  });

  test("leave out stopped transceivers that have no section", () => {
    const peer = offering("audio", "video");
    peer.change(1, { stopping: true, stopped: true });
    expect(heads(peer.createOffer())).toEqual(["m=video 9"]);
  });

  test.each(["sendrecv", "sendonly", "recvonly", "inactive"] as const)(
    "have the transceiver's direction: %s",
    (direction) => {
      const peer = new TestPeer(1, false).acceptMedia();
      peer.addTransceiver("audio", { direction, streamIds: ["a", "b"] });
      const [lines] = sectionsOf(peer.createOffer());
      expect(lines).toContain(`a=${direction}`);
      const sends = direction.startsWith("send");
      expect(lines!.filter((line) => line.startsWith("a=msid:"))).toEqual(
        sends ? ["a=msid:a", "a=msid:b"] : [],
      );
    },
  );

  test("say with a=msid:- that a track is in no stream (RFC 8830 §2), with its id if there is one", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    peer.addTransceiver("audio", { streamIds: [], trackId: "t" });
    expect(attributeValues(peer.createOffer(), "msid")).toEqual(["- t"]);
  });

  test("follow codec preferences and leave out the rest", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    peer.addTransceiver("audio", {
      codecPreferences: [
        { mimeType: "audio/PCMU", clockRate: 8000, channels: 1 },
        { mimeType: "audio/OPUS", clockRate: 48000, channels: 2 },
      ],
    });
    const sdp = peer.createOffer();
    expect(sectionsOf(sdp)[0]![0]).toBe("m=audio 9 UDP/TLS/RTP/SAVPF 0 111");
  });

  test("have rtx for each video codec, and none if preferences leave it out", () => {
    const peer = offering("video");
    const rtx = attributeValues(peer.createOffer(), "rtpmap").filter((map) => map.includes("rtx"));
    const apts = attributeValues(peer.createOffer(), "fmtp").filter((value) => value.includes("apt="));
    expect(rtx.length).toBeGreaterThan(5);
    expect(apts).toHaveLength(rtx.length);
    peer.change(1, { codecPreferences: [{ mimeType: "video/VP8", clockRate: 90000 }] });
    expect(attributeValues(peer.createOffer(), "rtpmap")).toEqual(["96 VP8/90000"]);
  });

  test("give a number one meaning in the whole bundle (RFC 9143 §9.1)", () => {
    const sdp = offering("audio", "video", "audio", "video").createOffer();
    const meanings = new Map<string, string>();
    for (const name of ["rtpmap", "extmap"]) {
      for (const value of attributeValues(sdp, name)) {
        const [number, meaning] = value.split(" ") as [string, string];
        expect(meanings.get(name + number) ?? meaning).toBe(meaning);
        meanings.set(name + number, meaning);
      }
    }
  });

  test("ask for rtcp-mux, and for nothing else if the policy is require", () => {
    const peer = offering("audio");
    expect(peer.createOffer()).toContain("a=rtcp-mux\r\na=rtcp-mux-only\r\n");
    peer.local = { ...peer.local, rtcpMuxPolicy: "negotiate" };
    expect(peer.createOffer()).not.toContain("a=rtcp-mux-only");
    peer.setLocal("offer");
    expect(peer.effect("create-transport")?.rtcp).toBe(true);
  });

  test("offer simulcast when there are several rids (RFC 8853 §5.1), and one rid without", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    const encodings = ["h", "l"].map((rid) => ({ rid, active: true }));
    const id = peer.addTransceiver("video", { encodings });
    const sdp = peer.createOffer();
    expect(attributeValues(sdp, "rid")).toEqual(["h send", "l send"]);
    expect(attributeValues(sdp, "simulcast")).toEqual(["send h;l"]);
    peer.change(id, { encodings: [{ rid: "h", active: true }] });
    expect(attributeValues(peer.createOffer(), "rid")).toEqual(["h send"]);
    expect(attributeValues(peer.createOffer(), "simulcast")).toEqual([]);
    peer.change(id, { encodings, direction: "recvonly" });
    expect(attributeValues(peer.createOffer(), "rid")).toEqual([]);
  });

  test("announce sources with cname, retransmission and msid (RFC 5576)", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    peer.local = { ...peer.local, cname: "name" };
    peer.addTransceiver("video", { sources: [{ ssrc: 1, rtxSsrc: 2 }], streamIds: ["s"], trackId: "t" });
    const sdp = peer.createOffer();
    expect(attributeValues(sdp, "ssrc-group")).toEqual(["FID 1 2"]);
    expect(attributeValues(sdp, "ssrc")).toEqual([
      "1 cname:name",
      "1 msid:s t",
      "2 cname:name",
      "2 msid:s t",
    ]);
  });

  test("announce the repair flow where its format is offered (RFC 5956 §4.3)", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    peer.local = { ...peer.local, cname: "name" };
    const sources = [{ ssrc: 1, rtxSsrc: 2, fecSsrc: 3 }];
    const id = peer.addTransceiver("video", { sources });
    expect(attributeValues(peer.createOffer(), "ssrc-group")).toEqual(["FID 1 2", "FEC-FR 1 3"]);
    peer.change(id, { codecPreferences: [{ mimeType: "video/VP8", clockRate: 90_000 }] });
    const sdp = peer.createOffer();
    expect(attributeValues(sdp, "ssrc-group")).toEqual([]);
    expect(attributeValues(sdp, "ssrc")).toEqual(["1 cname:name"]);
  });
});

describe("bundle policies (RFC 9429 §4.1.1, §5.2.1)", () => {
  test.each([
    ["max-compat", ["m=audio 9", "m=audio 9", "m=video 9", "m=application 9"], 4],
    ["balanced", ["m=audio 9", "m=audio 0", "m=video 9", "m=application 9"], 3],
    ["max-bundle", ["m=audio 9", "m=audio 0", "m=video 0", "m=application 0"], 1],
  ] as const)("%s", (bundlePolicy, expected, transports) => {
    const peer = offering("audio", "audio", "video");
    peer.local = { ...peer.local, bundlePolicy, dataChannels: true };
    const sdp = peer.setLocal("offer", peer.createOffer());
    expect(heads(sdp)).toEqual(expected);
    for (const lines of sectionsOf(sdp)) {
      const bundleOnly = /^m=\w+ 0 /.test(lines[0]!);
      expect(lines.includes("a=bundle-only")).toBe(bundleOnly);
      // Firefox wants them everywhere: see session-text.ts.
      expect(lines.some((line) => line.startsWith("a=ice-ufrag"))).toBe(true);
    }
    expect(peer.effectTypes().filter((type) => type === "create-transport")).toHaveLength(transports);
    const used = new Set(peer.state.proposed!.slots.map(({ transport }) => transport));
    expect(used.size).toBe(transports);
  });

  test("an answer that bundles leaves one transport, in both ends", () => {
    const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
    negotiate(a, z);
    expect(a.effectTypes().filter((type) => type === "remove-transport")).toHaveLength(1);
    expect([...a.state.agreed.transports.keys()]).toEqual([1]);
    expect([...z.state.agreed.transports.keys()]).toEqual([1]);
    expect(a.media.map(({ transport }) => transport)).toEqual([1, 1]);
  });

  test("new sections of a bundled session rely on the bundle, others repeat its transport attributes", () => {
    const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
    negotiate(a, z);
    a.addTransceiver("video");
    const sections = sectionsOf(a.setLocal("offer", a.createOffer()));
    const transportLines = (lines: readonly string[]) =>
      lines.filter((line) => /^a=(ice-ufrag|ice-pwd|setup):/.test(line));
    const [tagged, bundled, added] = sections.map(transportLines);
    expect(tagged).toHaveLength(3);
    expect(bundled).toEqual(tagged);
    expect(added).toEqual(tagged);
    expect(sections.map((lines) => lines.includes("a=bundle-only"))).toEqual([false, false, true]);
    expect(a.effectTypes()).toEqual([]);
    expect(a.outcome("2").transport).toBe(1);
  });

  test("a peer without BUNDLE gets a transport for each section, and loses the bundle-only ones", () => {
    const [a, z] = [offering("audio", "audio", "video"), new TestPeer(2, false).acceptMedia()];
    const offer = a.setLocal("offer", a.createOffer()).replace(/a=group.*\r\n/g, "");
    z.setRemote("offer", offer.replaceAll("a=bundle-only\r\n", ""));
    z.setLocal("answer");
    expect(attributeValues(z.localSdp, "group")).toEqual([]);
    a.setRemote("answer", z.localSdp);
    expect(a.media.map(({ rejected }) => rejected)).toEqual([false, true, false]);
    expect([...a.state.agreed.transports.keys()]).toEqual([1, 2]);
    // Later they can bundle.
    negotiate(a, z);
    expect([...a.state.agreed.transports.keys()]).toEqual([1]);
    expect([...z.state.agreed.transports.keys()]).toHaveLength(1);
  });

  test("all transports have the same credentials, so that none change when sections join a bundle", () => {
    const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
    const offer = a.setLocal("offer", a.createOffer());
    expect([...a.state.proposed!.transports.keys()]).toEqual([1, 2]);
    const [fragment] = attributeValues(offer, "ice-ufrag");
    expect(attributeValues(offer, "ice-ufrag")).toEqual([fragment, fragment]);
    z.setRemote("offer", offer.replace(/a=group.*\r\n/, ""));
    z.setLocal("answer");
    expect(new Set(attributeValues(z.localSdp, "ice-ufrag")).size).toBe(1);
    a.setRemote("answer", z.localSdp);
    negotiate(a, z);
    expect(attributeValues(a.localSdp, "ice-ufrag")).toEqual([fragment, fragment]);
    expect([...a.state.agreed.transports.keys()]).toEqual([1]);
  });

  test("the candidates of a section that joins a bundle go with its transport", () => {
    const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
    a.setLocal("offer", a.createOffer());
    a.gather(1, 5001);
    a.gather(2, 5002);
    expect(attributeValues(a.localSdp, "candidate")).toHaveLength(2);
    z.setRemote("offer", a.localSdp);
    z.setLocal("answer");
    a.setRemote("answer", z.localSdp);
    expect(attributeValues(a.localSdp, "candidate").join()).toMatch(/ 5001 /);
    expect(attributeValues(a.localSdp, "candidate")).toHaveLength(1);
    expect(attributeValues(a.createOffer(), "candidate")).toHaveLength(1);
  });

  test("a section may leave its bundle later", () => {
    const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
    negotiate(a, z);
    const own = ["ice-ufrag", "ice-pwd", "setup"]
      .map((name) => `a=${name}:${attributeValues(a.createOffer(), name)[0]}\r\n`)
      .join("")
      .replace(/ufrag:..../, "ufrag:left");
    const offer = a.setLocal("offer", a.createOffer());
    const apart = offer.replace("BUNDLE 0 1", "BUNDLE 0").replace("a=mid:1\r\n", `a=mid:1\r\n${own}`);
    z.setRemote("offer", apart);
    expect(z.effectTypes()).toContain("create-transport");
    z.setLocal("answer");
    expect(new Set(z.media.map(({ transport }) => transport)).size).toBe(2);
  });
});

describe("ids of header extensions (RFC 8285 §5)", () => {
  const ids = (peer: TestPeer, section: number) =>
    Object.fromEntries(
      attributeValues(sectionsOf(peer.createOffer())[section]!.join("\r\n"), "extmap").map((map) => {
        const [id, uri] = map.split(" ");
        return [/[^/:]+$/.exec(uri!)![0], Number(id)];
      }),
    );

  test("video alone has the ids that libwebrtc gives it", () => {
    expect(ids(offering("video"), 0)).toMatchObject({
      toffset: 1,
      "abs-send-time": 2,
      mid: 9,
      "rtp-stream-id": 10,
    });
  });

  test("beside audio, ids that are taken give way to the highest free ones, as with libwebrtc", () => {
    const peer = offering("audio", "video");
    expect(ids(peer, 0)).toMatchObject({ "ssrc-audio-level": 1, "abs-send-time": 2, mid: 4 });
    expect(ids(peer, 1)).toMatchObject({ toffset: 14, "abs-send-time": 2, "video-orientation": 13, mid: 4 });
  });
});

describe("subsequent offers with media (RFC 9429 §5.2.2)", () => {
  test("reject the section of a stopped transceiver, and give its place to a new one with a new mid", () => {
    const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
    negotiate(a, z);
    a.change(2, { stopping: true });
    expect(heads(a.createOffer())).toEqual(["m=audio 9", "m=video 0"]);
    a.addTransceiver("video");
    expect(heads(a.createOffer())).toEqual(["m=audio 9", "m=video 0", "m=video 0"]);
    negotiate(a, z);
    expect(a.transceiver(2).stopped).toBe(true);
    expect(z.transceivers.map(({ stopped }) => stopped)).toEqual([false, true, false]);
    a.addTransceiver("audio");
    const sdp = a.createOffer();
    expect(heads(sdp)).toEqual(["m=audio 9", "m=audio 0", "m=video 9"]);
    expect(attributeValues(sdp, "group")).toEqual(["BUNDLE 0 2 3", "LS 0 3 2"]);
    expect(attributeValues(sdp, "mid")).toEqual(["0", "3", "2"]);
    negotiate(a, z);
    expect(a.state.agreed.slots.map(({ mid }) => mid)).toEqual(["0", "3", "2"]);
    expect(z.state.agreed.slots.map(({ mid }) => mid)).toEqual(["0", "3", "2"]);
    expect([...a.state.agreed.transports.keys()]).toEqual([1]);
    expect(a.effectTypes()).toEqual([]);
  });

  describe("a free place before all sections in use", () => {
    /** Audio is gone; its place is free, video is in use. */
    function withFreePlace(change: (sdp: string) => string = (sdp) => sdp) {
      const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
      const exchange = () => {
        z.setRemote("offer", change(a.setLocal("offer", a.createOffer())));
        a.setRemote("answer", z.setLocal("answer", z.createAnswer()));
      };
      exchange();
      a.change(1, { stopping: true });
      exchange();
      return a;
    }

    test("stays free in a bundled session: what takes it would become the tag for browsers", () => {
      const a = withFreePlace();
      a.addTransceiver("audio");
      expect(heads(a.createOffer())).toEqual(["m=audio 0", "m=video 9", "m=audio 0"]);
      expect(attributeValues(a.createOffer(), "group")[0]).toBe("BUNDLE 1 2");
    });

    test("is taken with max-compat", () => {
      const a = withFreePlace();
      a.local = { ...a.local, bundlePolicy: "max-compat" };
      a.addTransceiver("audio");
      expect(heads(a.createOffer())).toEqual(["m=audio 9", "m=video 9"]);
    });

    test("is taken when nothing else is in use any more", () => {
      const a = withFreePlace();
      a.addTransceiver("audio");
      a.change(2, { stopping: true });
      expect(heads(a.createOffer())).toEqual(["m=audio 9", "m=video 0"]);
    });

    test("is taken where sections have transports of their own, and the bundle is named after those in use", () => {
      const a = withFreePlace((sdp) => sdp.replace(/^a=group:BUNDLE.*\r\n/m, ""));
      a.addTransceiver("audio");
      expect(heads(a.createOffer())).toEqual(["m=audio 9", "m=video 9"]);
      expect(attributeValues(a.createOffer(), "group")[0]).toBe("BUNDLE 1 2");
    });
  });

  test("keep payload types and ids that the peer has chosen, and offer everything else again", () => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), offering("video")];
    const offer = z.setLocal("offer", z.createOffer());
    const renumbered = offer
      .replace(/m=video 9 UDP\/TLS\/RTP\/SAVPF .*\r\n/, "m=video 9 UDP/TLS/RTP/SAVPF 42 43\r\n")
      .replaceAll(/a=(rtpmap|fmtp|rtcp-fb):(\d+) (.*)\r\n/g, (line, name, pt, rest) => {
        if (pt === "96") return `a=${name}:42 ${rest}\r\n`;
        if (pt === "97") return `a=${name}:43 ${rest.replace("apt=96", "apt=42")}\r\n`;
        return line.slice(0, 0);
      })
      .replace(/a=extmap:\d+ urn:3gpp:video-orientation/, "a=extmap:13 urn:3gpp:video-orientation");
    a.setRemote("offer", renumbered);
    a.setLocal("answer");
    expect(sectionsOf(a.localSdp)[0]![0]).toBe("m=video 9 UDP/TLS/RTP/SAVPF 42 43");
    expect(attributeValues(a.localSdp, "extmap")).toContain("13 urn:3gpp:video-orientation");
    const again = a.createOffer();
    expect(sectionsOf(again)[0]![0]).toMatch(/SAVPF 42 43 \d+/);
    expect(attributeValues(again, "rtpmap").slice(0, 2)).toEqual(["42 VP8/90000", "43 rtx/90000"]);
    expect(attributeValues(again, "extmap")).toContain("13 urn:3gpp:video-orientation");
  });

  test("asking twice gives the same text", () => {
    const [a, z] = [offering("audio", "video"), new TestPeer(2, false).acceptMedia()];
    expect(a.createOffer()).toBe(a.createOffer());
    negotiate(a, z);
    expect(a.createOffer()).toBe(a.createOffer());
    expect(z.createOffer()).toBe(z.createOffer());
  });
});

describe("a data section that was asked for (webrtc-extensions, alwaysNegotiateDataChannels)", () => {
  const eager = (seed: number) => {
    const peer = new TestPeer(seed, false).acceptMedia();
    peer.local = { ...peer.local, dataChannelsFirst: true };
    return peer;
  };
  const kinds = (sdp: string) => sectionsOf(sdp).map(([line]) => line!.slice(2, line!.indexOf(" ")));

  test("is offered without a channel, before all others, and names the bundle", () => {
    const a = eager(1);
    a.addTransceiver("audio");
    const offer = a.createOffer();
    expect(kinds(offer)).toEqual(["application", "audio"]);
    expect(attributeValues(offer, "group")).toEqual(["BUNDLE 0 1"]);
  });

  test("is not added to a session that has begun without", () => {
    const [a, z] = [new TestPeer(1, false).acceptMedia(), eager(2)];
    a.addTransceiver("audio");
    negotiate(a, z);
    expect(kinds(z.createOffer())).toEqual(["audio"]);
  });
});
