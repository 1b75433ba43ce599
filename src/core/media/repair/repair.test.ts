import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { Malformed } from "../../base/malformed.ts";
import { RtpPacketBuilder } from "../../rtp/rtp-packet-builder.ts";
import { descriptors, everyInput, fec, fromHex, toHex } from "../../rtp/vectors.testing.ts";
import { FecReceiver, MAX_FEC_REPAIR_PACKETS } from "./fec-receiver.ts";
import { FecSender } from "./fec-sender.ts";
import { decodeFlexfec, type FlexfecVersion, writeFlexfec } from "./flexfec.ts";
import { decodeRed, MAX_RED_BLOCKS, RedWriter } from "./red.ts";
import { decodeUlpfec, writeUlpfec } from "./ulpfec.ts";
import { type RepairPacket, XorCode } from "./xor-code.ts";

function packet(sequenceNumber: number, payloadLength: number, fill = sequenceNumber): Uint8Array {
  const out = new Uint8Array(200 + payloadLength);
  const builder = new RtpPacketBuilder();
  builder.start(
    out,
    96,
    sequenceNumber % 5 === 0,
    sequenceNumber & 0xffff,
    90_000 + sequenceNumber,
    0x1122_3344,
  );
  if (sequenceNumber % 3 === 0) builder.addExtension(3, Uint8Array.of(1, 2, 3));
  const header = builder.endHeader();
  out.fill(fill, header, header + payloadLength);
  return out.slice(0, header + payloadLength);
}

describe("RED (RFC 2198)", () => {
  interface Vector {
    readonly codec: string;
    readonly hex: string;
    readonly decoded: Record<string, unknown>;
  }
  const vectors = (descriptors.descriptors as Vector[]).filter(({ codec }) => codec === "RED");
  test.each(vectors.map((v) => [v.hex, v.decoded] as const))("%s", (hex, decoded) => {
    const blocks = decodeRed(fromHex(hex));
    if ("error" in decoded) expect(blocks).toBeInstanceOf(Malformed);
    else
      expect(
        (blocks as { payloadType: number; data: Uint8Array }[]).map((b) => [b.payloadType, toHex(b.data)]),
      ).toEqual((decoded["blocks"] as { pt: number; data: string }[]).map((b) => [b.pt, b.data]));
  });

  test("each packet carries the ones before it, oldest first, as far as they fit", () => {
    const writer = new RedWriter(2);
    const out = new Uint8Array(1500);
    const write = (timestamp: number, data: string, room = 1200) => {
      const length = writer.write(111, timestamp, fromHex(data), out, 3, room);
      const blocks = decodeRed(out.subarray(3, 3 + length));
      return blocks instanceof Malformed ? blocks : blocks.map((b) => [b.timestampOffset, toHex(b.data)]);
    };
    expect(write(0xffff_fc40, "aa")).toEqual([[0, "aa"]]);
    expect(write(0, "bbbb")).toEqual([
      [960, "aa"],
      [0, "bbbb"],
    ]);
    expect(write(960, "cc")).toEqual([
      [1920, "aa"],
      [960, "bbbb"],
      [0, "cc"],
    ]);
    expect(write(1920, "dd", 8)).toEqual([
      [960, "cc"],
      [0, "dd"],
    ]);
    expect(write(40_000, "ee")).toEqual([[0, "ee"]]);
    expect(writer.write(111, 0, new Uint8Array(10), out, 0, 10)).toBe(-1);
  });

  test("16 blocks are read, not more", () => {
    const blocks = (count: number) =>
      decodeRed(
        Uint8Array.from([
          ...Array(count - 1)
            .fill([0xef, 0, 0, 0])
            .flat(),
          0x6f,
        ]),
      );
    expect(blocks(MAX_RED_BLOCKS)).toHaveLength(MAX_RED_BLOCKS);
    expect(blocks(MAX_RED_BLOCKS + 1)).toBeInstanceOf(Malformed);
  });
});

type Decode = (payload: Uint8Array) => RepairPacket | Malformed;
type Write = (sender: FecSender, out: Uint8Array) => number;
const flexfec = (version: FlexfecVersion): [string, Decode, Write] => [
  version,
  (payload) => decodeFlexfec(payload, version),
  (s, out) => writeFlexfec(version, s.code, 0x1122_3344, s.baseSequenceNumber, s.offsets, out, 0),
];
const SCHEMES: [string, Decode, Write][] = [
  ["ulpfec", decodeUlpfec, (s, out) => writeUlpfec(s.code, s.baseSequenceNumber, s.offsets, out, 0)],
  flexfec("flexfec-03"),
  flexfec("rfc8627"),
];

