/** Layers that are received (RFC 8853 §5.3, RFC 8851 §6), and layers with restrictions. */
import { describe, expect, test } from "vitest";
import { RID_EXTENSION } from "./codecs.ts";
import { attributeValues, negotiate, TestPeer } from "./jsep.testing.ts";
import { MAX_RECEIVED_LAYERS } from "./simulcast-layers.ts";

const EXTENSION = `a=extmap:5 ${RID_EXTENSION}`;
const VP8 = "a=rtpmap:96 VP8/90000";

function offer(...lines: string[]): string {
  const all = [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    "a=setup:actpass",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "a=mid:v",
    "a=rtcp-mux",
    ...lines,
  ];
  return all.map((line) => `${line}\r\n`).join("");
}

/** The lines about layers that `lines` are answered with. */
function answerTo(...lines: string[]): { lines: string[]; peer: TestPeer } {
  const peer = new TestPeer(1, false).acceptMedia();
  peer.setRemote("offer", offer(...lines));
  const answer = peer.setLocal("answer");
  return { lines: answer.split("\r\n").filter((line) => /^a=(rid|simulcast):/.test(line)), peer };
}

describe("an answer takes the layers that the peer sends", () => {
  test("each with what is said of it, in the peer's order", () => {
    const { lines, peer } = answerTo(
      EXTENSION,
      VP8,
      "a=rid:h send max-width=1280;max-height=720;max-fps=30",
      "a=rid:l send max-br=300000",
      "a=simulcast:send h;~l",
    );
    expect(lines).toEqual([
      "a=rid:h recv max-width=1280;max-height=720;max-fps=30",
      "a=rid:l recv max-br=300000",
      "a=simulcast:recv h;~l",
    ]);
    expect(peer.outcome("v").receive).toMatchObject({
      simulcast: true,
      layers: [
        { rid: "h", paused: false, restrictions: { maxWidth: 1280, maxHeight: 720, maxFramerate: 30 } },
        { rid: "l", paused: true, restrictions: { maxBitrate: 300_000 } },
      ],
    });
  });

  test("of alternatives the first that can be used", () => {
    const { lines } = answerTo(EXTENSION, VP8, "a=rid:2 send", "a=rid:3 send", "a=simulcast:send 1,2;3");
    expect(lines).toEqual(["a=rid:2 recv", "a=rid:3 recv", "a=simulcast:recv 2;3"]);
  });

  test("a rid alone, without simulcast (RFC 8851 §6)", () => {
    const { lines, peer } = answerTo(EXTENSION, VP8, "a=rid:1 send");
    expect(lines).toEqual(["a=rid:1 recv"]);
    expect(peer.outcome("v").receive).toMatchObject({ simulcast: false, layers: [{ rid: "1" }] });
  });

  test("not if packets do not say their rid, or nothing is received", () => {
    const simulcast = [VP8, "a=rid:1 send", "a=rid:2 send", "a=simulcast:send 1;2"];
    expect(answerTo(...simulcast).lines).toEqual([]);
    expect(answerTo(EXTENSION, ...simulcast, "a=recvonly").lines).toEqual([]);
    expect(answerTo(EXTENSION, ...simulcast).lines).toHaveLength(3);
  });

  test("not those with an unknown restriction or a format that is not there (RFC 8851 §6.3)", () => {
    const { lines } = answerTo(
      EXTENSION,
      VP8,
      "a=rid:1 send max-zoom=2",
      "a=rid:2 send pt=99",
      "a=rid:3 send max-width=x",
      "a=rid:4 send",
      "a=simulcast:send 1;2;3;4",
    );
    expect(lines).toEqual(["a=rid:4 recv", "a=simulcast:recv 4"]);
  });

  test("formats that are rejected are taken out, and layers that have no other", () => {
    const { lines } = answerTo(
      EXTENSION,
      VP8,
      "a=rtpmap:97 X/90000",
      "a=rid:1 send pt=96,97;max-fps=15",
      "a=rid:2 send pt=97",
      "a=simulcast:send 1;2",
    );
    expect(lines).toEqual(["a=rid:1 recv pt=96;max-fps=15", "a=simulcast:recv 1"]);
  });

  test(`no more than ${MAX_RECEIVED_LAYERS}`, () => {
    const layersOf = (count: number) => {
      const rids = Array.from({ length: count }, (_, index) => `r${index}`);
      const lines = rids.map((rid) => `a=rid:${rid} send`);
      return answerTo(EXTENSION, VP8, ...lines, `a=simulcast:send ${rids.join(";")}`).peer.outcome("v")
        .receive!.layers;
    };
    for (const count of [MAX_RECEIVED_LAYERS - 1, MAX_RECEIVED_LAYERS, MAX_RECEIVED_LAYERS + 1]) {
      expect(layersOf(count)).toHaveLength(Math.min(count, MAX_RECEIVED_LAYERS));
    }
  });
});

test("what was agreed on stays in offers and answers to come, from either end (RFC 9429 §5.2.2)", () => {
  const [a, z] = [new TestPeer(1, false), new TestPeer(2, false).acceptMedia()];
  a.addTransceiver("video", { encodings: ["1", "2", "3"].map((rid) => ({ rid, active: true })) });
  negotiate(a, z);
  const layers = () => [
    a.outcome("0").send!.layers.map(({ rid }) => rid),
    z.outcome("0").receive!.layers.map(({ rid }) => rid),
  ];
  expect(layers()).toEqual([
    ["1", "2", "3"],
    ["1", "2", "3"],
  ]);
  const texts = [a.localSdp, z.localSdp].map((sdp) => [
    attributeValues(sdp, "rid"),
    attributeValues(sdp, "simulcast"),
  ]);
  negotiate(z, a);
  expect(attributeValues(z.localSdp, "simulcast")).toEqual(["recv 1;2;3"]);
  expect(
    [a.localSdp, z.localSdp].map((sdp) => [attributeValues(sdp, "rid"), attributeValues(sdp, "simulcast")]),
  ).toEqual(texts);
  expect(layers()[0]).toEqual(["1", "2", "3"]);
  negotiate(a, z);
  negotiate(z, a);
  expect(layers()[1]).toEqual(["1", "2", "3"]);
});

test("the restrictions of a layer that the peer wants come with the outcome", () => {
  const { peer } = answerTo(
    EXTENSION,
    VP8,
    "a=rid:1 recv max-width=640",
    "a=rid:2 recv",
    "a=simulcast:recv 1;2",
  );
  expect(peer.outcome("v").remote!.simulcastToSend).toEqual([
    { rid: "1", paused: false, restrictions: { maxWidth: 640 } },
    { rid: "2", paused: false, restrictions: undefined },
  ]);
});
