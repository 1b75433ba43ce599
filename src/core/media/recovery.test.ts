/** Sender and receiver parts together over a lossy path, in virtual time. */
import { expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { SerialUnwrapper } from "../base/serial.ts";
import { RtpPacketView } from "../rtp/rtp-packet.ts";
import { RtpPacketBuilder } from "../rtp/rtp-packet-builder.ts";
import { videoCodec } from "./payload/registry.ts";
import { FrameBuffer } from "./receive/frame-buffer.ts";
import { NackList } from "./repair/nack-list.ts";
import { restoreRtxPacket, writeRtxPacket } from "./repair/rtx.ts";
import { SentPackets } from "./repair/sent-packets.ts";

const FRAME_INTERVAL = 33;
const MEDIA_SSRC = 0x1000;
const RTX_SSRC = 0x2000;

interface Outcome {
  /** Milliseconds from sending to leaving the buffer, by frame. */
  readonly delays: number[];
  readonly longestStall: number;
  readonly keyFrames: number;
  readonly frames: number;
  /** Which frames have left. */
  readonly numbers: number[];
  /** The first that left. */
  readonly firstFrame: number;
}

/** Runs a call of `seconds`; 25 packets of 1,200 octets for each key frame, 5 for each other. */
function call(seed: number, lossPercent: number, roundTrip: number, seconds: number): Outcome {
  const random = new SeededRandom(seed);
  const lost = () => random.uint32() % 1000 < lossPercent * 10;
  const codec = videoCodec("video/VP8")!;
  const packetizer = codec.createPacketizer(1);
  const builder = new RtpPacketBuilder();
  const sent = new SentPackets();
  const nacks = new NackList();
  const buffer = new FrameBuffer(codec.format, 90_000);
  const unwrapper = new SerialUnwrapper(16);
  const sentNumbers = new SerialUnwrapper(16);
  const view = new RtpPacketView();
  const restored = new Uint8Array(2000);
  const toReceiver: { at: number; packet: Uint8Array }[] = [];
  const toSender: { at: number; numbers: number[]; pictureLoss: boolean }[] = [];
  const outcome = {
    delays: [] as number[],
    longestStall: 0,
    keyFrames: 0,
    frames: 0,
    firstFrame: 0,
    numbers: [] as number[],
  };
  // Just below the wraps of sequence number and timestamp.
  let sequenceNumber = 65_400;
  let rtxSequenceNumber = 65_500;
  let keyFrameDue = true;
  let lastRequest = -1000;
  let lastFrameAt = 0;
  const out = new Uint8Array(1500);
  const send = (now: number, packet: Uint8Array) => {
    if (!lost()) toReceiver.push({ at: now + roundTrip / 2 + (random.uint32() % 5), packet });
  };
  const sendFrame = (now: number, frame: number) => {
    const bytes = new Uint8Array(keyFrameDue ? 30_000 : 6_000).fill(frame);
    bytes[0] = keyFrameDue ? 0x10 : 0x11;
    keyFrameDue = false;
    const count = packetizer.start(bytes, 1200);
    for (let i = 0; i < count; i++) {
      const timestamp = (2 ** 32 - 900_000 + frame * 3000) % 2 ** 32;
      builder.start(out, 96, i === count - 1, sequenceNumber, timestamp, MEDIA_SSRC);
      const header = builder.endHeader();
      const length = header + packetizer.write(out, header);
      sent.store(now, sentNumbers.unwrap(sequenceNumber), out, length);
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      send(now, out.slice(0, length));
    }
  };
  const receive = (now: number, bytes: Uint8Array) => {
    view.parse(bytes);
    if (view.ssrc === RTX_SSRC) {
      const length = restoreRtxPacket(view, 96, MEDIA_SSRC, restored);
      view.parse(restored.slice(0, length));
    }
    const number = unwrapper.unwrap(view.sequenceNumber);
    nacks.received(now, number);
    buffer.insert(now, number, view.timestamp, view.marker, view.payload());
  };
  for (let now = 0, frame = 0; now < seconds * 1000; now++) {
    if (now % FRAME_INTERVAL === 0) sendFrame(now, frame++);
    while (toSender.length > 0 && toSender[0]!.at <= now) {
      const { numbers, pictureLoss } = toSender.shift()!;
      if (pictureLoss) keyFrameDue = true;
      for (const number of numbers) {
        const original = sent.take(now, sentNumbers.peek(number), roundTrip);
        if (original === undefined) continue;
        view.parse(original);
        const length = writeRtxPacket(view, 97, RTX_SSRC, rtxSequenceNumber, out);
        rtxSequenceNumber = (rtxSequenceNumber + 1) & 0xffff;
        send(now, out.slice(0, length));
      }
    }
    toReceiver.sort((a, b) => a.at - b.at);
    while (toReceiver.length > 0 && toReceiver[0]!.at <= now) receive(now, toReceiver.shift()!.packet);
    for (let left = buffer.poll(now); left !== undefined; left = buffer.poll(now)) {
      const frameNumber = (left.timestamp - 2 ** 32 - (2 ** 32 - 900_000)) / 3000;
      expect(left.data.every((octet, i) => i === 0 || octet === (frameNumber & 0xff))).toBe(true);
      if (outcome.delays.length === 0) outcome.firstFrame = frameNumber;
      outcome.numbers.push(frameNumber);
      outcome.delays.push(now - frameNumber * FRAME_INTERVAL);
      outcome.longestStall = Math.max(outcome.longestStall, now - lastFrameAt);
      lastFrameAt = now;
      if (left.keyFrame) outcome.keyFrames++;
    }
    nacks.dropBefore(buffer.oldestWanted);
    const numbers: number[] = [];
    nacks.collect(now, roundTrip, numbers);
    const pictureLoss = buffer.isKeyFrameWanted(now) && now - lastRequest >= 300;
    if (pictureLoss) lastRequest = now;
    if ((numbers.length > 0 || pictureLoss) && !lost())
      toSender.push({ at: now + roundTrip / 2, numbers, pictureLoss });
    outcome.frames = frame;
  }
  return outcome;
}

test("10 % loss at 50 ms: 99 % of the frames after the first are whole within 250 ms", () => {
  let inTime = 0;
  let sent = 0;
  for (const seed of [1, 2, 3]) {
    const { delays, frames, firstFrame, numbers } = call(seed, 10, 50, 20);
    // What was sent in the last 250 ms has had no time.
    const end = frames - Math.ceil(250 / FRAME_INTERVAL);
    inTime += delays.filter((delay, i) => delay <= 250 && numbers[i]! < end).length;
    sent += end - firstFrame;
  }
  expect(inTime / sent).toBeGreaterThanOrEqual(0.99);
});

test("30 % loss: nothing stalls for two seconds, with key frames on request", () => {
  for (const seed of [1, 2, 3]) {
    const { longestStall, delays } = call(seed, 30, 100, 15);
    expect(longestStall, `seed ${seed}`).toBeLessThan(2000);
    expect(delays.length).toBeGreaterThan(200);
  }
});

test("without loss nothing waits", () => {
  const { delays, frames, keyFrames } = call(1, 0, 50, 5);
  expect(keyFrames).toBe(1);
  expect(delays.length).toBeGreaterThan(frames - 3);
  expect(Math.max(...delays)).toBeLessThan(35);
});
