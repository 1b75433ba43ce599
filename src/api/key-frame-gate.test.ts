import { describe, expect, test } from "vitest";
import type { MediaPacket } from "../core/base/media-frame.ts";
import { KEY_FRAME_PATIENCE, KeyFrameGate } from "./key-frame-gate.ts";

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

describe("a stream that is under way", () => {
  test("passes from the beginning of a key frame on", () => {
    const gate = new KeyFrameGate();
    expect(gate.held(0, [delta, middle])).toBe(2);
    expect(gate.held(10, [middle, key, middle])).toBe(1);
    expect(gate.isOpen).toBe(true);
    expect(gate.held(20, [delta])).toBe(0);
  });

  test("begins with the parameter sets of H.264 (RFC 6184 §5.2)", () => {
    const gate = new KeyFrameGate();
    const h264 = (type: number) => packet("video/H264", [0x60 | type, 1, 2, 3]);
    expect(gate.held(0, [h264(1), h264(7), h264(8), h264(5)])).toBe(1);
  });

  test("passes as it is when no key frame comes in time, and where none can be told", () => {
    const gate = new KeyFrameGate();
    expect(gate.held(0, [delta])).toBe(1);
    expect(gate.held(KEY_FRAME_PATIENCE - 1, [delta])).toBe(1);
    expect(gate.held(KEY_FRAME_PATIENCE, [delta])).toBe(0);
    expect(new KeyFrameGate().held(0, [packet("video/unknown", [])])).toBe(0);
  });

  test("holds back what is no payload at all", () => {
    expect(new KeyFrameGate().held(0, [packet("video/VP8", []), packet("video/AV1", [])])).toBe(2);
  });
});
