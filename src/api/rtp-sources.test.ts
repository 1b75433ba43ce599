import { expect, test } from "vitest";
import type { ReceivedFrame } from "../core/base/media-frame.ts";
import { linearLevel, MAX_SOURCES, RtpSources, SOURCE_LIFETIME } from "./rtp-sources.ts";

const frame = (ssrc: number, csrcs: number[] = [], audioLevel?: number): ReceivedFrame => ({
  type: "key",
  data: new Uint8Array(),
  timestamp: 0,
  mimeType: "audio/opus",
  payloadType: 111,
  ssrc,
  csrcs,
  rtpTimestamp: ssrc * 960,
  receiveTime: 0,
  ...(audioLevel === undefined ? {} : { audioLevel }),
});

test("each source once, the latest first, with what its last packet said (webrtc-pc §5.3.1)", () => {
  const sources = new RtpSources();
  sources.note(frame(1, [7, 8], 20), 100);
  sources.note(frame(2), 120);
  sources.note(frame(1, [8], 127), 140);
  expect(sources.synchronization(150)).toEqual([
    { source: 1, timestamp: 140, rtpTimestamp: 960, audioLevel: 0 },
    { source: 2, timestamp: 120, rtpTimestamp: 1920 },
  ]);
  expect(sources.contributing(150).map(({ source, timestamp }) => [source, timestamp])).toEqual([
    [8, 140],
    [7, 100],
  ]);
});

test("contributors have the level that the mixer tells, and none where it tells none (webrtc-pc §5.3.1, RFC 6465)", () => {
  const sources = new RtpSources();
  const at = (source: number) => ({ source, timestamp: 100, rtpTimestamp: 960 });
  sources.note({ ...frame(1, [7, 8, 9], 20), csrcAudioLevels: [0, 127] }, 100);
  expect(sources.contributing(150)).toEqual([
    at(9),
    { ...at(8), audioLevel: 0 },
    { ...at(7), audioLevel: 1 },
  ]);
  sources.note(frame(1, [7]), 120);
  expect(sources.contributing(150)[0]).not.toHaveProperty("audioLevel");
});

test("sources say when they were captured, as far as a header extension has told it (webrtc-extensions §7.1)", () => {
  const sources = new RtpSources();
  const absoluteCaptureTime = { timestamp: 1_790_000_000_000, clockOffset: -3 };
  sources.note({ ...frame(1, [7]), absoluteCaptureTime }, 100);
  const captured = { captureTimestamp: 1_790_000_000_000 + 2_208_988_800_000, senderCaptureTimeOffset: -3 };
  expect(sources.synchronization(150)).toEqual([
    { source: 1, timestamp: 100, rtpTimestamp: 960, ...captured },
  ]);
  expect(sources.contributing(150)).toEqual([{ source: 7, timestamp: 100, rtpTimestamp: 960, ...captured }]);
  sources.note({ ...frame(1), absoluteCaptureTime: { timestamp: 1_790_000_000_020 } }, 120);
  expect(sources.synchronization(150)[0]).not.toHaveProperty("senderCaptureTimeOffset");
  sources.note(frame(1), 140);
  expect(sources.synchronization(150)[0]).not.toHaveProperty("captureTimestamp");
});

test("a source is forgotten ten seconds after its last frame", () => {
  const sources = new RtpSources();
  sources.note(frame(1), 0);
  expect(sources.synchronization(SOURCE_LIFETIME)).toHaveLength(1);
  expect(sources.synchronization(SOURCE_LIFETIME + 1)).toHaveLength(0);
});

test(`${MAX_SOURCES} sources are remembered, whatever a peer makes up`, () => {
  const sources = new RtpSources();
  for (let ssrc = 0; ssrc <= MAX_SOURCES; ssrc++) sources.note(frame(ssrc), ssrc);
  const remembered = sources.synchronization(MAX_SOURCES);
  expect([remembered.length, remembered.at(-1)!.source]).toEqual([MAX_SOURCES, 1]);
});

test("levels are linear: 0 dBov is 1, silence 0", () => {
  expect([0, 6, 20, 127].map((level) => Number(linearLevel(level).toFixed(3)))).toEqual([1, 0.501, 0.1, 0]);
});
