/** What two sessions make of a path that loses packets. */
import { describe, expect, test } from "vitest";
import { type CongestionControlFeedback, decodeCompound, type RtcpPacket } from "../rtcp/index.ts";
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
    const [inbound] = pair.z.snapshot(pair.now).inbound;
    expect(inbound!.counters).toMatchObject({ nackCount: 0, packetsLost: 0 });
    // Announced, though nothing has come on it (webrtc-stats §8.4).
    expect(inbound!.rtxSsrc).toBe(101);
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
    expect(pair.a.snapshot(pair.now).outbound[0]!.counters.retransmittedPacketsSent).toBe(repeated);
  });
});

describe("forward error correction", () => {
  const ALONE = format(96, "video/VP8", ["nack pli"]);
  const IN_RED = [ALONE, format(98, "video/red"), format(99, "video/ulpfec")];
  const BESIDE = [ALONE, format(100, "video/flexfec-03")];

  /** Frames that came out of 10 seconds. */
  function framesOf(formats: PayloadFormat[], seed: number): { pair: SessionPair; part: number } {
    const pair = pairOf("video", formats, { seed, loss: 0.05 });
    const times = pair.sendVideo(1, 10, 4000);
    pair.run(500);
    return { pair, part: pair.arrivals.length / times.length };
  }

  test.each([
    { name: "ULPFEC in RED (RFC 5109)", formats: IN_RED },
    { name: "flexfec-03", formats: BESIDE },
  ])("$name alone, at 5 % loss: most of what is lost is given back, and frames flow", ({ formats }) => {
    for (const seed of [1, 2]) {
      const plain = framesOf([ALONE], seed);
      const { pair, part } = framesOf(formats, seed);
      expect(part, `seed ${seed}`).toBeGreaterThan(0.8);
      expect(part, `seed ${seed}`).toBeGreaterThan(plain.part + 0.1);
      expect(stall(pair)).toBeLessThan(2000);
      const { fecPacketsReceived, fecPacketsDiscarded } = pair.z.snapshot(pair.now).inbound[0]!.counters;
      expect(fecPacketsReceived).toBeGreaterThan(50);
      expect(fecPacketsDiscarded).toBeLessThan(fecPacketsReceived!);
    }
  });

  test("where asking again is quick, nothing is added; on a long way it goes along (RFC 8854)", () => {
    const formats = [
      VP8,
      RTX,
      format(98, "video/red"),
      format(99, "video/ulpfec"),
      format(101, "video/rtx", [], "apt=98"),
    ];
    for (const [latency, adds] of [
      [20, false],
      [100, true],
    ] as const) {
      const pair = pairOf("video", formats, { seed: 3, loss: 0.05, latency });
      const times = pair.sendVideo(1, 10, 4000);
      pair.run(1000);
      const { fecPacketsReceived } = pair.z.snapshot(pair.now).inbound[0]!.counters;
      expect(fecPacketsReceived! > 0, `${latency} ms`).toBe(adds);
      expect(pair.arrivals.length).toBeGreaterThan(times.length * 0.97);
    }
  });
});

