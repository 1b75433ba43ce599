/** What two sessions make of a path that loses packets. */
import { describe, expect, test } from "vitest";
import { RtpPacketView } from "../rtp/index.ts";
import type { PayloadFormat } from "./parameters.ts";
import { format, oneWay, type PathOptions, SessionPair } from "./session-pair.testing.ts";

const VP8 = format(96, "video/VP8", ["nack", "nack pli", "ccm fir"]);
const RTX = format(97, "video/rtx", [], "apt=96");

function pairOf(kind: "audio" | "video", formats: PayloadFormat[], options: PathOptions): SessionPair {
  const { sender, receiver } = oneWay(kind, formats);
  return new SessionPair(sender, receiver, options);
}

/** Milliseconds that each frame took; frames that never came: Infinity. */
function delays(pair: SessionPair, times: readonly number[]): number[] {
  const first = pair.arrivals[0]!.frame.timestamp;
  const arrived = new Map(
    pair.arrivals.map(({ at, frame }) => [Math.round(((frame.timestamp - first) * 30) / 1e6), at]),
  );
  return times.map((at, i) => (arrived.get(i) ?? Number.POSITIVE_INFINITY) - at);
}

function stall(pair: SessionPair): number {
  return Math.max(...pair.arrivals.slice(1).map(({ at }, i) => at - pair.arrivals[i]!.at));
}

const viewOf = (bytes: Uint8Array) => {
  const view = new RtpPacketView();
  expect(view.parse(bytes)).toBeUndefined();
  return view;
};

describe("retransmission", () => {
  test("10 % loss at 50 ms: 99 % of the frames are whole within 250 ms, across the wraps (RFC 4588)", () => {
    for (const seed of [1, 2, 3]) {
      const pair = pairOf("video", [VP8, RTX], { seed, loss: 0 });
      const times = pair.sendVideo(1, 1, 4000);
      pair.loss = 0.1;
      times.push(...pair.sendVideo(1, 20, 4000));
      pair.run(500);
      const late = delays(pair, times).filter((delay) => delay > 250);
      expect(late.length / times.length, `seed ${seed}`).toBeLessThan(0.01);
    }
  });

  test("30 % loss: nothing stalls for two seconds, with key frames on request", () => {
    for (const seed of [1, 2, 3]) {
      const pair = pairOf("video", [VP8, RTX], { seed, loss: 0.3, latency: 50 });
      pair.sendVideo(1, 15, 4000);
      expect(stall(pair), `seed ${seed}`).toBeLessThan(2000);
      expect(pair.arrivals.length).toBeGreaterThan(200);
    }
  });

  test("without loss nothing waits, and nothing is asked for", () => {
    const pair = pairOf("video", [VP8, RTX], { seed: 1 });
    const times = pair.sendVideo(1, 5, 4000);
    pair.run(100);
    expect(Math.max(...delays(pair, times))).toBeLessThan(60);
    expect(pair.z.snapshot().inbound[0]!.counters).toMatchObject({ nackCount: 0, packetsLost: 0 });
  });

  test("without RTX a packet is sent again as the octets that it was (RFC 4585 §6.2.1, RFC 3711 §9.1)", () => {
    const pair = pairOf("video", [VP8], { seed: 4, loss: 0.1 });
    const times = pair.sendVideo(1, 10, 4000);
    pair.run(500);
    const bySequenceNumber = new Map<number, Uint8Array>();
    let repeated = 0;
    for (const bytes of pair.sent) {
      const { sequenceNumber, ssrc } = viewOf(bytes);
      expect(ssrc).toBe(100);
      const before = bySequenceNumber.get(sequenceNumber);
      if (before !== undefined) {
        repeated++;
        expect(bytes).toEqual(before);
      }
      bySequenceNumber.set(sequenceNumber, bytes);
    }
    expect(repeated).toBeGreaterThan(50);
    expect(pair.arrivals.length).toBeGreaterThan(times.length * 0.98);
    expect(pair.a.snapshot().outbound[0]!.counters.retransmittedPacketsSent).toBe(repeated);
  });
});
