import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { compactDifference, NtpMapping, ntpFraction, ntpSeconds, wallClockOfNtp } from "../ntp.ts";
import { Demultiplexer, MAX_LEARNT_SSRCS } from "./demultiplexer.ts";
import { LayerTable, MAX_SECTION_STREAMS } from "./layer-table.ts";
import { MAX_BUFFERED_AUDIO_PACKETS, PacketBuffer } from "./packet-buffer.ts";
import { MAX_DROPOUT, ReceptionStatistics } from "./reception-statistics.ts";

describe("reception statistics (RFC 3550 §6.4.1, §A.3)", () => {
  test("the fraction lost is that since the last report, the number lost that since the beginning", () => {
    const statistics = new ReceptionStatistics(7, 8000);
    const receive = (numbers: number[]) => {
      for (const number of numbers) statistics.received(number, number & 0xffff, number * 160, 12, 160);
    };
    receive([65_534, 65_535, 65_537, 65_536 + 3]);
    expect(statistics.reportBlock(0)).toMatchObject({
      ssrc: 7,
      fractionLost: Math.floor((2 * 256) / 6),
      cumulativeLost: 2,
      highestSequenceNumber: 0x0001_0003,
    });
    receive([65_536, 65_538]);
    expect(statistics.reportBlock(0)).toMatchObject({ fractionLost: 0, cumulativeLost: 0 });
    receive([65_536]);
    expect(statistics.reportBlock(0)).toMatchObject({ fractionLost: 0, cumulativeLost: -1 });
    expect([statistics.packets, statistics.octets, statistics.headerOctets]).toEqual([7, 1120, 84]);
  });

  test("jitter follows the formula of §A.8", () => {
    const statistics = new ReceptionStatistics(7, 8000);
    let transit = 0;
    let jitter = 0;
    const random = new SeededRandom(4);
    for (let i = 0; i < 500; i++) {
      const now = i * 20 + (random.uint32() % 10);
      statistics.received(now, i, i * 160, 12, 160);
      const next = now * 8 - i * 160;
      if (i > 0) jitter += (Math.abs(next - transit) - jitter) / 16;
      transit = next;
    }
    expect(statistics.jitter * 8000).toBeCloseTo(jitter, 6);
    expect(statistics.reportBlock(0).jitter).toBe(Math.floor(jitter));
  });

  test("jitter crosses the wrap of the timestamp, and long silence is none", () => {
    const statistics = new ReceptionStatistics(7, 8000);
    for (let i = 0; i < 50; i++) statistics.received(i * 20, i, (2 ** 32 - 1600 + i * 160) % 2 ** 32, 12, 1);
    expect(statistics.jitter).toBeLessThan(1e-9);
    statistics.received(60_000, 50, 160, 12, 1);
    expect(statistics.jitter).toBeLessThan(1e-9);
  });

  test("a source that begins anew is believed after two packets in a row (§A.1)", () => {
    const statistics = new ReceptionStatistics(7, 8000);
    for (let i = 0; i < 5; i++) statistics.received(0, i, 0, 12, 1);
    expect(statistics.received(0, 4 + MAX_DROPOUT, 0, 12, 1)).toBe(-1);
    expect(statistics.received(0, 5, 0, 12, 1)).toBeGreaterThan(0);
    expect(statistics.received(0, 30_000, 0, 12, 1)).toBe(-1);
    expect(statistics.received(0, 30_001, 0, 12, 1)).toBeGreaterThan(0);
    expect([statistics.expected, statistics.lost]).toEqual([1, 0]);
    expect(statistics.received(0, 30_001 + MAX_DROPOUT - 1, 0, 12, 1)).toBeGreaterThan(0);
  });
});

describe("reports and clocks (RFC 3550 §6.4)", () => {
  test("NTP timestamps come back to a microsecond", () => {
    for (const wallClock of [0, 1_790_000_000_123.456, 1_790_000_000_999.75, 2_085_978_495_999.5])
      expect(wallClockOfNtp(ntpSeconds(wallClock), ntpFraction(wallClock))).toBeCloseTo(wallClock, 2);
    expect(compactDifference(0x0000_8000, 0xffff_8000)).toBe(1000);
  });

  test("sender reports map timestamps to the sender's clock, across the wrap and at its real rate", () => {
    const mapping = new NtpMapping(90_000);
    expect(mapping.wallClockAt(5)).toBeUndefined();
    const begin = 1_790_000_000_000;
    const update = (wallClock: number, timestamp: number) =>
      mapping.update(ntpSeconds(wallClock), ntpFraction(wallClock), timestamp);
    update(begin, 2 ** 32 - 90_000);
    expect(mapping.wallClockAt(90_000)).toBeCloseTo(begin + 2000, 1);
    expect(mapping.wallClockAt(2 ** 32 - 180_000)).toBeCloseTo(begin - 1000, 1);
    update(begin + 10_000, 90_000 * 9 * 1.001 + 90);
    expect(mapping.wallClockAt(90_000 * 9 * 1.001 + 90 + 90_000)).toBeCloseTo(begin + 11_000 - 1, 0);
    update(begin + 3_600_000, 500);
    expect(mapping.wallClockAt(500 + 90)).toBeCloseTo(begin + 3_600_001, 1);
  });
});