describe("redundant audio (RFC 2198)", () => {
  const OPUS = format(111, "audio/opus", ["transport-cc"]);
  const RED = format(63, "audio/red", [], "111/111");

  function concealed(pair: SessionPair): number {
    const { audio } = pair.z.snapshot(pair.now).inbound[0]!;
    return audio!.concealedSamples! / audio!.totalSamplesReceived!;
  }

  test("goes out where it is preferred, or once losses are reported: at 10 % loss less than 1 % is missing", () => {
    const preferred = pairOf("audio", [RED, OPUS], { seed: 1 });
    preferred.sendAudio(1, 1);
    expect(viewOf(preferred.sent[10]!).payloadType).toBe(63);
    for (const seed of [1, 2, 3]) {
      const pair = pairOf("audio", [OPUS, RED], { seed });
      pair.sendAudio(1, 1);
      expect(new Set(pair.sent.map((bytes) => viewOf(bytes).payloadType))).toEqual(new Set([111]));
      pair.loss = 0.1;
      pair.sendAudio(1, 15);
      const before = pair.z.snapshot(pair.now).inbound[0]!.audio!;
      pair.sendAudio(1, 30);
      const after = pair.z.snapshot(pair.now).inbound[0]!.audio!;
      const missing = after.concealedSamples! - before.concealedSamples!;
      expect(missing / (30 * 48_000), `seed ${seed}`).toBeLessThan(0.01);
      expect(viewOf(pair.sent.at(-1)!).payloadType).toBe(63);
      expect(pair.z.snapshot(pair.now).inbound[0]!.counters.fecPacketsReceived).toBeGreaterThan(500);
    }
    const without = pairOf("audio", [OPUS], { seed: 1, loss: 0.1 });
    without.sendAudio(1, 20);
    expect(concealed(without)).toBeGreaterThan(0.05);
  });

  test("what comes out is what went in, in order, whatever came in which packet", () => {
    const pair = pairOf("audio", [RED, OPUS], { seed: 5, loss: 0.1, jitter: 30 });
    pair.sendAudio(1, 20);
    pair.run(1000);
    const timestamps = pair.arrivals.map(({ frame }) => frame.timestamp);
    const first = timestamps[0]!;
    expect(timestamps).toEqual([...timestamps].sort((x, y) => x - y));
    for (const { frame } of pair.arrivals) {
      const number = (frame.timestamp - first) / 20_000 + pair.arrivals[0]!.frame.data[1]!;
      expect(frame.data).toHaveLength(80);
      expect(frame.data[1]).toBe(number & 0xff);
    }
  });

  test("where packets are only passed on, those that were lost are passed on, too", () => {
    for (const seed of [1, 2, 3]) {
      const pair = pairOf("audio", [RED, OPUS], { seed, loss: 0.05 });
      pair.z.want(1, false, true);
      pair.sendAudio(1, 30);
      pair.run(100);
      const numbers = pair.passedOn.map(({ sequenceNumber }) => sequenceNumber);
      expect(new Set(numbers).size, `seed ${seed}`).toBe(numbers.length);
      expect(numbers.length, `seed ${seed}`).toBeGreaterThan(30 * 50 * 0.985);
      const first = pair.passedOn[0]!;
      for (const { sequenceNumber, timestamp, payload, mimeType } of pair.passedOn) {
        const ahead = sequenceNumber - first.sequenceNumber;
        expect((timestamp - first.timestamp) | 0, `seed ${seed}`).toBe(ahead * 960);
        expect([mimeType, payload[1]]).toEqual(["audio/opus", (first.payload[1]! + ahead) & 0xff]);
      }
      const { fecPacketsReceived, fecPacketsDiscarded } = pair.z.snapshot(pair.now).inbound[0]!.counters;
      expect(fecPacketsReceived! - fecPacketsDiscarded!, `seed ${seed}`).toBeGreaterThan(50);
    }
  });
});

describe("the jitter buffer", () => {
  test("delay follows jitter, jitterBufferTarget is its floor, and statistics tell (webrtc-pc §5.3)", () => {
    const average = (pair: SessionPair) => {
      const { jitterBufferDelay, jitterBufferEmittedCount } = pair.z.snapshot(pair.now).inbound[0]!.counters;
      return (jitterBufferDelay! / jitterBufferEmittedCount!) * 1000;
    };
    const calm = pairOf("video", [VP8, RTX], { seed: 1 });
    calm.sendVideo(1, 10, 4000);
    expect(average(calm)).toBeLessThan(5);
    const shaky = pairOf("video", [VP8, RTX], { seed: 1, jitter: 80 });
    shaky.sendVideo(1, 20, 1000);
    expect(average(shaky)).toBeGreaterThan(20);
    expect(average(shaky)).toBeLessThan(100);
    const held = pairOf("video", [VP8, RTX], { seed: 1 });
    held.z.setTarget(1, 300);
    held.sendVideo(1, 10, 4000);
    expect(average(held)).toBeGreaterThan(285);
    expect(average(held)).toBeLessThan(310);
  });

  test("captured together, audio and video have capture times of one clock (RFC 3550 §6.4.1)", () => {
    const video = oneWay("video", [VP8, RTX], 1);
    const audio = oneWay("audio", [format(111, "audio/opus")], 2);
    const pair = new SessionPair([video.sender, audio.sender], [video.receiver, audio.receiver], { seed: 2 });
    for (let i = 0; i < 300; i++) {
      const captured = pair.now;
      const data = new Uint8Array(500).fill(i);
      data[0] = i === 0 ? 0x10 : 0x11;
      if (i % 2 === 0)
        pair.a.sendFrame(captured, 1, { type: i === 0 ? "key" : "delta", data, timestamp: i * 20_000 });
      pair.a.sendFrame(captured, 2, { type: "key", data: Uint8Array.of(0x78, i), timestamp: i * 20_000 });
      pair.run(20);
    }
    const late = pair.arrivals.filter(({ at }) => at > 3000);
    expect(late.length).toBeGreaterThan(100);
    for (const { frame } of late) {
      const i = frame.mimeType === "audio/opus" ? frame.data[1]! : frame.data[1]!;
      const captured =
        1_790_000_000_000 +
        [0, 256]
          .map((cycle) => (i + cycle) * 20)
          .reduce((best, time) =>
            Math.abs(1_790_000_000_000 + time - frame.captureTime!) <
            Math.abs(1_790_000_000_000 + best - frame.captureTime!)
              ? time
              : best,
          );
      expect(Math.abs(frame.captureTime! - captured)).toBeLessThan(2);
    }
  });
});

