import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { Malformed } from "../../base/malformed.ts";
import { descriptors, everyInput, fromHex, toHex } from "../../rtp/vectors.testing.ts";
import { splitNalUnits } from "./annex-b.ts";
import { av1 } from "./av1.ts";
import type { PayloadInfo, VideoFormat } from "./format.ts";
import { h264 } from "./h264.ts";
import { h265 } from "./h265.ts";
import { videoCodec } from "./registry.ts";
import { decodeTelephoneEvent } from "./telephone-event.ts";
import { decodeVp8Descriptor } from "./vp8.ts";
import { decodeVp9Descriptor } from "./vp9.ts";

const NAMES = ["video/VP8", "video/VP9", "video/AV1", "video/H264", "video/H265"] as const;
const info = (): PayloadInfo => ({
  mayBegin: false,
  begins: false,
  keyFrame: false,
  pictureId: -1,
  pictureIdBits: 0,
});
const random = new SeededRandom(3);
const below = (limit: number) => random.uint32() % limit;
const noise = (length: number) => Uint8Array.from({ length }, () => 1 + below(255));

interface Vector {
  readonly codec: string;
  readonly hex: string;
  readonly decoded: Record<string, unknown>;
}
const vectorsOf = (codec: string) =>
  (descriptors.descriptors as Vector[])
    .filter((v) => v.codec === codec)
    .map((v) => [v.hex, v.decoded] as const);

/** A frame of the codec with a body of about `length` octets. */
function frameOf(name: (typeof NAMES)[number], length: number, key: boolean): Uint8Array {
  const body = noise(length);
  if (name === "video/VP8") return Uint8Array.of(key ? 0x10 : 0x11, ...body);
  if (name === "video/VP9") return Uint8Array.of(key ? 0x82 : 0x86, ...body);
  if (name === "video/AV1") {
    const units = key ? [0x0a, 3, 1, 2, 3] : [];
    const size = [];
    for (let rest = length; ; rest = Math.floor(rest / 128)) {
      size.push(rest >= 128 ? (rest % 128) | 0x80 : rest);
      if (rest < 128) break;
    }
    return Uint8Array.of(...units, 0x32, ...size, ...body);
  }
  const start = [0, 0, 0, 1];
  if (name === "video/H264") {
    const head = key ? [...start, 0x67, 1, 2, 3, ...start, 0x68, 4, 5] : [];
    return Uint8Array.of(...head, ...start, key ? 0x65 : 0x41, ...body);
  }
  const head = key ? [...start, 0x40, 1, 9, ...start, 0x42, 1, 8, ...start, 0x44, 1, 7] : [];
  return Uint8Array.of(...head, ...start, key ? 0x26 : 0x02, 1, ...body);
}

describe.each(NAMES)("%s", (name) => {
  const codec = videoCodec(name)!;

  test("what is split is joined again, at every length, in payloads of the length that was asked for", () => {
    const packetizer = codec.createPacketizer(0x7ffe);
    const out = new Uint8Array(2000);
    for (const limit of [64, 100, 1200])
      for (const length of [1, 2, 59, 60, 61, 62, 63, 64, 99, 127, 128, 200, 1199, 1200, 5000, 20_000]) {
        const key = below(2) === 0;
        const frame = frameOf(name, length, key);
        expect(codec.isKeyFrame(frame)).toBe(key);
        const count = packetizer.start(frame, limit);
        const payloads: Uint8Array[] = [];
        let shownKey = false;
        for (let i = 0; i < count; i++) {
          out.fill(0xee);
          const written = packetizer.write(out, 7);
          if (written > limit) expect.fail(`${written} octets, limit ${limit}, frame ${length}`);
          const payload = out.slice(7, 7 + written);
          const seen = info();
          expect(codec.format.inspect(payload, seen)).toBeUndefined();
          if (i === 0) expect(seen.mayBegin).toBe(true);
          shownKey ||= seen.keyFrame;
          payloads.push(payload);
        }
        expect(shownKey).toBe(key);
        const joined = codec.format.assemble(payloads);
        if (joined instanceof Malformed) throw new Error(joined.reason);
        expect(toHex(joined) === toHex(frame), `limit ${limit}, length ${length}`).toBe(true);
      }
  });

  test("what is no frame gives no packet", () => {
    expect(codec.createPacketizer(0).start(new Uint8Array(0), 1200)).toBe(0);
  });

  test("no input makes inspecting or assembling throw", () => {
    const inputs = everyInput();
    const seen = info();
    inputs.forEach((input, i) => {
      codec.format.inspect(input, seen);
      codec.format.assemble([input]);
      codec.format.assemble([input, inputs[(i * 7) % inputs.length]!, input]);
      codec.createPacketizer(0).start(input, 64);
      codec.isKeyFrame(input);
    });
  });
});

