import { expect, test } from "vitest";
import { Malformed } from "../core/base/malformed.ts";
import type { MediaPacket } from "../core/base/media-frame.ts";
import { wallClockOfNtp } from "../core/media/index.ts";
import { decodeCompound, type RtcpPacket } from "../core/rtcp/index.ts";
import { everyInput } from "../core/rtp/vectors.testing.ts";
import { SeededRandom } from "../sim/seeded-random.ts";
import { MAX_PLAIN_SOURCES, RtpReader, RtpWriter } from "./plain-rtp.ts";

const OPTIONS = {
  formats: [
    { payloadType: 96, mimeType: "video/VP8" },
    { payloadType: 0, mimeType: "audio/PCMU" },
  ],
  headerExtensions: [
    { uri: "urn:one", id: 1 },
    { uri: "urn:far", id: 200 },
  ],
};

function packet(change: Partial<MediaPacket> = {}): MediaPacket {
  return {
    mimeType: "video/VP8",
    payloadType: 96,
    marker: true,
    sequenceNumber: 65_536,
    timestamp: 2 ** 32 - 1,
    ssrc: 0xffff_ffff,
    csrcs: [],
    payload: Uint8Array.of(1, 2, 3),
    extensions: [],
    ...change,
  };
}

test("what is written is read back: sources, numbers, extensions of both forms", () => {
  const random = new SeededRandom(3);
  const writer = new RtpWriter(OPTIONS);
  const reader = new RtpReader(OPTIONS);
  for (let i = 0; i < 300; i++) {
    const data = (length: number) => Uint8Array.from({ length }, () => random.uint32() & 0xff);
    const sent = packet({
      marker: random.uint32() % 2 === 0,
      sequenceNumber: 65_536 + i * 40,
      timestamp: random.uint32(),
      csrcs: Array.from({ length: random.uint32() % 16 }, () => random.uint32()),
      payload: data(1 + (random.uint32() % 60)),
      extensions: [
        ...(random.uint32() % 2 ? [{ uri: "urn:one", data: data(1 + (random.uint32() % 30)) }] : []),
        ...(random.uint32() % 2 ? [{ uri: "urn:far", data: data(random.uint32() % 20) }] : []),
      ],
    });
    expect(reader.read(writer.write(sent)!)).toEqual(sent);
  }
});

test("payload types are each end's own, and extensions that were not agreed on stay behind", () => {
  const writer = new RtpWriter({ formats: [{ payloadType: 101, mimeType: "video/vp8" }] });
  const datagram = writer.write(packet({ extensions: [{ uri: "urn:one", data: Uint8Array.of(1) }] }))!;
  expect([datagram[1], datagram.length]).toEqual([0x80 | 101, 15]);
  expect(writer.write(packet({ mimeType: "video/AV1" }))).toBeUndefined();
  const reader = new RtpReader({ formats: [{ payloadType: 101, mimeType: "video/VP8" }] });
  expect(reader.read(datagram)).toMatchObject({ mimeType: "video/VP8", payloadType: 101, extensions: [] });
});

test("what is no media is left out: RTCP on the same port (RFC 5761), padding alone, other formats, no RTP", () => {
  const reader = new RtpReader(OPTIONS);
  const good = new RtpWriter(OPTIONS).write(packet())!;
  for (const change of [
    [1, 200],
    [1, 0x80 | 97],
    [0, 0x40],
  ] as const) {
    const bad = good.slice();
    bad[change[0]] = change[1];
    expect(reader.read(bad)).toBeUndefined();
  }
  const padded = good.slice();
  padded[0]! |= 0x20;
  padded[14] = 3;
  expect(reader.read(padded)).toBeUndefined();
  for (const input of everyInput()) reader.read(input);
});

test("numbers of each source go on across the wrap; of many sources the oldest are forgotten", () => {
  const reader = new RtpReader(OPTIONS);
  const writer = new RtpWriter(OPTIONS);
  const read = (ssrc: number, sequenceNumber: number) =>
    reader.read(writer.write(packet({ ssrc, sequenceNumber }))!)!.sequenceNumber;
  const first = read(1, 65_535);
  expect(read(2, 7)).toBe(65_543);
  expect(read(1, 0)).toBe(first + 1);
  for (let ssrc = 3; ssrc < 3 + MAX_PLAIN_SOURCES; ssrc++) read(ssrc, 0);
  expect(read(1, 1)).toBe(65_537);
});

