/** Audio and video of a sender, passed on by a node in between: how far apart they are for who receives them there. */
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../base/byte-writer.ts";
import { writeSenderReport } from "../rtcp/index.ts";
import { format, oneWay, type PathOptions, SessionPair } from "./session-pair.testing.ts";

const VP8 = format(96, "video/VP8", ["nack", "nack pli"]);
const RTX = format(97, "video/rtx", [], "apt=96");
const OPUS = format(111, "audio/opus");
const VIDEO = 1;
const AUDIO = 2;
const SSRC = { [VIDEO]: 100, [AUDIO]: 200 };

/** From a source to a node, and from the node to a receiver; the source's clock is another one. */
class Forwarding {
  readonly source: SessionPair;
  readonly next: SessionPair;
  /** Milliseconds from which on the node passes packets and reports on, and which of the sections. */
  from = 0;
  readonly passed = new Set<number>([VIDEO, AUDIO]);
  reportsArePassedOn = true;

  constructor(options: PathOptions, next: PathOptions = { seed: 99, jitter: 20 }) {
    const video = oneWay("video", [VP8, RTX], VIDEO, "stream");
    const audio = oneWay("audio", [OPUS], AUDIO, "stream");
    const sections = [
      [video.sender, audio.sender],
      [video.receiver, audio.receiver],
    ] as const;
    this.source = new SessionPair(...sections, { ahead: 12_345_678, ...options });
    this.next = new SessionPair(...sections, next);
    for (const media of [VIDEO, AUDIO]) this.source.z.want(media, false, true);
  }

  /** Frames of both, captured together, 25 and 50 a second; they say when. */
  run(seconds: number, also: readonly Forwarding[] = []): void {
    const all = [this, ...also];
    for (const end = this.source.now + seconds * 1000; this.source.now < end; ) {
      for (const each of all) each.#capture();
      for (let i = 0; i < 20; i++) {
        for (const each of all) each.source.run(1);
        for (const each of all) each.#passOn(this.next);
        this.next.run(1);
      }
    }
  }

  #capture(): void {
    const { source } = this;
    const { now } = source;
    const timestamp = now * 1000;
    if (now % 40 === 0) {
      const data = new Uint8Array(2500);
      new DataView(data.buffer).setUint32(1, now);
      data[0] = now % 1000 === 0 ? 0x10 : 0x11;
      source.a.sendFrame(now, VIDEO, { type: now % 1000 === 0 ? "key" : "delta", data, timestamp });
    }
    const data = new Uint8Array(80);
    new DataView(data.buffer).setUint32(1, now);
    data[0] = 0x78;
    source.a.sendFrame(now, AUDIO, { type: "key", data, timestamp });
  }

  #passOn({ a, now }: SessionPair): void {
    const told = this.source.told.splice(0);
    for (const event of told) {
      if (!this.passed.has(event.media)) continue;
      if (event.type === "media-packets" && now >= this.from) a.sendPackets(now, event.media, event.packets);
      if (event.type === "media-clock" && this.reportsArePassedOn) a.noteClock(event.media, event.clock);
    }
  }

  /** Of the frames given out since then: when, and when they say that they were captured, behind when they were. */
  figures(mimeType: string, since: number): { at: number[]; captureTime: number[] } {
    const frames = this.next.arrivals.filter(({ at, frame }) => at >= since && frame.mimeType === mimeType);
    const truth = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset).getUint32(1);
    return {
      at: frames.map(({ at, frame }) => at - truth(frame.data)),
      captureTime: frames.map(({ frame }) => frame.captureTime! - 1_790_000_000_000 - truth(frame.data)),
    };
  }

  /** Milliseconds by which what reports say of video is behind what they say of audio, at worst; and of giving out, in the middle. */
  skew(since: number): { ofReports: number; ofFrames: number } {
    const video = this.figures("video/VP8", since);
    const audio = this.figures("audio/opus", since);
    expect(Math.min(video.at.length, audio.at.length)).toBeGreaterThan(25);
    const ofReports = Math.max(
      Math.max(...video.captureTime) - Math.min(...audio.captureTime),
      Math.max(...audio.captureTime) - Math.min(...video.captureTime),
    );
    return { ofReports, ofFrames: median(video.at) - median(audio.at) };
  }
}

