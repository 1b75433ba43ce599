import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MediaPacket } from "../../base/media-frame.ts";
import { DEPENDENCY_DESCRIPTOR_URI } from "../../rtp/index.ts";
import { decodeVp8Descriptor, type Vp8Descriptor } from "../payload/vp8.ts";
import { decodeVp9Descriptor, type Vp9Descriptor } from "../payload/vp9.ts";
import { JoinedPictures } from "./joined-pictures.ts";

function packet(
  ssrc: number,
  sequenceNumber: number,
  mimeType: string,
  payload: readonly number[],
): MediaPacket {
  return {
    mimeType,
    payloadType: 96,
    marker: true,
    sequenceNumber,
    timestamp: 0,
    ssrc,
    csrcs: [],
    payload: Uint8Array.from(payload),
    extensions: [],
  };
}

/** RFC 7741 §4.2: X, then I and L, a picture id of 15 bits, TL0PICIDX. */
const vp8 = (id: number, index: number) => [0x90, 0xc0, 0x80 | (id >> 8), id & 0xff, index, 0x11, 1, 2];
/** RFC 9628 §4.2: I, L, B, E; TL0PICIDX behind the layers. */
const vp9 = (id: number, index: number) => [0xac, 0x80 | (id >> 8), id & 0xff, 0, index, 1, 2, 3];

/** What becomes of packets that each source sends, [ssrc, sequence number, picture id, TL0PICIDX]. */
function joined(mimeType: "video/VP8" | "video/VP9", rows: readonly (readonly number[])[]): number[][] {
  const pictures = new JoinedPictures();
  return rows.map(([ssrc, number, id, index]) => {
    const of = packet(ssrc!, number!, mimeType, (mimeType === "video/VP8" ? vp8 : vp9)(id!, index!));
    pictures.next(of);
    const payload = pictures.payload(of);
    const descriptor = (mimeType === "video/VP8" ? decodeVp8Descriptor : decodeVp9Descriptor)(payload) as
      | Vp8Descriptor
      | Vp9Descriptor;
    expect(payload.subarray(5)).toEqual(of.payload.subarray(5));
    return [descriptor.pictureId!, descriptor.tl0PicIdx!];
  });
}

describe("picture ids and TL0PICIDX", () => {
  test.each(["video/VP8", "video/VP9"] as const)(
    "%s: the first source keeps its own, the next goes on behind it, gaps stay gaps, wraps wrap",
    (mimeType) => {
      const rows = [
        [1, 10, 500, 20],
        [1, 11, 501, 21],
        [2, 3, 32_766, 254],
        [2, 4, 32_767, 255],
        [2, 6, 1, 1],
        [3, 90, 0, 0],
      ];
      expect(joined(mimeType, rows)).toEqual([
        [500, 20],
        [501, 21],
        [502, 22],
        [503, 23],
        [505, 25],
        [506, 26],
      ]);
    },
  );

  test("what comes late keeps its place, and the next source goes behind the newest", () => {
    const rows = [
      [1, 10, 7, 1],
      [1, 12, 9, 3],
      [1, 11, 8, 2],
      [2, 1, 100, 50],
      [2, 3, 102, 52],
      [2, 2, 101, 51],
    ];
    expect(joined("video/VP8", rows).map(([id]) => id)).toEqual([7, 9, 8, 10, 12, 11]);
  });

  test("a payload that keeps its numbers is not copied, one of another codec neither", () => {
    const pictures = new JoinedPictures();
    for (const of of [packet(1, 1, "video/VP8", vp8(5, 5)), packet(2, 1, "video/H264", [0x65, 1, 2])]) {
      pictures.next(of);
      expect(pictures.payload(of)).toBe(of.payload);
    }
  });

  test("picture ids of 7 bits stay such", () => {
    const pictures = new JoinedPictures();
    const short = (ssrc: number, id: number) => packet(ssrc, 1, "video/VP8", [0x90, 0x80, id, 0x11, 1]);
    pictures.next(short(1, 126));
    pictures.payload(short(1, 126));
    pictures.next(short(2, 9));
    expect(pictures.payload(short(2, 9))[2]).toBe(127);
    pictures.next(short(3, 9));
    expect(pictures.payload(short(3, 9))[2]).toBe(0);
  });
});

test("frame numbers of dependency descriptors go on likewise (AV1 RTP specification, A.8.2)", () => {
  const pictures = new JoinedPictures();
  const numbers = [
    [1, 65_535],
    [2, 300],
    [2, 301],
  ].map(([ssrc, number], index) => {
    const data = Uint8Array.of(0xc0, number! >> 8, number! & 0xff, 9);
    const other = { uri: "urn:other", data: Uint8Array.of(1) };
    const of = {
      ...packet(ssrc!, index, "video/AV1", [1]),
      extensions: [other, { uri: DEPENDENCY_DESCRIPTOR_URI, data }],
    };
    pictures.next(of);
    const [first, second] = pictures.extensions(of);
    expect([first, second!.data[0], second!.data[3]]).toEqual([other, 0xc0, 9]);
    return (second!.data[1]! << 8) | second!.data[2]!;
  });
  expect(numbers).toEqual([65_535, 0, 1]);
});

test("no payload makes it throw, or changes its length", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.nat(3), fc.uint8Array({ maxLength: 8 }), fc.constantFrom("video/VP8", "video/VP9")),
      ),
      (packets) => {
        const pictures = new JoinedPictures();
        packets.forEach(([ssrc, payload, mimeType], index) => {
          const of = packet(ssrc, index, mimeType, [...payload]);
          pictures.next(of);
          expect(pictures.payload(of)).toHaveLength(payload.length);
        });
      },
    ),
  );
});