test("VP9 whose descriptors tell nothing but B and E gets P by the pictures' own headers (RFC 9628 §4.2)", () => {
  const formats = [{ payloadType: 96, mimeType: "video/VP9" }];
  const writer = new RtpWriter({ formats });
  const reader = new RtpReader({ formats });
  const read = (timestamp: number, ...payload: number[]) => {
    const datagram = writer.write(
      packet({ mimeType: "video/VP9", timestamp, payload: Uint8Array.from(payload) }),
    );
    return [...reader.read(datagram!)!.payload];
  };
  const [key, inter, existing, other] = [0x82, 0x86, 0x88, 0x06];
  expect(read(1, 0x08, key, 7)).toEqual([0x08, key, 7]);
  expect(read(1, 0x04, inter)).toEqual([0x04, inter]);
  expect(read(2, 0x08, inter, 7)).toEqual([0x48, inter, 7]);
  expect(read(2, 0x00, key)).toEqual([0x40, key]);
  expect(read(2, 0x04, key)).toEqual([0x44, key]);
  // Its first packet was lost.
  expect(read(3, 0x04, inter)).toEqual([0x04, inter]);
  expect(read(4, 0x0c, existing)).toEqual([0x4c, existing]);
  // No uncompressed header: encrypted, perhaps. And a descriptor that tells more is left as it is.
  expect(read(5, 0x0c, other)).toEqual([0x0c, other]);
  expect(read(6, 0x8c, 1, inter)).toEqual([0x8c, 1, inter]);
  expect(read(7, 0x0c)).toEqual([0x0c]);
});

function compound(datagram: Uint8Array | undefined): readonly RtcpPacket[] {
  const packets = decodeCompound(datagram!);
  if (packets instanceof Malformed) throw new Error(packets.reason);
  return packets;
}

test("reports say when the packet written last was sampled, and what was written of its source (RFC 3550 §6.4.1, §6.5)", () => {
  const writer = new RtpWriter(OPTIONS);
  expect(writer.report(0, "name")).toBeUndefined();
  writer.write(packet({ ssrc: 5, timestamp: 900 }));
  writer.write(packet({ ssrc: 7, timestamp: 1000 }));
  writer.write(packet({ ssrc: 7, timestamp: 4000, payload: Uint8Array.of(1) }));
  const wallClock = 1_700_000_000_250;
  const [report, names] = compound(writer.report(wallClock, "name"));
  expect(report).toMatchObject({ ssrc: 7, rtpTimestamp: 4000, packetCount: 2, octetCount: 4, reports: [] });
  expect(sampledAt(report)).toBeCloseTo(wallClock, 3);
  expect(names).toMatchObject({ chunks: [{ ssrc: 7, items: [{ itemType: 1, text: "name" }] }] });
});

function sampledAt(report: RtcpPacket | undefined): number {
  if (report?.type !== "sender-report") throw new Error("no sender report");
  return wallClockOfNtp(report.ntpSeconds, report.ntpFraction);
}

test.each([
  ["video/VP8", 90],
  ["audio/PCMU", 8],
])(
  "later reports of %s go by the codec's clock, across its wrap, and by ours again when it has jumped",
  (mimeType, ticks) => {
    const writer = new RtpWriter(OPTIONS);
    const report = (now: number, timestamp: number) => {
      writer.write(packet({ mimeType, timestamp: timestamp >>> 0 }));
      const [sent] = compound(writer.report(now, "name"));
      expect(sent).toMatchObject({ rtpTimestamp: timestamp >>> 0 });
      return sampledAt(sent);
    };
    const start = 1_700_000_000_000;
    const first = 2 ** 32 - 500 * ticks;
    expect(report(start, first)).toBeCloseTo(start, 3);
    // The packet comes 400 ms late, and the next one 4,999 ms.
    expect(report(start + 1400, first + 1000 * ticks)).toBeCloseTo(start + 1000, 3);
    expect(report(start + 6999, first + 2000 * ticks)).toBeCloseTo(start + 2000, 3);
    expect(report(start + 8001, first + 3000 * ticks)).toBeCloseTo(start + 8001, 3);
  },
);

test("a BYE follows the last report, once, with names of every length (RFC 3550 §6.6)", () => {
  for (let length = 0; length <= 255; length++) {
    const writer = new RtpWriter(OPTIONS);
    expect(writer.bye(0, "")).toBeUndefined();
    writer.write(packet({ ssrc: 9 }));
    const types = compound(writer.bye(0, "n".repeat(length))).map(({ type }) => type);
    expect(types).toEqual(["sender-report", "source-description", "bye"]);
    expect(writer.bye(0, "")).toBeUndefined();
  }
});