/** What the format says of one payload alone: refused or not. */
function refused(format: VideoFormat, hex: string): boolean {
  const payload = fromHex(hex);
  return format.inspect(payload, info()) !== undefined || format.assemble([payload]) instanceof Malformed;
}

describe("descriptors and payloads made from the RFCs", () => {
  test.each(vectorsOf("VP8"))("VP8 %s", (hex, decoded) => {
    const read = decodeVp8Descriptor(fromHex(hex));
    if ("error" in decoded) {
      expect(read).toBeInstanceOf(Malformed);
      return;
    }
    if (read instanceof Malformed) throw new Error(read.reason);
    expect(read.headerLength).toBe(decoded["headerLen"]);
    expect(read.startOfPartition).toBe(decoded["S"] === 1);
    expect(read.pictureId).toBe(decoded["pictureId"]);
    expect(read.tl0PicIdx).toBe(decoded["tl0PicIdx"]);
    if ("tid" in decoded) expect(read.temporalId ?? 0).toBe(decoded["tid"]);
    expect(read.keyIdx).toBe(decoded["keyIdx"]);
    if ("N" in decoded) expect(read.nonReference).toBe(decoded["N"] === 1);
  });

  test.each(vectorsOf("VP9"))("VP9 %s", (hex, decoded) => {
    const read = decodeVp9Descriptor(fromHex(hex));
    if ("error" in decoded) {
      expect(read).toBeInstanceOf(Malformed);
      return;
    }
    if (read instanceof Malformed) throw new Error(read.reason);
    expect(read.headerLength).toBe(decoded["headerLen"]);
    expect(read.pictureId).toBe(decoded["pictureId"]);
    expect(read.tl0PicIdx).toBe(decoded["tl0PicIdx"]);
    if ("sid" in decoded) expect([read.temporalId, read.spatialId]).toEqual([decoded["tid"], decoded["sid"]]);
    if ("pdiff" in decoded) expect(read.pictureDiffs).toEqual(decoded["pdiff"]);
    if ("ss" in decoded)
      expect(read.structure).toMatchObject({
        spatialLayers: 2,
        resolutions: [
          [320, 180],
          [640, 360],
        ],
        pictureGroup: [
          { temporalId: 0, switchingUp: false, pictureDiffs: [1] },
          { temporalId: 1, switchingUp: true, pictureDiffs: [1] },
        ],
      });
  });

  test.each(vectorsOf("H264"))("H.264 %s", (hex, decoded) => {
    if ("error" in decoded) expect(refused(h264, hex)).toBe(true);
    else expect(h264.inspect(fromHex(hex), info())).toBeUndefined();
    if (!("nals" in decoded)) return;
    const joined = h264.assemble([fromHex(hex)]);
    expect(splitNalUnits(joined as Uint8Array).map(toHex)).toEqual(decoded["nals"]);
  });

  test("H.264 fragments become one unit, and only in order (RFC 6184 §5.8)", () => {
    const [first, middle, last] = ["7c85aabb", "7c05ccdd", "7c45eeff"].map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(toHex(h264.assemble([first, middle, last]) as Uint8Array)).toBe("0000000165aabbccddeeff");
    for (const wrong of [
      [middle, last],
      [first, middle],
      [first, first, last],
      [first, fromHex("6742e01f"), last],
    ])
      expect(h264.assemble(wrong)).toBeInstanceOf(Malformed);
  });

  test.each(vectorsOf("H265"))("H.265 %s", (hex, decoded) => {
    expect(h265.inspect(fromHex(hex), info())).toBeUndefined();
    if (!("nals" in decoded)) return;
    expect(splitNalUnits(h265.assemble([fromHex(hex)]) as Uint8Array).map(toHex)).toEqual(decoded["nals"]);
  });

  test.each(vectorsOf("AV1"))("AV1 %s", (hex, decoded) => {
    if ("error" in decoded) expect(refused(av1, hex)).toBe(true);
    else expect(av1.inspect(fromHex(hex), info())).toBeUndefined();
  });

  test("AV1: an element over three packets, and what goes on from nowhere", () => {
    const [a, b, c] = ["5032aa", "d0bbcc", "90dd"].map(fromHex) as [Uint8Array, Uint8Array, Uint8Array];
    // The unit says that it has a size, and it does not: refused.
    expect(av1.assemble([a, b, c])).toBeInstanceOf(Malformed);
    const plain = fromHex("5030aa");
    expect(toHex(av1.assemble([plain, b, c]) as Uint8Array)).toBe("3204aabbccdd");
    for (const wrong of [
      [b, c],
      [plain, b],
      [plain, plain],
    ])
      expect(av1.assemble(wrong)).toBeInstanceOf(Malformed);
  });

  test.each(vectorsOf("DTMF"))("telephone event %s", (hex, decoded) => {
    expect(decodeTelephoneEvent(fromHex(hex))).toEqual({
      event: decoded["event"],
      end: decoded["end"] === 1,
      volume: decoded["volume"],
      duration: decoded["duration"],
    });
  });
});
