/** What a peer says of its media apart from codecs (RFC 9429 §5.10). */
import { describe, expect, test } from "vitest";
import type { RemoteMedia } from "./index.ts";
import { TestPeer } from "./jsep.testing.ts";

function offer(...lines: string[]): string {
  const all = [
    ...["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE v"],
    ...["a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=setup:actpass"],
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    ...["m=video 9 UDP/TLS/RTP/SAVPF 96", ...lines, "a=mid:v", "a=rtcp-mux", "a=rtpmap:96 VP8/90000"],
  ];
  return all.map((line) => `${line}\r\n`).join("");
}

function remoteOf(...lines: string[]): RemoteMedia {
  const peer = new TestPeer(1, false).acceptMedia();
  peer.setRemote("offer", offer(...lines));
  return peer.outcome("v").remote!;
}

describe("bandwidth", () => {
  test.each([
    [["b=TIAS:256000"], 256_000],
    [["b=AS:1000"], 934_000],
    [["b=AS:1000", "b=TIAS:5"], 5],
    [["b=AS:10"], 10_000],
    [["b=AS:-1"], undefined],
    [["b=CT:1000"], undefined],
    [[], undefined],
  ] as const)("%j: %s bits per second", (lines, media) => {
    expect(remoteOf(...lines).bandwidth.media).toBe(media);
  });

  test("of RTCP (RFC 3556 §2)", () => {
    expect(remoteOf("b=RS:800", "b=RR:2400").bandwidth).toMatchObject({
      rtcpSenders: 800,
      rtcpReceivers: 2400,
    });
  });
});

test("packet times, as far as they can be read", () => {
  expect(remoteOf("a=ptime:20", "a=maxptime:60")).toMatchObject({ packetTime: 20, maxPacketTime: 60 });
  expect(remoteOf("a=ptime:0", "a=maxptime:4294967295")).toMatchObject({
    packetTime: undefined,
    maxPacketTime: undefined,
  });
});

test("image sizes that it takes, not those that it sends (RFC 9429 §3.6.2)", () => {
  const { imageSizes } = remoteOf(
    "a=imageattr:96 send [x=1920,y=1080] recv [x=[48:1280],y=[48:720],q=1.0]",
    "a=imageattr:* recv *",
    "a=imageattr:* recv [x",
  );
  expect(imageSizes).toMatchObject([{ payloadType: 96, sets: [{ width: { least: 48, most: 1280 } }] }]);
});

test("sources with their retransmissions and repair flows, and all groups (RFC 5576 §4.2, RFC 5956 §4.3)", () => {
  const { sources, sourceGroups } = remoteOf(
    "a=ssrc-group:SIM 1 2",
    "a=ssrc-group:FID 1 11",
    "a=ssrc-group:FID 2 12",
    "a=ssrc-group:FEC-FR 1 21",
    ...[1, 2, 11, 12, 21].map((ssrc) => `a=ssrc:${ssrc} cname:c`),
  );
  expect(sources).toEqual([
    { ssrc: 1, cname: "c", rtxSsrc: 11, fecSsrc: 21 },
    { ssrc: 2, cname: "c", rtxSsrc: 12, fecSsrc: undefined },
  ]);
  expect(sourceGroups[0]).toEqual({ semantics: "SIM", ssrcs: [1, 2] });
});

describe("bundle-only (RFC 9143 §6)", () => {
  const withPortZero = (sdp: string) => sdp.replace("m=video 9", "m=video 0");
  test("with port 0 in a bundle, it is offered", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    peer.setRemote("offer", withPortZero(offer("a=bundle-only")));
    expect(peer.setLocal("answer")).toContain("m=video 9 ");
  });

  test("outside of a bundle it means nothing: port 0 is port 0", () => {
    const peer = new TestPeer(1, false).acceptMedia();
    peer.setRemote("offer", withPortZero(offer("a=bundle-only")).replace("a=group:BUNDLE v\r\n", ""));
    expect(peer.setLocal("answer")).toContain("m=video 0 ");
  });

  test("in an answer it means nothing, either", () => {
    const [a, z] = [new TestPeer(1, false), new TestPeer(2, false).acceptMedia()];
    a.addTransceiver("video");
    z.setRemote("offer", a.setLocal("offer"));
    const answer = withPortZero(z.createAnswer()).replace("a=mid:0", "a=mid:0\r\na=bundle-only");
    a.setRemote("answer", answer.replace("a=group:BUNDLE 0", "a=group:BUNDLE"));
    expect(a.outcome("0").rejected).toBe(true);
  });
});
