import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { Malformed } from "../../base/malformed.ts";
import { everyInput } from "../../rtp/vectors.testing.ts";
import { h264 } from "../payload/h264.ts";
import { videoCodec } from "../payload/registry.ts";
import { vp8 } from "../payload/vp8.ts";
import { MAX_BUFFERED_OCTETS, MAX_BUFFERED_PACKETS } from "./buffered-frame.ts";
import { FrameBuffer } from "./frame-buffer.ts";

/** A VP8 payload; frame numbers stand in the body. */
function payload(begins: boolean, key: boolean, mark: number, length = 1): Uint8Array {
  const out = new Uint8Array(2 + length).fill(mark & 0xff);
  out[0] = begins ? 0x10 : 0x00;
  out[1] = key ? 0x10 : 0x11;
  return out;
}

/** Frame `frame` of two packets each, 30 frames a second. */
function insertFrame(buffer: FrameBuffer, now: number, frame: number, key = false, parts = [0, 1]): void {
  for (const part of parts)
    buffer.insert(
      now,
      frame * 2 + part,
      (frame * 3000) % 2 ** 32,
      part === 1,
      payload(part === 0, key, frame),
    );
}

const drain = (buffer: FrameBuffer, now: number) => {
  const frames: number[] = [];
  for (let frame = buffer.poll(now); frame !== undefined; frame = buffer.poll(now))
    frames.push(frame.firstSequenceNumber / 2);
  return frames;
};

