import { expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { BINDING, DATA, StunMessageBuilder } from "../stun/index.ts";
import { StreamFrames } from "./stream-frames.ts";

function stunMessage(length: number): Uint8Array {
  const out = new Uint8Array(length + 64);
  const builder = new StunMessageBuilder(out, "indication", BINDING, new Uint8Array(12));
  return out.slice(0, builder.attribute(DATA, new Uint8Array(length)).finish());
}

function all(frames: StreamFrames, bytes: Uint8Array): number[][] {
  frames.push(bytes);
  const found: number[][] = [];
  for (let next = frames.next(); next !== undefined; next = frames.next()) found.push([...next]);
  return found;
}

test("cuts a stream wherever it is split (RFC 8656 §3.1)", () => {
  const random = new SeededRandom(1);
  const messages: Uint8Array[] = [];
  for (let i = 0; i < 200; i++) {
    if (random.below(2) === 0) messages.push(stunMessage(random.below(1500)));
    else {
      const length = random.below(1500);
      const message = new Uint8Array(4 + length + (-length & 3));
      message.set([0x40, 1, length >> 8, length & 255]);
      messages.push(message);
    }
  }
  const stream = Uint8Array.from(messages.flatMap((message) => [...message]));
  const frames = new StreamFrames();
  const found: number[][] = [];
  for (let at = 0; at < stream.length; ) {
    const size = 1 + random.below(3000);
    // A fresh copy each time: what is kept must not be a view of what was borrowed.
    const chunk = stream.slice(at, at + size);
    found.push(...all(frames, chunk));
    chunk.fill(0xee);
    at += size;
  }
  expect(found).toEqual(messages.map((message) => [...message]));
  expect(frames.broken).toBe(false);
});

test("finds messages byte by byte", () => {
  const message = stunMessage(5);
  const frames = new StreamFrames();
  const found = [...message, ...message].flatMap((byte) => all(frames, Uint8Array.of(byte)));
  expect(found).toEqual([[...message], [...message]]);
});

test.each([
  ["no first bits of a message", [0x80, 0, 0, 0]],
  ["another magic cookie (RFC 8489 §5)", [1, 3, 0, 0, 0x21, 0x12, 0xa4, 0x43]],
  ["a first byte of another cookie", [1, 3, 0, 0, 0x22]],
])("is broken by %s, and stays so", (_, bytes) => {
  const frames = new StreamFrames();
  expect(all(frames, Uint8Array.from(bytes))).toEqual([]);
  expect(frames.broken).toBe(true);
  expect(all(frames, stunMessage(0))).toEqual([]);
});

test("is broken by ChannelData while there can be no channel", () => {
  const frames = new StreamFrames();
  frames.channels = false;
  expect(all(frames, stunMessage(0))).toHaveLength(1);
  expect(
    all(
      frames,
      Uint8Array.from("HTTP", (letter) => letter.charCodeAt(0)),
    ),
  ).toEqual([]);
  expect(frames.broken).toBe(true);
});