describe("what both ends learn", () => {
  test("frames per second, and how evenly they come (webrtc-stats §8.4, §8.5)", () => {
    const { sender, receiver } = oneWay("video", [format(96, "video/VP8", ["nack", "nack pli"])]);
    const pair = new SessionPair(sender, receiver, { seed: 31 });
    pair.sendVideo(1, 3, 1000);
    pair.run(30);
    const inbound = () => pair.z.snapshot(pair.now).inbound[0]!.video!;
    const rate = pair.a.snapshot(pair.now).outbound[0]!.video!.framesPerSecond!;
    expect(Math.abs(rate - 30)).toBeLessThanOrEqual(1);
    expect(Math.abs(inbound().framesPerSecond! - 30)).toBeLessThanOrEqual(1);
    expect(inbound().totalInterFrameDelay).toBeCloseTo(89 / 30, 1);
    expect(inbound().freezeCount).toBe(0);
    pair.run(1000);
    expect(inbound().framesPerSecond).toBe(0);
    pair.clockOffset = 1e6;
    pair.sendVideo(1, 1, 1000);
    pair.run(30);
    expect(inbound()).toMatchObject({ freezeCount: 1, pauseCount: 0 });
    expect(inbound().totalFreezesDuration).toBeCloseTo(1.03, 1);
  });

  test("who receives measures round trips by extended reports (RFC 3611 §4.4, §4.5)", () => {
    const { sender, receiver } = oneWay("video", [VP8]);
    const tells = { ...receiver, receive: { ...receiver.receive!, tellsReferenceTimes: true } };
    const pair = new SessionPair(sender, tells, { seed: 1, latency: 40 });
    pair.sendVideo(1, 6, 1000);
    const { remote } = pair.z.snapshot(pair.now).inbound[0]!;
    expect(remote!.counters.roundTripTime).toBeCloseTo(0.08, 2);
    expect(remote!.counters.roundTripTimeMeasurements).toBeGreaterThan(1);
    const plain = pairOf("video", [VP8], { seed: 1 });
    plain.sendVideo(1, 3, 1000);
    expect(plain.z.snapshot(plain.now).inbound[0]!.remote!.counters.roundTripTimeMeasurements).toBe(0);
  });

  test("so does who sends as well", () => {
    const video = oneWay("video", [VP8]);
    const tells = { ...video.receiver, receive: { ...video.receiver.receive!, tellsReferenceTimes: true } };
    const audio = oneWay("audio", [format(111, "audio/opus")], 2);
    const pair = new SessionPair([video.sender, audio.receiver], [tells, audio.sender], {
      seed: 1,
      latency: 40,
    });
    for (let i = 0; i < 300; i++) {
      pair.z.sendFrame(pair.now, 2, { type: "key", data: Uint8Array.of(0x78, i), timestamp: i * 20_000 });
      if (i % 50 === 0) pair.sendVideo(1, 1, 1000);
      pair.run(20);
    }
    const [inbound] = pair.z.snapshot(pair.now).inbound;
    expect(inbound!.remote!.counters.roundTripTime).toBeCloseTo(0.08, 2);
    expect(inbound!.remote!.counters.roundTripTimeMeasurements).toBeGreaterThan(1);
  });

  test("arrivals are told by RTP sequence numbers where that was agreed on (RFC 8888)", () => {
    const { sender, receiver } = oneWay("video", [
      { ...VP8, rtcpFeedback: ["nack", "nack pli", "ack ccfb"] },
    ]);
    const told: CongestionControlFeedback[] = [];
    const pair = new SessionPair(sender, receiver, { seed: 1 });
    const handle = pair.a.handleRtcp.bind(pair.a);
    pair.a.handleRtcp = (now, datagram) => {
      for (const packet of decodeCompound(datagram) as RtcpPacket[])
        if (packet.type === "congestion-control-feedback") told.push(packet);
      handle(now, datagram);
    };
    pair.sendVideo(1, 3, 1000);
    pair.run(300);
    const numbers = told.flatMap(({ streams }) =>
      streams.flatMap(({ beginSequenceNumber, metrics }) =>
        [...metrics].map((_, i) => (beginSequenceNumber + i) & 0xffff),
      ),
    );
    expect(numbers).toEqual(pair.sent.map((bytes) => viewOf(bytes).sequenceNumber));
    const { inbound, ccfb } = pair.z.snapshot(pair.now);
    expect(ccfb).toEqual({ sent: told.length, received: 0 });
    expect(inbound[0]!.counters).toMatchObject({
      packetsReportedAsLost: 0,
      packetsReportedAsLostButRecovered: 0,
    });
    expect(pair.a.snapshot(pair.now).ccfb).toEqual({ sent: 0, received: told.length });
  });

  test("where it was not, nothing is counted of it (webrtc-stats §5)", () => {
    const pair = pairOf("video", [VP8], { seed: 1 });
    pair.sendVideo(1, 1, 1000);
    const { inbound, ccfb } = pair.z.snapshot(pair.now);
    expect([ccfb, inbound[0]!.counters.packetsReportedAsLost]).toEqual([undefined, undefined]);
  });
});