describe("frame buffer", () => {
  test("frames leave in order, from the first key frame on, whatever order packets have", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    insertFrame(buffer, 0, 9);
    expect(drain(buffer, 0)).toEqual([]);
    expect(buffer.isKeyFrameWanted(1300)).toBe(true);
    insertFrame(buffer, 1, 11, false, [1, 0]);
    insertFrame(buffer, 1, 10, true, [1, 0]);
    expect(drain(buffer, 1)).toEqual([10, 11]);
    expect(buffer.isKeyFrameWanted(1300)).toBe(false);
    insertFrame(buffer, 2, 9);
    expect(drain(buffer, 2)).toEqual([]);
    expect(buffer.statistics).toMatchObject({ framesReceived: 2, keyFrames: 1, packetsDiscarded: 2 });
  });

  test("a frame is what was sent, and ends with its marker or where the timestamp changes", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    buffer.insert(5, 100, 0, false, Uint8Array.of(0x10, 0x10, 1));
    buffer.insert(6, 101, 0, false, Uint8Array.of(0x00, 2));
    expect(buffer.poll(6)).toBeUndefined();
    buffer.insert(7, 102, 3000, false, Uint8Array.of(0x10, 0x11));
    const frame = buffer.poll(7)!;
    expect([[...frame.data], frame.keyFrame, frame.receiveTime]).toEqual([[0x10, 1, 2], true, 6]);
  });

  test("a gap is waited for, then frames are skipped up to the next key frame, and one is asked for", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    insertFrame(buffer, 0, 1, true);
    insertFrame(buffer, 0, 3);
    expect(drain(buffer, 10)).toEqual([1]);
    expect(buffer.nextTimeout()).toBe(510);
    expect(drain(buffer, 509)).toEqual([]);
    insertFrame(buffer, 509, 2);
    expect(drain(buffer, 509)).toEqual([2, 3]);
    insertFrame(buffer, 600, 5, false, [1]);
    expect(drain(buffer, 600)).toEqual([]);
    expect(drain(buffer, 1100)).toEqual([]);
    expect(buffer.isKeyFrameWanted(1300)).toBe(true);
    insertFrame(buffer, 1200, 6);
    expect(drain(buffer, 1200)).toEqual([]);
    insertFrame(buffer, 1300, 7, true);
    expect(drain(buffer, 1300)).toEqual([7]);
    expect([buffer.isKeyFrameWanted(1300), buffer.statistics.framesDropped]).toEqual([false, 2]);
  });

  test("what is missing between two frames that follow each other by their picture ids was none (RFC 7741 §4.2)", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    const frame = (number: number, pictureId: number, key: boolean) =>
      buffer.insert(
        number,
        number,
        number * 90,
        true,
        Uint8Array.of(0x90, 0x80, 0x80 | (pictureId >>> 8), pictureId & 0xff, key ? 0x10 : 0x11, 1),
      );
    frame(1, 0x7fff, true);
    frame(3, 0, false);
    frame(5, 2, false);
    const left = [];
    for (let out = buffer.poll(5); out !== undefined; out = buffer.poll(5)) left.push(out.lastSequenceNumber);
    expect(left).toEqual([1, 3]);
    expect(buffer.nextTimeout()).toBe(505);
  });

  test("packets without payload fill their place and are nothing else", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    const empty = new Uint8Array(0);
    insertFrame(buffer, 0, 1, true);
    buffer.insert(0, 4, 3000, false, empty);
    buffer.insert(0, 5, 3000, false, empty);
    insertFrame(buffer, 0, 3);
    expect(drain(buffer, 0)).toEqual([1, 3]);
  });

  test("frames wait for the delay that is asked for, no longer", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    buffer.minimumDelay = 100;
    for (let frame = 1; frame < 4; frame++) insertFrame(buffer, 1000 + frame * 33.333, frame, frame === 1);
    expect(drain(buffer, 1132)).toEqual([]);
    expect(buffer.nextTimeout()).toBeCloseTo(1133.3, 0);
    expect(drain(buffer, 1134)).toEqual([1]);
    expect(drain(buffer, 1201)).toEqual([2, 3]);
  });

  test("adaptive delay grows with jitter and lets frames leave evenly", () => {
    const random = new SeededRandom(8);
    const buffer = new FrameBuffer(vp8, 90_000);
    for (let frame = 1; frame < 300; frame++) {
      insertFrame(buffer, frame * 33.333 + (random.uint32() % 60), frame, frame === 1);
      drain(buffer, frame * 33.333 + 60);
    }
    expect(buffer.jitter.target).toBeGreaterThan(40);
    expect(buffer.jitter.target).toBeLessThan(90);
  });

  test("H.264 begins with parameter sets even when nothing came before", () => {
    const buffer = new FrameBuffer(h264, 90_000);
    const stap = Uint8Array.of(0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2);
    buffer.insert(0, 10, 0, false, stap);
    buffer.insert(0, 11, 0, true, Uint8Array.of(0x65, 9));
    expect(buffer.poll(0)).toMatchObject({ keyFrame: true, firstSequenceNumber: 10, lastSequenceNumber: 11 });
  });

  test("H.264 and H.265 begin with parameter sets that come in packets of their own", () => {
    const units = {
      h264: [
        [0x67, 1],
        [0x68, 2],
        [0x65, 9],
      ],
      h265: [
        [0x40, 1, 1],
        [0x42, 1, 1],
        [0x44, 1, 1],
        [0x26, 1, 1],
      ],
    };
    for (const name of ["h264", "h265"] as const) {
      const buffer = new FrameBuffer(videoCodec(`video/${name}`)!.format, 90_000);
      for (const [i, unit] of units[name].entries())
        buffer.insert(0, 10 + i, 0, i === units[name].length - 1, Uint8Array.from(unit));
      expect(buffer.poll(0)).toMatchObject({ keyFrame: true, firstSequenceNumber: 10 });
    }
  });

  test("2,048 packets and 4 MiB are held, what is older makes room", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    for (let number = 0; number < 3 * MAX_BUFFERED_PACKETS; number++)
      buffer.insert(number, number, number, false, payload(false, false, 1, 4_000));
    expect(buffer.heldOctets).toBeLessThanOrEqual(MAX_BUFFERED_OCTETS);
    expect(drain(buffer, 1e6)).toEqual([]);
    const last = 3 * MAX_BUFFERED_PACKETS;
    insertFrame(buffer, 1e6, last, true);
    insertFrame(buffer, 1e6, last + 100_000, true);
    expect(drain(buffer, 1e6 + 1000)).toEqual([last + 100_000]);
  });

  test("what has stood in a queue for seconds is dropped; the first key frame in time is where it goes on", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    const at = (frame: number) => (frame * 1000) / 30;
    for (let frame = 0; frame < 30; frame++) {
      insertFrame(buffer, at(frame), frame, frame === 0);
      drain(buffer, at(frame));
    }
    // Five seconds come at once.
    const now = at(180);
    for (let frame = 30; frame < 180; frame++) {
      insertFrame(buffer, now, frame, frame === 100);
      expect(drain(buffer, now)).toEqual([]);
    }
    expect(buffer.isKeyFrameWanted(now)).toBe(true);
    insertFrame(buffer, at(181), 181);
    expect(drain(buffer, at(181))).toEqual([]);
    insertFrame(buffer, at(182), 182, true);
    expect(drain(buffer, at(182))).toEqual([182]);
  });

  test("behind an outage nothing is waited for: a key frame is wanted at once", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    const at = (frame: number) => (frame * 1000) / 30;
    for (let frame = 0; frame < 30; frame++) insertFrame(buffer, at(frame), frame, frame === 0);
    expect(drain(buffer, at(29))).toHaveLength(30);
    insertFrame(buffer, at(180), 180);
    expect(drain(buffer, at(180))).toEqual([]);
    expect(buffer.isKeyFrameWanted(at(180))).toBe(true);
    // Sent again, but from before: old.
    insertFrame(buffer, at(181), 90, true);
    expect(drain(buffer, at(181))).toEqual([]);
    insertFrame(buffer, at(182), 182, true);
    expect(drain(buffer, at(182))).toEqual([182]);
  });

  test("a source that has paused and goes on with its timestamps loses no frame", () => {
    const buffer = new FrameBuffer(vp8, 90_000);
    const out: number[] = [];
    for (let frame = 0; frame < 60; frame++) {
      const now = (frame * 1000) / 30 + (frame < 30 ? 0 : 8000);
      insertFrame(buffer, now, frame, frame === 0);
      out.push(...drain(buffer, now));
    }
    expect(out).toEqual(Array.from({ length: 60 }, (_, frame) => frame));
  });

  test("random operations: order, bounds and no throw, with every format", () => {
    const seed = 77;
    const random = new SeededRandom(seed);
    const inputs = everyInput().filter(({ length }) => length < 1500);
    for (const name of ["video/VP8", "video/VP9", "video/AV1", "video/H264", "video/H265"]) {
      const buffer = new FrameBuffer(videoCodec(name)!.format, 90_000);
      let base = 70_000;
      let previous = -1;
      for (let step = 0; step < 3_000; step++) {
        const input = inputs[random.uint32() % inputs.length]!;
        base += random.uint32() % 3;
        if (random.uint32() % 500 === 0) base += random.uint32() % 10_000;
        const number = Math.max(0, base - (random.uint32() % 50));
        const fault = buffer.insert(step, number, Math.floor(number / 3) * 3000, number % 3 === 2, input);
        expect(fault === undefined || fault instanceof Malformed).toBe(true);
        for (let frame = buffer.poll(step); frame !== undefined; frame = buffer.poll(step)) {
          if (frame.firstSequenceNumber <= previous) expect.fail(`seed ${seed}, step ${step}`);
          previous = frame.lastSequenceNumber;
        }
        if (!(buffer.nextTimeout() > step - 600))
          expect.fail(`seed ${seed}, step ${step}: timeout in the past`);
      }
    }
  });
});
