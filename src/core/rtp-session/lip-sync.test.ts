/** Audio and video of one sender, over paths of different length. */
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../base/byte-writer.ts";
import type { EncodedFrame } from "../base/media-frame.ts";
import { writeSourceDescription } from "../rtcp/index.ts";
import { ABS_CAPTURE_TIME_URI } from "../rtp/index.ts";
import { MAX_PACKET_LENGTH } from "./limits.ts";
import { format, oneWay, type PathOptions, SessionPair } from "./session-pair.testing.ts";

const VP8 = format(96, "video/VP8", ["nack", "nack pli"]);
const RTX = format(97, "video/rtx", [], "apt=96");
const OPUS = format(111, "audio/opus");
const VIDEO = 1;
/** When the capturer's clock begins: another one than the sessions'. */
const CAPTURER = 1_700_000_000_000;
const AUDIO = 2;

function pairOf(
  options: PathOptions,
  groups: readonly (string | undefined)[] = ["stream", "stream"],
): SessionPair {
  const video = oneWay("video", [VP8, RTX], VIDEO, groups[0]);
  const audio = oneWay("audio", [OPUS], AUDIO, groups[1]);
  return new SessionPair([video.sender, audio.sender], [video.receiver, audio.receiver], options);
}

/** Frames of both, captured together, 25 and 50 a second. */
function send(pair: SessionPair, seconds: number, kinds = [AUDIO, VIDEO]): void {
  for (const end = pair.now + seconds * 1000; pair.now < end; ) {
    const timestamp = pair.now * 1000;
    const key = pair.keyFrameWanted;
    if (pair.now % 40 === 0 && kinds.includes(VIDEO)) {
      const data = new Uint8Array(2500).fill(1);
      data[0] = key ? 0x10 : 0x11;
      pair.keyFrameWanted = false;
      pair.a.sendFrame(pair.now, VIDEO, { type: key ? "key" : "delta", data, timestamp });
    }
    if (kinds.includes(AUDIO))
      pair.a.sendFrame(pair.now, AUDIO, { type: "key", data: Uint8Array.of(0x78, 1), timestamp });
    pair.run(20);
  }
}

/** How long after its capture each frame was given out since then; both clocks are the same here. */
function latencies(pair: SessionPair, mimeType: string, since: number): number[] {
  return pair.arrivals
    .filter(({ at, frame }) => at >= since && frame.mimeType === mimeType)
    .map(({ at, frame }) => at - (frame.captureTime! - 1_790_000_000_000));
}

const median = (values: readonly number[]) => [...values].sort((x, y) => x - y)[values.length >> 1]!;

/** Milliseconds that video is given out behind audio, since then. */
function skew(pair: SessionPair, since: number): number {
  return median(latencies(pair, "video/VP8", since)) - median(latencies(pair, "audio/opus", since));
}

const VIDEO_IS_SLOW = new Map([[100, { latency: 200, jitter: 0 }]]);
const AUDIO_IS_SLOW = new Map([[200, { latency: 150, jitter: 0 }]]);

describe("tracks of one stream and one sender", () => {
  test("come out in step, whichever is late, and the late one is not held (RFC 8834 §4.9)", () => {
    for (const [detours, late] of [
      [VIDEO_IS_SLOW, "video/VP8"],
      [AUDIO_IS_SLOW, "audio/opus"],
    ] as const) {
      const pair = pairOf({ seed: 1, detours });
      send(pair, 5);
      expect(Math.abs(skew(pair, 3000))).toBeLessThan(15);
      const least = 25 + Math.max(...[...detours.values()].map(({ latency }) => latency));
      expect(median(latencies(pair, late, 3000))).toBeLessThan(least + 10);
    }
  });

  test("stay in step under loss and jitter", () => {
    for (const seed of [1, 2, 3]) {
      const detours = new Map([[100, { latency: 120, jitter: 60 }]]);
      const pair = pairOf({ seed, loss: 0.05, jitter: 20, detours });
      send(pair, 12);
      // reliability: audio and video less than 45 ms apart.
      expect(Math.abs(skew(pair, 5000)), `seed ${seed}`).toBeLessThan(45);
      expect(latencies(pair, "video/VP8", 5000).length, `seed ${seed}`).toBeGreaterThan(160);
    }
  });

  test("of jitterBufferTargets the largest is used for all (webrtc-pc §5.3)", () => {
    const pair = pairOf({ seed: 1 });
    pair.z.setTarget(AUDIO, 400);
    send(pair, 4);
    expect(Math.abs(skew(pair, 3000))).toBeLessThan(15);
    expect(median(latencies(pair, "video/VP8", 3000))).toBeCloseTo(425, -1);
    pair.z.setTarget(AUDIO, undefined);
    send(pair, 2);
    expect(median(latencies(pair, "video/VP8", 5500))).toBeLessThan(50);
  });

  test("statistics tell the delay that is sought, and what of it jitter alone asks for (webrtc-stats §8.4)", () => {
    const pair = pairOf({ seed: 1, detours: VIDEO_IS_SLOW });
    send(pair, 4);
    const counters = () => pair.z.snapshot(pair.now).inbound.find(({ ssrc }) => ssrc === 200)!.counters;
    const before = counters();
    send(pair, 2);
    const after = counters();
    const samples = after.jitterBufferEmittedCount! - before.jitterBufferEmittedCount!;
    const mean = (member: "jitterBufferDelay" | "jitterBufferTargetDelay" | "jitterBufferMinimumDelay") =>
      ((after[member]! - before[member]!) / samples) * 1000;
    expect(mean("jitterBufferDelay")).toBeCloseTo(200, -1);
    expect(mean("jitterBufferTargetDelay")).toBeCloseTo(200, -1);
    expect(mean("jitterBufferMinimumDelay")).toBe(0);
    const [video, audio] = pair.z
      .snapshot(pair.now)
      .inbound.map(({ playout }) => playout!.captureTime - playout!.at);
    expect(Math.abs(video! - audio!)).toBeLessThan(15);
  });

  test("a track that falls silent holds up the other one for a while only", () => {
    const pair = pairOf({ seed: 1, detours: VIDEO_IS_SLOW });
    send(pair, 4);
    expect(median(latencies(pair, "audio/opus", 3000))).toBeGreaterThan(200);
    send(pair, 8, [AUDIO]);
    expect(median(latencies(pair, "audio/opus", 11_500))).toBeLessThan(40);
  });
});

