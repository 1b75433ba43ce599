/** Frames through a worker's transformer, in one thread: the worker is a port whose messages make a transformer. */
import { afterEach, describe, expect, test } from "vitest";
import type { EncodedFrame } from "../core/base/media-frame.ts";
import { subscribe, TrackSource, trackFrom } from "../media/index.ts";
import { type FakeRealm, negotiate, pair } from "./fake-realm.testing.ts";
import { RTCEncodedAudioFrame } from "./RTCEncodedAudioFrame.ts";
import { RTCEncodedVideoFrame } from "./RTCEncodedVideoFrame.ts";
import type { RTCPeerConnection } from "./RTCPeerConnection.ts";
import {
  MAX_FRAMES_IN_TRANSFORM,
  RTCRtpScriptTransform,
  type TransformWorker,
} from "./RTCRtpScriptTransform.ts";
import { createTransformer, type RTCRtpScriptTransformer } from "./RTCRtpScriptTransformer.ts";
import { SETUP_KEY, type TransformSetup } from "./transform-messages.ts";

const opened: RTCPeerConnection[] = [];

afterEach(() => {
  for (const pc of opened.splice(0)) pc.close();
});

/** A worker that makes transformers at once. */
class FakeWorker implements TransformWorker {
  transformer!: RTCRtpScriptTransformer;

  postMessage(message: { [SETUP_KEY]: TransformSetup }, transfer: never[]): void {
    const copy = structuredClone(message, { transfer });
    this.transformer = createTransformer(copy[SETUP_KEY]);
  }
}

async function connect(kind: "audio" | "video", sendEncodings: object[] = []) {
  const both = pair();
  const { realm, pc, peerRealm, peer } = both;
  opened.push(pc, peer);
  const source = new TrackSource(kind);
  const { sender } = pc.addTransceiver(trackFrom(source), { sendEncodings });
  await negotiate(both);
  const receiver = peer.getReceivers()[0]!;
  return { realm, pc, peerRealm, source, sender, receiver };
}

function transform() {
  const worker = new FakeWorker();
  const object = new RTCRtpScriptTransform(worker, { name: "test" });
  return { object, transformer: worker.transformer };
}

