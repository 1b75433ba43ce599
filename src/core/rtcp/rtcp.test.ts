import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { Malformed } from "../base/malformed.ts";
import { everyInput, fromHex, malformedCases, samples, toHex } from "../rtp/vectors.testing.ts";
import {
  ARRIVAL_AFTER_REPORT,
  arrivalMetric,
  decodeCompound,
  isReceiveDelta,
  MAX_COMPOUND_PACKETS,
  MAX_FEEDBACK_PACKETS,
  MAX_NACK_NUMBERS,
  NOT_ARRIVED,
  NOT_RECEIVED,
  type ReportBlock,
  type RtcpPacket,
  SDES,
  writeApplication,
  writeBye,
  writeCongestionControlFeedback,
  writeExtendedReport,
  writeFullIntraRequest,
  writeNack,
  writePictureLoss,
  writeReceiverReport,
  writeRemb,
  writeSenderReport,
  writeSourceDescription,
  writeTransportWideFeedback,
} from "./index.ts";

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(new Uint8Array(70_000).fill(0xa5));
  write(out);
  expect(out.ok).toBe(true);
  return out.written();
}

/** Writes, checks the framing, and reads back. */
function roundTrip(write: (out: ByteWriter) => void): RtcpPacket[] {
  const bytes = written(write);
  expect(bytes.length % 4).toBe(0);
  const packets = decodeCompound(bytes, (reason) => expect.fail(reason.reason));
  if (packets instanceof Malformed) throw new Error(packets.reason);
  return packets;
}

const block: ReportBlock = {
  ssrc: 0xdead_beef,
  fractionLost: 25,
  cumulativeLost: -3,
  highestSequenceNumber: 0x0001_fffe,
  jitter: 4000,
  lastSenderReport: 0x8765_4321,
  delaySinceLastSenderReport: 65_536,
};

describe("reports (RFC 3550 §6.4)", () => {
  test("sender and receiver reports with 0, 1 and 31 blocks", () => {
    for (const count of [0, 1, 31]) {
      const reports = Array<ReportBlock>(count).fill(block);
      const sent = {
        ssrc: 1,
        ntpSeconds: 0xe000_0001,
        ntpFraction: 0x8000_0000,
        rtpTimestamp: 0xffff_ffff,
        packetCount: 7,
        octetCount: 0xffff_fff0,
        reports,
      };
      const packets = roundTrip((out) => {
        writeSenderReport(out, sent);
        writeReceiverReport(out, 2, reports);
      });
      expect(packets).toEqual([
        { type: "sender-report", ...sent },
        { type: "receiver-report", ssrc: 2, reports },
      ]);
    }
  });

  test("the number of lost packets is clamped to 24 bits (§A.3)", () => {
    for (const [lost, clamped] of [
      [0x7f_ffff, 0x7f_ffff],
      [0x80_0000, 0x7f_ffff],
      [-0x80_0000, -0x80_0000],
      [-0x80_0001, -0x80_0000],
    ] as const) {
      const [report] = roundTrip((out) => writeReceiverReport(out, 1, [{ ...block, cumulativeLost: lost }]));
      expect(report).toMatchObject({ reports: [{ cumulativeLost: clamped }] });
    }
  });
});

test("source description: chunks of every length end with a zero (§6.5)", () => {
  for (let length = 0; length < 9; length++) {
    const chunks = [
      { ssrc: 1, items: [{ itemType: SDES.CNAME, text: "x".repeat(length) }] },
      { ssrc: 2, items: [] },
      {
        ssrc: 3,
        items: [
          { itemType: SDES.MID, text: "ä" },
          { itemType: 99, text: "" },
        ],
      },
    ];
    expect(roundTrip((out) => writeSourceDescription(out, chunks))).toEqual([
      { type: "source-description", chunks },
    ]);
  }
  const [long] = roundTrip((out) =>
    writeSourceDescription(out, [{ ssrc: 1, items: [{ itemType: 1, text: "x".repeat(256) }] }]),
  );
  expect(long).toMatchObject({ chunks: [{ items: [] }] });
});

test("BYE with and without reason; APP (§6.6, §6.7)", () => {
  const data = fromHex("0102030405060708");
  expect(
    roundTrip((out) => {
      writeBye(out, [1, 2], "done");
      writeBye(out, [], undefined);
      writeApplication(out, { subtype: 5, ssrc: 9, name: "TEST", data });
    }),
  ).toEqual([
    { type: "bye", ssrcs: [1, 2], reason: "done" },
    { type: "bye", ssrcs: [], reason: undefined },
    { type: "application", subtype: 5, ssrc: 9, name: "TEST", data },
  ]);
});

