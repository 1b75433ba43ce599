import { describe, expect, test } from "vitest";
import { MAX_MEDIA_DESCRIPTIONS } from "../sdp/index.ts";
import { outcome, TestPeer } from "./jsep.testing.ts";

const TRANSPORT = [
  "a=ice-ufrag:abcd",
  "a=ice-pwd:abcdefghijklmnopqrstuvwx",
  `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
  "a=setup:actpass",
];

function offer(group: readonly string[], ...lines: string[]): string {
  const session = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", `a=group:BUNDLE ${group.join(" ")}`];
  return [...session, ...TRANSPORT, ...lines].map((line) => `${line}\r\n`).join("");
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Sets, answers and offers again; milliseconds of this process, whatever else the machine does. */
function timeOf(sdp: string): number {
  const peer = new TestPeer(1).acceptMedia();
  const start = process.cpuUsage();
  peer.setRemote("offer", sdp);
  peer.setLocal("answer");
  peer.createOffer();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const VIDEO = ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:v", "a=rtcp-mux", "a=rtpmap:96 VP8/90000"];
/** Much more than it takes, much less than what is quadratic in lines would take. */
const PATIENCE = 2500;

describe("descriptions made to keep us busy", () => {
  test.each([
    ["rids", (i: number) => `a=rid:r${i} recv`],
    ["rtpmaps", (i: number) => `a=rtpmap:${i % 128} x${i}/90000`],
    ["parameters", (i: number) => `a=fmtp:96 a${i}=1`],
    ["feedback", (i: number) => `a=rtcp-fb:* x${i}`],
    ["header extensions", (i: number) => `a=extmap:${1 + (i % 255)} urn:x${i}`],
    ["sources", (i: number) => `a=ssrc:${i} cname:c`],
    ["source groups", (i: number) => `a=ssrc-group:FID ${i} ${i + 1}`],
    ["streams", (i: number) => `a=msid:s${i} t`],
  ])("9000 lines of %s", (_, line) => {
    expect(timeOf(offer(["v"], ...VIDEO, ...numbers(9000).map(line)))).toBeLessThan(PATIENCE);
  });

  test("a simulcast line with 30000 streams", () => {
    const streams = numbers(30_000).map((i) => `r${i}`);
    const lines = [...VIDEO, "a=rid:r1 recv", `a=simulcast:recv ${streams.join(";")}`];
    expect(timeOf(offer(["v"], ...lines))).toBeLessThan(PATIENCE);
  });

  test.each(["video", "data"])("as many %s sections as there may be", (kind) => {
    const mids = numbers(MAX_MEDIA_DESCRIPTIONS).map(String);
    const section = (mid: string) =>
      kind === "data"
        ? ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", `a=mid:${mid}`, "a=sctp-port:5000"]
        : VIDEO.map((line) => line.replace("mid:v", `mid:${mid}`));
    expect(timeOf(offer(mids, ...mids.flatMap(section)))).toBeLessThan(PATIENCE);
  });

  test.each([
    ["a=rtpmap:96 VP8", 14],
    ["a=extmap:0 urn:x", 14],
    ["a=msid:a b c", 14],
    ["a=ssrc:4294967296 cname:x", 14],
    ["a=rtcp-fb:200 nack", 14],
  ])("%s is refused with its line", (line, number) => {
    const result = new TestPeer(1).acceptMedia().tryRemote("offer", offer(["v"], ...VIDEO, line));
    expect(outcome(result)).toBe("RTCError");
    expect(result).toMatchObject({ sdpLineNumber: number });
  });
});