/** Gives the message ports time to deliver. */
async function delivered(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const frame = (type: "key" | "delta", ...bytes: number[]): EncodedFrame => ({
  type,
  data: Uint8Array.from(bytes),
  timestamp: 40_000,
});

function sentFrames(realm: FakeRealm): EncodedFrame[] {
  return realm.commands.flatMap((command) => (command.type === "send-frame" ? [command.frame] : []));
}

describe("a sender's transform (webrtc-encoded-transform §3)", () => {
  test("a frame goes to the worker with what is known of it, and to the network as the script wrote it", async () => {
    const { realm, source, sender } = await connect("video");
    const { object, transformer } = transform();
    sender.transform = object;
    expect(sender.transform).toBe(object);
    source.writeFrame(frame("key", 1, 2, 3));
    expect(sentFrames(realm)).toEqual([]);
    const { value } = await transformer.readable.getReader().read();
    const got = value as RTCEncodedVideoFrame;
    expect(got).toBeInstanceOf(RTCEncodedVideoFrame);
    expect([got.type, [...new Uint8Array(got.data)]]).toEqual(["key", [1, 2, 3]]);
    expect(got.getMetadata()).toMatchObject({ mimeType: "video/VP8", timestamp: 40_000 });
    got.data = Uint8Array.of(9).buffer;
    await transformer.writable.getWriter().write(got);
    await delivered();
    expect(sentFrames(realm)).toEqual([frame("key", 9)]);
    expect(got.data.byteLength).toBe(0);
    expect(transformer.options).toEqual({ name: "test" });
  });

  test("frames can be dropped, but neither written twice nor moved before others", async () => {
    const { realm, source, sender } = await connect("audio");
    const { object, transformer } = transform();
    sender.transform = object;
    for (const byte of [1, 2, 3]) source.writeFrame(frame("key", byte));
    const reader = transformer.readable.getReader();
    const [first, second, third] = [await reader.read(), await reader.read(), await reader.read()];
    const writer = transformer.writable.getWriter();
    for (const { value } of [second, second, third]) await writer.write(value);
    await writer.write(new RTCEncodedAudioFrame(first.value as RTCEncodedAudioFrame));
    await writer.write(first.value);
    await delivered();
    expect(sentFrames(realm).map(({ data }) => data[0])).toEqual([2, 3]);
  });

  test("what is no frame errors the stream", async () => {
    const { sender } = await connect("audio");
    const { object, transformer } = transform();
    sender.transform = object;
    await expect(transformer.writable.getWriter().write(null)).rejects.toBeInstanceOf(TypeError);
  });

  test("one transform serves one sender or receiver, and null takes it away", async () => {
    const { realm, source, sender, receiver } = await connect("audio");
    const { object } = transform();
    sender.transform = object;
    sender.transform = object;
    expect(() => {
      receiver.transform = object;
    }).toThrow(expect.objectContaining({ name: "InvalidStateError" }));
    expect(() => {
      sender.transform = {} as never;
    }).toThrow(TypeError);
    sender.transform = null;
    source.writeFrame(frame("key", 7));
    expect(sentFrames(realm)).toEqual([frame("key", 7)]);
  });

  test(`a worker that reads nothing holds ${MAX_FRAMES_IN_TRANSFORM} frames`, async () => {
    const { realm, source, sender } = await connect("audio");
    const { object, transformer } = transform();
    sender.transform = object;
    for (let count = 0; count <= MAX_FRAMES_IN_TRANSFORM; count++) source.writeFrame(frame("key", count & 1));
    await delivered();
    const reader = transformer.readable.getReader();
    const writer = transformer.writable.getWriter();
    for (let count = 0; count < 2; count++) await writer.write((await reader.read()).value);
    await delivered();
    // The first was given up, the second was not.
    expect(sentFrames(realm).map(({ data }) => data[0])).toEqual([1]);
  });
});

describe("key frames (webrtc-encoded-transform §6.4)", () => {
  test("generateKeyFrame() asks the source, and resolves just before the key frame can be read", async () => {
    const { source, sender } = await connect("video");
    const { object, transformer } = transform();
    await expect(transformer.generateKeyFrame()).rejects.toMatchObject({ name: "InvalidStateError" });
    const asked: unknown[] = [];
    source.onkeyframerequest = (rid) => asked.push(rid);
    sender.transform = object;
    await delivered();
    const log: string[] = [];
    const generated = transformer.generateKeyFrame().then(() => log.push("resolved"));
    await delivered();
    expect(asked).toEqual([undefined]);
    source.writeFrame(frame("delta", 1));
    source.writeFrame(frame("key", 2));
    const reader = transformer.readable.getReader();
    for (let count = 0; count < 2; count++)
      log.push(((await reader.read()).value as RTCEncodedVideoFrame).type);
    await generated;
    expect(log).toEqual(["delta", "resolved", "key"]);
  });

  test("an unknown layer is NotFoundError, a malformed name TypeError, audio InvalidStateError", async () => {
    const { sender } = await connect("video");
    const { object, transformer } = transform();
    sender.transform = object;
    await delivered();
    await expect(transformer.generateKeyFrame("foo")).rejects.toMatchObject({ name: "NotFoundError" });
    await expect(transformer.generateKeyFrame("!?")).rejects.toBeInstanceOf(TypeError);
    await expect(transformer.sendKeyFrameRequest()).rejects.toMatchObject({ name: "InvalidStateError" });
  });

  test("a request of the peer is an event first; canceled, the source is not asked", async () => {
    const { realm, source, sender } = await connect("video");
    const { object, transformer } = transform();
    const asked: unknown[] = [];
    source.onkeyframerequest = (rid) => asked.push(rid);
    sender.transform = object;
    transformer.onkeyframerequest = (event) => event.preventDefault();
    realm.report({ type: "key-frame-wanted", media: 1, rid: undefined });
    await realm.settle();
    await delivered();
    expect(asked).toEqual([]);
    transformer.onkeyframerequest = null;
    realm.report({ type: "key-frame-wanted", media: 1, rid: undefined });
    await realm.settle();
    await delivered();
    expect(asked).toEqual([undefined]);
  });
});

describe("a receiver's transform", () => {
  test("frames from the network pass through it before anybody gets them", async () => {
    const { peerRealm, receiver } = await connect("audio");
    const { object, transformer } = transform();
    receiver.transform = object;
    expect(peerRealm.commands.at(-1)).toMatchObject({ type: "want-media", frames: true, packets: false });
    const got: number[] = [];
    subscribe(receiver.track, {
      frame: ({ data }) => got.push(data[0]!),
      packets: () => expect.unreachable(),
    });
    const received = {
      ...frame("key", 5),
      mimeType: "audio/opus",
      payloadType: 111,
      ssrc: 77,
      csrcs: [8],
      rtpTimestamp: 960,
      sequenceNumber: 3,
      receiveTime: 12,
      audioLevel: 20,
    };
    peerRealm.report({ type: "media-frames", media: 1, frames: [received] });
    await peerRealm.settle();
    const { value } = await transformer.readable.getReader().read();
    expect(value!.getMetadata()).toEqual({
      synchronizationSource: 77,
      contributingSources: [8],
      payloadType: 111,
      mimeType: "audio/opus",
      rtpTimestamp: 960,
      sequenceNumber: 3,
      receiveTime: 12,
      audioLevel: 0.1,
    });
    expect(got).toEqual([]);
    await transformer.writable.getWriter().write(value);
    await delivered();
    expect(got).toEqual([5]);
  });

  test("video tells how large it is as far as its key frames do, and no captureTime that no header extension told", async () => {
    const { peerRealm, receiver } = await connect("video");
    const { object, transformer } = transform();
    receiver.transform = object;
    const vp8 = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 1, 0xf0, 0);
    const common = {
      mimeType: "video/VP8",
      payloadType: 96,
      ssrc: 77,
      csrcs: [],
      rtpTimestamp: 9,
      receiveTime: 12,
    };
    const key = { ...frame("key"), data: vp8, ...common, captureTime: 1_700_000_000_000 };
    expect(receiver.track.getSettings()).toEqual({ width: 0, height: 0 });
    peerRealm.report({ type: "media-frames", media: 1, frames: [key, { ...frame("delta", 1), ...common }] });
    await peerRealm.settle();
    expect(receiver.track.getSettings()).toEqual({ width: 320, height: 240, aspectRatio: 1.3333333333 });
    const reader = transformer.readable.getReader();
    for (let count = 0; count < 2; count++) {
      const metadata = ((await reader.read()).value as RTCEncodedVideoFrame).getMetadata();
      expect(metadata).toMatchObject({ width: 320, height: 240 });
      expect(metadata).not.toHaveProperty("captureTime");
    }
  });

  test("a frame that came says when it was captured, as the header extension has it, from timeOrigin on (§4, §5.1)", async () => {
    const { peerRealm, receiver } = await connect("audio");
    const { object, transformer } = transform();
    receiver.transform = object;
    const received = {
      mimeType: "audio/opus",
      payloadType: 111,
      ssrc: 77,
      csrcs: [],
      rtpTimestamp: 9,
      receiveTime: 12,
    };
    const absoluteCaptureTime = { timestamp: peerRealm.host.timeOrigin + 7, clockOffset: 0 };
    const frames = [{ ...frame("key"), ...received, absoluteCaptureTime }];
    peerRealm.report({ type: "media-frames", media: 1, frames });
    await peerRealm.settle();
    const { value } = await transformer.readable.getReader().read();
    expect((value as RTCEncodedAudioFrame).getMetadata()).toMatchObject({
      captureTime: 7,
      senderCaptureTimeOffset: 0,
    });
  });

  test("sendKeyFrameRequest() asks the peer of a video receiver", async () => {
    const { peerRealm, receiver } = await connect("video");
    const { object, transformer } = transform();
    await expect(transformer.sendKeyFrameRequest()).rejects.toMatchObject({ name: "InvalidStateError" });
    receiver.transform = object;
    await delivered();
    await transformer.sendKeyFrameRequest();
    await delivered();
    expect(peerRealm.commands.at(-1)).toMatchObject({ type: "request-key-frame", media: 1 });
  });
});