test("extended reports: reference time and delays, others skipped (RFC 3611 §4.4, §4.5)", () => {
  const report = {
    ssrc: 1,
    referenceTime: { ntpSeconds: 5, ntpFraction: 6 },
    delays: [
      { ssrc: 2, lastReference: 3, delay: 4 },
      { ssrc: 5, lastReference: 6, delay: 7 },
    ],
  };
  expect(roundTrip((out) => writeExtendedReport(out, report))).toEqual([
    { type: "extended-report", ...report },
  ]);
  const empty = { ssrc: 1, referenceTime: undefined, delays: [] };
  expect(roundTrip((out) => writeExtendedReport(out, empty))).toEqual([
    { type: "extended-report", ...empty },
  ]);
  expect(decodeCompound(fromHex("80cf0003000000012a0000010a0b0c0d"))).toEqual([
    { type: "extended-report", ...empty },
  ]);
});

describe("feedback", () => {
  test("NACK: numbers come back in order, across the wrap too (RFC 4585 §6.2.1)", () => {
    const numbers = [65_530, 65_531, 65_535, 0, 10, 11, 28, 29, 500];
    expect(roundTrip((out) => writeNack(out, 1, 2, numbers))).toEqual([
      { type: "nack", senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: numbers },
    ]);
    expect(toHex(written((out) => writeNack(out, 1, 2, [5, 6, 21])))).toBe(
      "81cd000300000001000000020005" + "8001",
    );
  });

  test("NACK: 1,000 numbers are taken, not more", () => {
    const asked = (count: number) => {
      const numbers = Array.from({ length: count }, (_, i) => i);
      const [nack] = roundTrip((out) => writeNack(out, 1, 2, numbers));
      return nack?.type === "nack" ? nack.sequenceNumbers.length : -1;
    };
    expect(asked(MAX_NACK_NUMBERS)).toBe(MAX_NACK_NUMBERS);
    expect(asked(MAX_NACK_NUMBERS + 1)).toBe(MAX_NACK_NUMBERS);
  });

  test("PLI and FIR (RFC 4585 §6.3.1, RFC 5104 §4.3.1)", () => {
    const entries = [
      { ssrc: 3, commandNumber: 255 },
      { ssrc: 4, commandNumber: 0 },
    ];
    expect(
      roundTrip((out) => {
        writePictureLoss(out, 1, 2);
        writeFullIntraRequest(out, 1, entries);
      }),
    ).toEqual([
      { type: "picture-loss", senderSsrc: 1, mediaSsrc: 2 },
      { type: "full-intra-request", senderSsrc: 1, entries },
    ]);
  });

  test.each([
    [0, 0],
    [262_143, 262_143],
    [262_144, 262_144],
    [1_000_001, 1_000_000],
    [Number.POSITIVE_INFINITY, 2 ** 53 - 2 ** 35],
  ])("REMB %d is sent as %d", (bitrate, read) => {
    expect(roundTrip((out) => writeRemb(out, 1, bitrate, [2, 3]))).toEqual([
      { type: "receiver-estimated-maximum-bitrate", senderSsrc: 1, bitrate: read, ssrcs: [2, 3] },
    ]);
  });

  test("transport-wide feedback comes back whatever was lost, early or late", () => {
    const seed = 7;
    const random = new SeededRandom(seed);
    const below = (limit: number) => random.uint32() % limit;
    for (let round = 0; round < 300; round++) {
      const count = 1 + below(round < 250 ? 60 : 3000);
      const lossPercent = below(100);
      const deltas = Int32Array.from({ length: count }, () => {
        if (below(100) < lossPercent) return NOT_RECEIVED;
        return below(10) === 0 ? below(65_536) - 32_768 : below(256);
      });
      const feedback = {
        senderSsrc: 1,
        mediaSsrc: 2,
        baseSequenceNumber: below(65_536),
        referenceTime: below(2 ** 24) - 2 ** 23,
        feedbackCount: below(256),
        deltas,
      };
      const [read] = roundTrip((out) => writeTransportWideFeedback(out, feedback));
      expect(read, `seed ${seed}, round ${round}`).toEqual({ type: "transport-wide-feedback", ...feedback });
    }
  });

  test("transport-wide feedback is short: runs and vectors", () => {
    const length = (deltas: number[]) =>
      written((out) =>
        writeTransportWideFeedback(out, {
          senderSsrc: 1,
          mediaSsrc: 2,
          baseSequenceNumber: 0,
          referenceTime: 0,
          feedbackCount: 0,
          deltas: Int32Array.from(deltas),
        }),
      ).length;
    expect(length(Array(100).fill(4))).toBe(20 + 2 + 100 + 2);
    expect(length([4, NOT_RECEIVED, 4, 4, NOT_RECEIVED, 4, 4, NOT_RECEIVED])).toBe(20 + 2 + 5 + 1);
  });

  test("transport-wide feedback of another stack is read, and its padding of any length", () => {
    const [feedback] = decodeCompound(
      fromHex("afcd0005fa17fa1743032fa0009900013de8021720019401"),
    ) as RtcpPacket[];
    expect(feedback).toMatchObject({
      baseSequenceNumber: 153,
      referenceTime: 4_057_090,
      feedbackCount: 23,
      deltas: Int32Array.of(0x94),
    });
    const written3 = written((out) => {
      const deltas = Int32Array.of(1, 2, 3);
      const feedback = {
        senderSsrc: 1,
        mediaSsrc: 2,
        baseSequenceNumber: 0,
        referenceTime: 0,
        feedbackCount: 0,
        deltas,
      };
      writeTransportWideFeedback(out, feedback);
      writePictureLoss(out, 1, 2);
    });
    expect(toHex(written3.subarray(20, 28))).toBe("2003010203000003");
    expect(decodeCompound(written3)).toHaveLength(2);
  });

  test("transport-wide feedback speaks of 16,384 packets at most", () => {
    const packet = (count: number) => {
      const bytes = fromHex("8fcd0006000000010000000200000000000000001fff1fff1fff0000");
      new DataView(bytes.buffer).setUint16(14, count);
      const packets = decodeCompound(bytes);
      return packets instanceof Malformed ? -1 : packets.length;
    };
    expect([1, MAX_FEEDBACK_PACKETS, MAX_FEEDBACK_PACKETS + 1, 0].map(packet)).toEqual([1, 1, 0, 0]);
    expect([-32_768, 32_767, -32_769, 32_768].map(isReceiveDelta)).toEqual([true, true, false, false]);
  });

  test("congestion control feedback with odd and even ranges (RFC 8888 §3.1)", () => {
    const feedback = {
      senderSsrc: 1,
      streams: [
        {
          ssrc: 2,
          beginSequenceNumber: 65_535,
          metrics: Uint16Array.of(arrivalMetric(3, 100), NOT_ARRIVED, arrivalMetric(0, ARRIVAL_AFTER_REPORT)),
        },
        { ssrc: 3, beginSequenceNumber: 7, metrics: Uint16Array.of(arrivalMetric(1, 9_999), NOT_ARRIVED) },
        { ssrc: 4, beginSequenceNumber: 0, metrics: new Uint16Array(0) },
      ],
      reportTimestamp: 0x1234_5678,
    };
    expect(roundTrip((out) => writeCongestionControlFeedback(out, feedback))).toEqual([
      { type: "congestion-control-feedback", ...feedback },
    ]);
  });
});