test("sound is not held for pictures that nobody takes", () => {
  const pair = pairOf({ seed: 1, detours: VIDEO_IS_SLOW });
  pair.z.want(VIDEO, false, true);
  send(pair, 4);
  expect(median(latencies(pair, "audio/opus", 3000))).toBeLessThan(40);
});

describe("tracks whose capture times go along (abs-capture-time)", () => {
  const EXTENSIONS = [{ uri: ABS_CAPTURE_TIME_URI, id: 5 }];
  const negotiated = ({ sender, receiver }: ReturnType<typeof oneWay>) => ({
    sender: { ...sender, send: { ...sender.send!, headerExtensions: EXTENSIONS } },
    receiver: { ...receiver, receive: { ...receiver.receive!, headerExtensions: EXTENSIONS } },
  });

  test("are in step by the clock of who has captured them, whatever those in between report", () => {
    const video = negotiated(oneWay("video", [VP8, RTX], VIDEO, "stream"));
    const audio = negotiated(oneWay("audio", [OPUS], AUDIO, "stream"));
    const pair = new SessionPair([video.sender, audio.sender], [video.receiver, audio.receiver], { seed: 1 });
    // Who forwards has got the video 200 ms late, and knows nothing of it.
    const sendFrame = pair.a.sendFrame.bind(pair.a);
    const late: { at: number; frame: EncodedFrame }[] = [];
    pair.a.sendFrame = (now, media, frame) => {
      const stamped = { ...frame, absoluteCaptureTime: { timestamp: CAPTURER + now } };
      if (media === AUDIO) sendFrame(now, AUDIO, stamped);
      else late.push({ at: now + 200, frame: stamped });
      while (late.length > 0 && late[0]!.at <= now) sendFrame(now, VIDEO, late.shift()!.frame);
    };
    send(pair, 6);
    const latency = (mimeType: string) =>
      median(
        pair.arrivals
          .filter(({ at, frame }) => at > 4000 && frame.mimeType === mimeType)
          .map(({ at, frame }) => at - (frame.absoluteCaptureTime!.timestamp - CAPTURER)),
      );
    expect(latency("video/VP8")).toBeCloseTo(225, -1);
    expect(Math.abs(latency("video/VP8") - latency("audio/opus"))).toBeLessThan(15);
    const told = pair.sent.filter((packet) => (packet[0]! & 0x10) !== 0).length;
    expect(told).toBeGreaterThan(8);
    expect(told).toBeLessThan(18);
  });

  test("frames fill their packets and no more, whatever goes along", () => {
    const video = negotiated(oneWay("video", [VP8, RTX], VIDEO));
    const pair = new SessionPair(video.sender, video.receiver, { seed: 1 });
    const absoluteCaptureTime = { timestamp: CAPTURER, clockOffset: 0 };
    const data = new Uint8Array(20_000).fill(1);
    data[0] = 0x10;
    pair.a.sendFrame(0, VIDEO, { type: "key", data, timestamp: 0, rotation: 90, absoluteCaptureTime });
    pair.run(200);
    expect(pair.arrivals.map(({ frame }) => frame.absoluteCaptureTime)).toEqual([absoluteCaptureTime]);
    expect(Math.max(...pair.sent.map(({ length }) => length))).toBeLessThanOrEqual(MAX_PACKET_LENGTH);
  });
});

describe("tracks that are not of one stream and one sender", () => {
  test("are given out as they come", () => {
    for (const groups of [
      [undefined, undefined],
      ["one", "another"],
      ["one", undefined],
    ] as const) {
      const pair = pairOf({ seed: 1, detours: VIDEO_IS_SLOW }, groups);
      send(pair, 4);
      expect(skew(pair, 3000)).toBeGreaterThan(190);
    }
  });

  test("another CNAME is another sender, whose clock says nothing (RFC 3550 §6.5.1)", () => {
    const pair = pairOf({ seed: 1, detours: VIDEO_IS_SLOW });
    const description = new ByteWriter(new Uint8Array(100));
    writeSourceDescription(description, [{ ssrc: 200, items: [{ itemType: 1, text: "them" }] }]);
    const handle = pair.z.handleRtcp.bind(pair.z);
    pair.z.handleRtcp = (now, datagram) => {
      handle(now, datagram);
      handle(now, description.written());
    };
    send(pair, 4);
    expect(skew(pair, 3000)).toBeGreaterThan(190);
  });

  test("a clock that is wrong by seconds holds up nothing", () => {
    const pair = pairOf({ seed: 1, detours: new Map([[100, { latency: 2500, jitter: 0 }]]) });
    send(pair, 6);
    expect(median(latencies(pair, "audio/opus", 4000))).toBeLessThan(40);
  });
});