describe("forward error correction", () => {
  const media: Uint8Array[] = fec.mediaPackets.map(fromHex);

  test("ULPFEC and flexfec-03 over three packets are written as computed elsewhere, and recover each of them", () => {
    for (const [name, decode, write] of SCHEMES.slice(0, 2)) {
      const expected = name === "ulpfec" ? fec.ulpfecPayload : fec.flexfec03Payload;
      const sender = new FecSender(3);
      for (const [i, bytes] of media.entries()) sender.add(1000 + i, bytes, false);
      const out = new Uint8Array(200);
      expect(toHex(out.subarray(0, write(sender, out)))).toBe(expected);
      for (let lost = 0; lost < 3; lost++) {
        const receiver = new FecReceiver(0x1122_3344);
        const recovered: Uint8Array[] = [];
        for (const [i, bytes] of media.entries())
          if (i !== lost) receiver.addMedia(1000 + i, bytes, bytes[1]! & 0x7f, 12, 0, recovered);
        receiver.addRepair(decode(fromHex(expected)) as RepairPacket, recovered);
        expect(recovered.map(toHex)).toEqual([toHex(media[lost]!)]);
      }
    }
  });

  test.each(SCHEMES)(
    "%s recovers one loss of every group, across the wrap, whatever comes first",
    (_, decode, write) => {
      const seed = 21;
      const random = new SeededRandom(seed);
      const sender = new FecSender(5);
      const receiver = new FecReceiver(0x1122_3344);
      const out = new Uint8Array(2000);
      let arrivals: (() => void)[] = [];
      const recovered: Uint8Array[] = [];
      const lost: string[] = [];
      let drop = 0;
      for (let number = 65_000; number < 66_000; number++) {
        const bytes = packet(number, random.uint32() % 1200);
        if (number % 5 === 0) drop = number + (random.uint32() % 5);
        if (number === drop) lost.push(toHex(bytes));
        else
          arrivals.push(() => receiver.addMedia(number & 0xffff, bytes, bytes[1]! & 0x7f, 12, 0, recovered));
        if (!sender.add(number & 0xffff, bytes, false)) continue;
        const repair = out.slice(0, write(sender, out));
        sender.reset();
        arrivals.push(() => receiver.addRepair(decode(repair) as RepairPacket, recovered));
        arrivals.sort(() => (random.uint32() & 1 ? 1 : -1));
        for (const arrive of arrivals) arrive();
        arrivals = [];
      }
      expect(recovered.map(toHex)).toEqual(lost);
    },
  );

  test.each(SCHEMES)("%s: masks of every length", (name, decode) => {
    const code = new XorCode(100);
    code.add(packet(1, 10));
    const out = new Uint8Array(300);
    for (const offsets of [[0], [14], [0, 15], [3, 45], [0, 46, 47], [1, 20, 108], [109]]) {
      const length =
        name === "ulpfec"
          ? writeUlpfec(code, 7, offsets, out, 0)
          : writeFlexfec(name as FlexfecVersion, code, 5, 7, offsets, out, 0);
      const greatest = offsets[offsets.length - 1]!;
      if (greatest > (name === "ulpfec" ? 47 : 108)) expect(length).toBe(-1);
      else expect(decode(out.slice(0, length))).toMatchObject({ baseSequenceNumber: 7, offsets });
    }
  });

  test("repair packets that nothing comes for are forgotten, and hostile ones change nothing", () => {
    const receiver = new FecReceiver(1);
    const recovered: Uint8Array[] = [];
    for (const input of everyInput())
      for (const [, decode] of SCHEMES) {
        const repair = decode(input);
        if (!(repair instanceof Malformed)) receiver.addRepair(repair, recovered);
        const octets = input.length >= 12 ? input : new Uint8Array(12);
        receiver.addMedia(input.length, octets, 96, 12, 0, recovered);
        decodeRed(input);
      }
    const sender = new FecSender(2);
    const pair = [packet(50, 10), packet(51, 20)] as const;
    sender.add(50, pair[0], false);
    sender.add(51, pair[1], false);
    const out = new Uint8Array(200);
    const repair = decodeUlpfec(
      out.slice(0, writeUlpfec(sender.code, 50, sender.offsets, out, 0)),
    ) as RepairPacket;
    const fresh = new FecReceiver(0x1122_3344);
    fresh.addRepair(repair, recovered);
    recovered.length = 0;
    for (let i = 0; i < MAX_FEC_REPAIR_PACKETS; i++)
      fresh.addRepair({ ...repair, baseSequenceNumber: 300 }, recovered);
    fresh.addMedia(50, pair[0], pair[0][1]! & 0x7f, 12, 0, recovered);
    expect(recovered).toEqual([]);
  });
});