describe("hostile packets", () => {
  test.each(malformedCases.filter(({ proto }) => proto === "rtcp").map((c) => [c.id, c] as const))(
    "%s",
    (_, { hex, expect: outcome }) => {
      const packets = decodeCompound(fromHex(hex));
      const read = packets instanceof Malformed ? 0 : packets.length;
      if (outcome.startsWith("drop")) expect(read).toBe(0);
      if (outcome.startsWith("accept in") || outcome.startsWith("accept, ")) expect(read).toBeGreaterThan(0);
    },
  );

  test("64 packets of a datagram are read, the rest is ignored", () => {
    const read = (count: number) =>
      roundTrip((out) => {
        for (let i = 0; i < count; i++) writeReceiverReport(out, i, []);
      }).length;
    expect([MAX_COMPOUND_PACKETS - 1, MAX_COMPOUND_PACKETS, MAX_COMPOUND_PACKETS + 1].map(read)).toEqual([
      63, 64, 64,
    ]);
  });

  test("no input makes the decoder throw", () => {
    let packets = 0;
    for (const input of everyInput()) {
      const decoded = decodeCompound(input);
      if (!(decoded instanceof Malformed)) packets += decoded.length;
      for (const packetType of [200, 201, 202, 203, 204, 205, 206, 207])
        for (const count of [0, 1, 4, 11, 15, 31]) {
          const words = input.length >>> 2;
          const framed = new Uint8Array(4 + words * 4);
          framed.set([0x80 | count, packetType, words >>> 8, words & 0xff]);
          framed.set(input.subarray(0, words * 4), 4);
          decodeCompound(framed);
        }
    }
    expect(packets).toBeGreaterThan(20);
  });

  test("packets of other stacks' tests are understood", () => {
    const types = new Set<string>();
    for (const name of ["libwebrtc-rtcp", "pion-rtcp"])
      for (const { bytes } of samples(name)) {
        const decoded = decodeCompound(bytes);
        if (!(decoded instanceof Malformed)) for (const { type } of decoded) types.add(type);
      }
    expect([...types].sort()).toEqual(
      expect.arrayContaining([
        "application",
        "bye",
        "nack",
        "picture-loss",
        "receiver-report",
        "sender-report",
        "source-description",
        "transport-wide-feedback",
      ]),
    );
  });

  test("a fault inside one packet leaves out that packet only, and is told", () => {
    const reasons: string[] = [];
    const datagram = fromHex("80c9000100000001" + "81cb0002cafebabeff616263" + "80c9000100000002");
    const packets = decodeCompound(datagram, ({ reason }) => reasons.push(reason));
    expect(packets).toMatchObject([{ ssrc: 1 }, { ssrc: 2 }]);
    expect(reasons).toEqual(["rtcp: bye overruns its packet"]);
  });
});