describe("after an outage of five seconds", () => {
  /** Video for three seconds, an outage, and three seconds more: what came, and how old it was. */
  function outage(begin: (pair: SessionPair) => void, end: (pair: SessionPair) => void) {
    const pair = pairOf("video", [VP8], { seed: 4, latency: 25 });
    const sent = pair.sendVideo(1, 3, 2000);
    begin(pair);
    sent.push(...pair.sendVideo(1, 5, 2000));
    end(pair);
    const over = pair.now;
    sent.push(...pair.sendVideo(1, 3, 2000));
    pair.run(500);
    const after = pair.arrivals
      .filter(({ at }) => at >= over)
      .map(({ at, frame }) => ({
        at: at - over,
        age: at - sent[Math.round((frame.timestamp * 30) / 1e6) % sent.length]!,
        type: frame.type,
      }));
    return { after, oldest: Math.max(...after.map(({ age }) => age)) };
  }

  test.each([
    [
      "that loses everything",
      (pair: SessionPair) => {
        pair.loss = 1;
      },
      (pair: SessionPair) => {
        pair.loss = 0;
      },
    ],
    [
      "that holds everything up in a queue",
      (pair: SessionPair) => {
        pair.heldUntil = pair.now + 5000;
      },
      () => {},
    ],
    [
      "in which nothing could leave",
      (pair: SessionPair) => {
        pair.cut = true;
      },
      (pair: SessionPair) => {
        pair.cut = false;
      },
    ],
  ])("%s, no frame is given out that is too old, and a key frame comes at once", (_name, begin, end) => {
    const { after, oldest } = outage(begin, end);
    expect(oldest).toBeLessThan(2000);
    const first = after.find(({ type }) => type === "key")!;
    expect(first.at).toBeLessThan(500);
    // And from there on all that is sent.
    expect(after.filter(({ at }) => at > first.at).length).toBeGreaterThan(65);
  });
});
