/** Real streams of browsers through the receiving parts and back. */
import { expect, test } from "vitest";
import { SerialUnwrapper } from "../base/serial.ts";
import { RtpPacketView } from "../rtp/rtp-packet.ts";
import { capture, toHex } from "../rtp/vectors.testing.ts";
import { videoCodec } from "./payload/registry.ts";
import type { BufferedFrame } from "./receive/buffered-frame.ts";
import { FrameBuffer } from "./receive/frame-buffer.ts";

test.each([
  ["video/VP8", "vp8"],
  ["video/VP9", "vp9"],
  ["video/H264", "h264"],
  ["video/AV1", "av1"],
])(
  "%s as captured: every packet is understood, frames are whole, and survive being sent again",
  (mimeType, name) => {
    const codec = videoCodec(mimeType)!;
    const buffer = new FrameBuffer(codec.format, 90_000);
    const unwrapper = new SerialUnwrapper(16);
    const view = new RtpPacketView();
    const frames: BufferedFrame[] = [];
    for (const packet of capture(name)) {
      expect(view.parse(packet)).toBeUndefined();
      const number = unwrapper.unwrap(view.sequenceNumber);
      expect(buffer.insert(0, number, view.timestamp, view.marker, view.payload())).toBeUndefined();
      for (let frame = buffer.poll(0); frame !== undefined; frame = buffer.poll(0)) frames.push(frame);
    }
    expect(frames.length).toBeGreaterThan(10);
    expect(frames[0]!.keyFrame).toBe(true);
    const out = new Uint8Array(1500);
    for (const frame of frames) {
      expect(codec.isKeyFrame(frame.data)).toBe(frame.keyFrame);
      const packetizer = codec.createPacketizer(0);
      const payloads = Array.from({ length: packetizer.start(frame.data, 1000) }, () =>
        out.slice(0, packetizer.write(out, 0)),
      );
      const again = codec.format.assemble(payloads);
      expect(again instanceof Uint8Array && toHex(again) === toHex(frame.data)).toBe(true);
    }
  },
);
