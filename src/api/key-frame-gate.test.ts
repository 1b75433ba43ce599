import { describe, expect, test } from "vitest";
import type { MediaPacket } from "../core/base/media-frame.ts";
import { KEY_FRAME_PATIENCE, STREAM_SILENCE } from "../core/media/index.ts";
import { KeyFrameGate } from "./key-frame-gate.ts";

function packet(mimeType: string, payload: readonly number[]): MediaPacket {
  return {
    mimeType,
    payloadType: 96,
    marker: false,
    sequenceNumber: 1,
    timestamp: 0,
    ssrc: 1,
    csrcs: [],
    payload: Uint8Array.from(payload),
    extensions: [],
  };
}

// RFC 7741 §4.2: S is set at a frame's beginning; §4.3: P is 0 on key frames.
const key = packet("video/VP8", [0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0, 0]);
const delta = packet("video/VP8", [0x10, 0x11, 0, 0]);
const middle = packet("video/VP8", [0x00, 0x10, 0, 0]);

/** The packet as one of another source. */
const of = (ssrc: number, packet: MediaPacket, sequenceNumber = 1) => ({ ...packet, ssrc, sequenceNumber });

/** How many of the packets pass. */
function passed(gate: KeyFrameGate, now: number, packets: readonly MediaPacket[], parallel = false): number {
  return packets.filter((packet) => gate.passes(now, packet, parallel)).length;
}

describe("a stream that is under way", () => {
  test("passes from the beginning of a key frame on", () => {
    const gate = new KeyFrameGate();
    expect(passed(gate, 0, [delta, middle])).toBe(0);
    expect(passed(gate, 10, [middle, key, middle])).toBe(2);
    expect(passed(gate, 20, [delta])).toBe(1);
  });

  test("begins with the parameter sets of H.264 (RFC 6184 §5.2)", () => {
    const gate = new KeyFrameGate();
    const h264 = (type: number) => packet("video/H264", [0x60 | type, 1, 2, 3]);
    expect(passed(gate, 0, [h264(1), h264(7), h264(8), h264(5)])).toBe(3);
  });

  test("passes as it is when no key frame comes in time, and where none can be told", () => {
    const gate = new KeyFrameGate();
    expect(passed(gate, 0, [delta])).toBe(0);
    expect(passed(gate, KEY_FRAME_PATIENCE - 1, [delta])).toBe(0);
    expect(passed(gate, KEY_FRAME_PATIENCE, [delta])).toBe(1);
    expect(passed(new KeyFrameGate(), 0, [packet("video/unknown", [])])).toBe(1);
  });

  test("holds back what is no payload at all", () => {
    expect(passed(new KeyFrameGate(), 0, [packet("video/VP8", []), packet("video/AV1", [])])).toBe(0);
  });

  test("asks for a key frame while it is held back, three times a second", () => {
    const gate = new KeyFrameGate();
    let requests = 0;
    for (let now = 0; now < 900; now += 10) {
      gate.passes(now, delta, false);
      if (gate.takeRequest(now)) requests++;
    }
    expect(requests).toBe(3);
    gate.passes(900, key, false);
    expect(gate.takeRequest(900)).toBe(false);
  });
});

describe("another source in place of the one before", () => {
  function begun(): KeyFrameGate {
    const gate = new KeyFrameGate();
    expect(passed(gate, 0, [of(1, key, 10), of(1, delta, 11)])).toBe(2);
    return gate;
  }

  test("waits for its key frame, and the one before goes on until then", () => {
    const gate = begun();
    expect(passed(gate, 10, [of(2, delta, 70), of(1, delta, 12), of(2, middle, 71)])).toBe(1);
    expect(passed(gate, 20, [of(2, key, 72), of(2, middle, 73)])).toBe(2);
    expect(passed(gate, 30, [of(1, delta, 13), of(2, delta, 74)])).toBe(1);
  });

  test("what comes late of the source before is no way back to it, a newer key frame is", () => {
    const gate = begun();
    expect(passed(gate, 20, [of(2, key, 72)])).toBe(1);
    expect(passed(gate, 30, [of(1, key, 10)])).toBe(0);
    expect(passed(gate, 40, [of(1, key, 20)])).toBe(1);
  });

  test("passes as it is only when the one before is silent, too", () => {
    const gate = begun();
    for (let now = 10; now < 2 * KEY_FRAME_PATIENCE; now += 100)
      expect(passed(gate, now, [of(1, delta, 12 + now), of(2, delta, now)])).toBe(1);
    const end = 2 * KEY_FRAME_PATIENCE;
    expect(passed(gate, end + STREAM_SILENCE, [of(2, delta, end)])).toBe(1);
  });
});

describe("sources side by side, layers of a simulcast", () => {
  test("the first one with a key frame is sent until it is silent; then another one's key frame is waited for", () => {
    const gate = new KeyFrameGate();
    const both = [of(1, delta, 5), of(2, key, 5)];
    expect(passed(gate, 0, both, true)).toBe(1);
    expect(passed(gate, 40, [of(1, key, 6), of(2, delta, 6)], true)).toBe(1);
    expect(passed(gate, 40 + STREAM_SILENCE - 1, [of(1, key, 7)], true)).toBe(0);
    expect(passed(gate, 40 + STREAM_SILENCE, [of(1, delta, 8)], true)).toBe(0);
    expect(passed(gate, 50 + STREAM_SILENCE, [of(1, key, 9), of(1, delta, 10)], true)).toBe(2);
  });
});