describe("demultiplexing (RFC 9143 §9.2)", () => {
  const table = () => {
    const demultiplexer = new Demultiplexer<string>();
    demultiplexer.configure([
      { section: "audio", mid: "0", payloadTypes: [111, 0], ssrcs: [10] },
      { section: "video", mid: "1", payloadTypes: [96, 97, 97], ssrcs: [] },
      { section: "second", mid: "2", payloadTypes: [96, 98], ssrcs: [] },
    ]);
    return demultiplexer;
  };

  test("the mid decides first, and is remembered for the SSRC", () => {
    const demultiplexer = table();
    expect(demultiplexer.find(10, 111, "2")).toBe("second");
    expect(demultiplexer.find(10, 111, undefined)).toBe("second");
    expect(demultiplexer.find(10, 111, "0")).toBe("audio");
    expect(demultiplexer.find(10, 111, "7")).toBeUndefined();
    expect(demultiplexer.sectionOf(10)).toBe("audio");
  });

  test("then the SSRC, announced or learnt; then a payload type that one section alone has", () => {
    const demultiplexer = table();
    expect(demultiplexer.find(10, 96, undefined)).toBe("audio");
    expect(demultiplexer.find(20, 96, undefined)).toBeUndefined();
    expect(demultiplexer.find(20, 97, undefined)).toBe("video");
    expect(demultiplexer.find(20, 96, undefined)).toBe("video");
    demultiplexer.forget(20);
    expect(demultiplexer.find(20, 96, undefined)).toBeUndefined();
  });

  test("256 SSRCs are learnt, a flood of them makes the oldest go, announced ones stay", () => {
    const demultiplexer = table();
    for (let ssrc = 1000; ssrc < 1000 + MAX_LEARNT_SSRCS; ssrc++) demultiplexer.find(ssrc, 111, undefined);
    expect(demultiplexer.sectionOf(1000)).toBe("audio");
    for (let ssrc = 5_000; ssrc < 100_000; ssrc++) demultiplexer.find(ssrc, 111, undefined);
    expect(demultiplexer.sectionOf(1000)).toBeUndefined();
    expect(demultiplexer.sectionOf(99_999 - MAX_LEARNT_SSRCS)).toBeUndefined();
    expect(demultiplexer.sectionOf(100_000 - MAX_LEARNT_SSRCS)).toBe("audio");
    expect(demultiplexer.find(10, 96, undefined)).toBe("audio");
  });

  test("a section that is gone takes its SSRCs with it", () => {
    const demultiplexer = table();
    demultiplexer.find(20, 97, undefined);
    demultiplexer.configure([{ section: "audio", mid: "0", payloadTypes: [97], ssrcs: [] }]);
    expect(demultiplexer.find(20, 97, undefined)).toBe("audio");
    expect(demultiplexer.find(21, 97, "1")).toBeUndefined();
  });

  test("layers are told apart by rid, repair streams by the rid that they repair (RFC 8852)", () => {
    const layers = new LayerTable();
    expect(layers.learn(1, "hi", undefined)).toEqual({ ssrc: 1, rid: "hi", repair: false });
    layers.learn(2, "lo", undefined);
    const repair = layers.learn(3, undefined, "lo");
    expect(layers.repairedBy(repair)).toBe(2);
    expect(layers.learn(3, undefined, undefined)).toBe(repair);
    layers.learn(4, "lo", undefined);
    expect(layers.repairedBy(repair)).toBe(4);
    layers.announce([[9, 1]]);
    expect(layers.repairedBy(layers.learn(9, undefined, undefined))).toBe(1);
    for (let ssrc = 100; ssrc < 100 + MAX_SECTION_STREAMS; ssrc++) layers.learn(ssrc, undefined, undefined);
    expect(layers.learn(1, undefined, undefined).rid).toBeUndefined();
  });
});

describe("packet buffer", () => {
  const insert = (buffer: PacketBuffer, now: number, number: number) =>
    buffer.insert(now, number, number * 960, 111, false, Uint8Array.of(number & 0xff));
  const drain = (buffer: PacketBuffer, now: number) => {
    const out: [number, number][] = [];
    for (let packet = buffer.poll(now); packet !== undefined; packet = buffer.poll(now))
      out.push([packet.sequenceNumber, packet.lostBefore]);
    return out;
  };

  test("packets leave in order; what stays away is told as lost", () => {
    const buffer = new PacketBuffer(48_000);
    insert(buffer, 0, 100);
    insert(buffer, 20, 102);
    expect(drain(buffer, 20)).toEqual([[100, 0]]);
    insert(buffer, 30, 101);
    expect(drain(buffer, 30)).toEqual([
      [101, 0],
      [102, 0],
    ]);
    insert(buffer, 60, 105);
    expect(drain(buffer, 60)).toEqual([]);
    expect(buffer.nextTimeout()).toBeGreaterThan(60);
    expect(drain(buffer, buffer.nextTimeout())).toEqual([[105, 2]]);
    insert(buffer, 100, 104);
    insert(buffer, 100, 105);
    expect([drain(buffer, 100), buffer.packetsDiscarded]).toEqual([[], 2]);
  });

  test("a jump beyond what can be held loses what is missing", () => {
    const buffer = new PacketBuffer(48_000);
    insert(buffer, 0, 1);
    insert(buffer, 0, 2);
    insert(buffer, 0, 1 + MAX_BUFFERED_AUDIO_PACKETS);
    expect(buffer.packetsDiscarded).toBe(1);
    insert(buffer, 0, 5_000_000);
    drain(buffer, 0);
    const [[number, lost] = [0, 0]] = drain(buffer, 1e6);
    expect(number).toBe(5_000_000);
    expect(lost).toBeGreaterThan(4_000_000);
  });
});