test("a closed connection ends the worker's streams", async () => {
  const { pc, sender } = await connect("video");
  const { object, transformer } = transform();
  sender.transform = object;
  await delivered();
  const pending = transformer.generateKeyFrame();
  pc.close();
  await expect(pending).rejects.toMatchObject({ name: "InvalidStateError" });
  expect(await transformer.readable.getReader().read()).toEqual({ done: true, value: undefined });
});

test("a frame made from another has its data and metadata, with what is given instead (§5.3)", async () => {
  const { source, sender } = await connect("video");
  const { object, transformer } = transform();
  sender.transform = object;
  source.writeFrame(frame("delta", 1));
  const original = (await transformer.readable.getReader().read()).value as RTCEncodedVideoFrame;
  const copy = new RTCEncodedVideoFrame(original, { metadata: { rtpTimestamp: 5 } });
  expect(copy.getMetadata()).toEqual({ ...original.getMetadata(), rtpTimestamp: 5 });
  expect(copy.data).toEqual(original.data);
  expect(copy.data).not.toBe(original.data);
  expect(() => new RTCEncodedVideoFrame({} as never)).toThrow(TypeError);
  expect(() => {
    copy.data = new Uint8Array(1) as never;
  }).toThrow(TypeError);
});

test("options and what is transferred reach the worker; what is no worker is refused", () => {
  const { port1, port2 } = new MessageChannel();
  const worker = new FakeWorker();
  new RTCRtpScriptTransform(worker, { port: port2 }, [port2]);
  expect(worker.transformer.options.port).toBeInstanceOf(MessagePort);
  port1.close();
  new RTCRtpScriptTransform({ worker });
  for (const wrong of [null, 1, {}, { worker: {} }]) {
    expect(() => new RTCRtpScriptTransform(wrong as never)).toThrow(TypeError);
  }
});