const median = (values: readonly number[]) => [...values].sort((x, y) => x - y)[values.length >> 1]!;

const VIDEO_IS_SLOW = new Map([[SSRC[VIDEO], { latency: 180, jitter: 40 }]]);
const AUDIO_IS_SLOW = new Map([[SSRC[AUDIO], { latency: 150, jitter: 20 }]]);

describe("audio and video that are passed on", () => {
  test("are in step as they were captured, whichever of them has come late, with jitter and loss on both ways", () => {
    for (const [seed, detours] of [
      [1, VIDEO_IS_SLOW],
      [2, AUDIO_IS_SLOW],
    ] as const) {
      const play = new Forwarding({ seed, jitter: 30, loss: 0.02, detours });
      play.run(8);
      const { ofReports, ofFrames } = play.skew(5000);
      expect(ofReports, `seed ${seed}`).toBeLessThan(3);
      expect(Math.abs(ofFrames), `seed ${seed}`).toBeLessThan(15);
    }
  });

  test("are as late as they have come while the source has sent no report", () => {
    const play = new Forwarding({ seed: 1, detours: VIDEO_IS_SLOW });
    play.reportsArePassedOn = false;
    play.run(4);
    expect(play.skew(2500).ofFrames).toBeGreaterThan(150);
    play.reportsArePassedOn = true;
    play.run(6);
    expect(play.skew(8000).ofReports).toBeLessThan(3);
  });

  test("stay in step where another source takes the place of one: each has its own clock", () => {
    const play = new Forwarding({ seed: 1, jitter: 20, detours: VIDEO_IS_SLOW });
    const other = new Forwarding({ seed: 2, jitter: 20, detours: AUDIO_IS_SLOW, ahead: -987_654 });
    rename(other.source);
    other.passed.clear();
    play.run(3, [other]);
    play.passed.clear();
    for (const media of [VIDEO, AUDIO]) other.passed.add(media);
    play.run(6, [other]);
    expect(play.skew(7000).ofReports).toBeLessThan(3);
  });

  test("reports that make no sense change nothing: those of the node tell when it has sent", () => {
    const play = new Forwarding({ seed: 1 });
    play.reportsArePassedOn = false;
    play.run(2);
    for (const [rtpTimestamp, capturedAt] of [
      [0x8000_0000, 0],
      [0, -1e15],
      [0xffff_ffff, 1e15],
    ] as const)
      play.next.a.noteClock(VIDEO, { ssrc: SSRC[VIDEO], rtpTimestamp, capturedAt });
    play.run(4);
    expect(play.skew(4000).ofReports).toBeLessThan(45);
  });
});

/** The second of two sources: SSRCs are chosen at random, here they are told apart on the way. */
function rename({ z }: SessionPair): void {
  const poll = z.pollEvent.bind(z);
  z.pollEvent = () => {
    const event = poll();
    if (event?.type === "media-clock")
      return { ...event, clock: { ...event.clock, ssrc: event.clock.ssrc + 7 } };
    if (event?.type === "media-packets")
      return { ...event, packets: event.packets.map((packet) => ({ ...packet, ssrc: packet.ssrc + 7 })) };
    return event;
  };
}

test("a report of a stream whose name comes behind it, in the same packet, counts for that name", () => {
  const { source } = new Forwarding({ seed: 1 });
  source.a.sendFrame(0, AUDIO, { type: "key", data: Uint8Array.of(0x78), timestamp: 0 });
  source.run(50);
  const report = new ByteWriter(new Uint8Array(100));
  const numbers = { ntpFraction: 0, rtpTimestamp: 5, packetCount: 1, octetCount: 1, reports: [] };
  writeSenderReport(report, { ssrc: SSRC[AUDIO], ntpSeconds: 3_999_000_000, ...numbers });
  source.told.length = 0;
  source.z.handleRtcp(source.now, report.written());
  source.run(1);
  const [clock] = source.told.flatMap((event) => (event.type === "media-clock" ? [event.clock] : []));
  expect(clock).toMatchObject({ ssrc: SSRC[AUDIO], rtpTimestamp: 5 });
  // It was captured when the report left, half a round trip ago.
  expect(clock!.capturedAt).toBeCloseTo(25, 0);
});
