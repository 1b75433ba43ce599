import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { Malformed } from "../base/malformed.ts";
import { RtpPacketView } from "./rtp-packet.ts";
import {
  appendPadding,
  RtpPacketBuilder,
  writePayloadType,
  writeSequenceNumber,
  writeSsrc,
  writeTimestamp,
} from "./rtp-packet-builder.ts";
import { descriptors, everyInput, fromHex, malformedCases, toHex } from "./vectors.testing.ts";

const packetOf = (hex: string) => {
  const view = new RtpPacketView();
  expect(view.parse(fromHex(hex))).toBeUndefined();
  return view;
};

describe("malformed packets", () => {
  test.each(malformedCases.filter(({ proto }) => proto === "rtp").map((c) => [c.id, c] as const))(
    "%s",
    (_, { hex, expect: outcome }) => {
      const view = new RtpPacketView();
      const result = view.parse(fromHex(hex));
      if (outcome === "drop") expect(result).toBeInstanceOf(Malformed);
      else expect(result).toBeUndefined();
      if (outcome.includes("ignore") || outcome.startsWith("stop")) expect(view.findExtension(1)).toBe(-1);
      if (outcome.includes("empty payload")) expect(view.payloadLength).toBe(0);
    },
  );

  test("padding of the whole payload is taken, one octet more is not (RFC 3550 §5.1)", () => {
    const view = new RtpPacketView();
    const packet = fromHex("a0600001000000020000000311223304");
    expect(view.parse(packet)).toBeUndefined();
    expect(view.payloadLength).toBe(0);
    packet[15] = 5;
    expect(view.parse(packet)).toBeInstanceOf(Malformed);
  });

  test("nothing that fuzzers have found makes the view or its accessors throw", () => {
    const view = new RtpPacketView();
    let parsed = 0;
    for (const input of everyInput()) {
      for (const length of [input.length, input.length >> 1, 13]) {
        if (view.parse(input.subarray(0, length)) !== undefined) continue;
        parsed++;
        for (let id = 0; id < 20; id++) view.extension(id);
        for (let i = 0; i < view.csrcCount; i++) view.csrc(i);
        view.forEachExtension((_, data) => data.length);
        expect(view.payload().length).toBe(view.payloadLength);
      }
    }
    expect(parsed).toBeGreaterThan(50);
  });
});

describe("header extensions (RFC 8285)", () => {
  test.each(
    descriptors.headerExtensions.map((v: { name: string }) => [v.name, v]) as [
      string,
      { hex: string; decoded: Record<string, string> },
    ][],
  )("%s", (_, { hex, decoded }) => {
    const view = packetOf(`906f00010000000200000003${hex}`);
    for (const [id, data] of Object.entries(decoded)) expect(toHex(view.extension(Number(id))!)).toBe(data);
    const seen: Record<string, string> = {};
    view.forEachExtension((id, data) => {
      seen[id] = toHex(data);
    });
    expect(seen).toEqual(decoded);
  });

  test("id 0 with a length, and id 15, end the one-byte form (§4.2)", () => {
    const view = packetOf("906f00010000000200000003bede000210aa02bb20cc0000");
    expect(view.findExtension(1)).toBeGreaterThan(0);
    expect(view.findExtension(2)).toBe(-1);
    const ended = packetOf("906f00010000000200000003bede000210aaf02031bbcc00");
    expect(ended.findExtension(1)).toBeGreaterThan(0);
    expect(ended.findExtension(3)).toBe(-1);
  });
});

describe("builder", () => {
  test("what is built is read back, whatever the mixture of CSRCs, extensions and padding", () => {
    const seed = 42;
    const random = new SeededRandom(seed);
    const below = (limit: number) => random.uint32() % limit;
    const builder = new RtpPacketBuilder();
    const view = new RtpPacketView();
    const out = new Uint8Array(1500);
    for (let round = 0; round < 1_000; round++) {
      out.fill(0xa5);
      const twoByte = below(2) === 1;
      const header = [below(128), below(2) === 1, below(65_536), random.uint32(), random.uint32()] as const;
      builder.start(out, ...header, twoByte);
      const csrcs = Array.from({ length: below(16) }, () => random.uint32());
      for (const csrc of csrcs) builder.addCsrc(csrc);
      const extensions = new Map<number, string>();
      for (let i = below(6); i > 0; i--) {
        const id = 1 + below(twoByte ? 255 : 14);
        const data = new Uint8Array(twoByte ? below(40) : 1 + below(16)).fill(below(256));
        if (extensions.has(id)) continue;
        builder.addExtension(id, data);
        extensions.set(id, toHex(data));
      }
      const payloadAt = builder.endHeader();
      const payload = new Uint8Array(below(100)).fill(round);
      out.set(payload, payloadAt);
      let length = payloadAt + payload.length;
      const padding = below(3) === 0 ? 1 + below(255) : 0;
      if (padding > 0) length = appendPadding(out, length, padding);
      expect(view.parse(out.subarray(0, length)), `seed ${seed}, round ${round}`).toBeUndefined();
      expect([view.payloadType, view.marker, view.sequenceNumber, view.timestamp, view.ssrc]).toEqual([
        ...header,
      ]);
      expect(csrcs.every((csrc, i) => view.csrc(i) === csrc) && view.csrcCount === csrcs.length).toBe(true);
      for (const [id, data] of extensions) expect(toHex(view.extension(id)!)).toBe(data);
      expect(toHex(view.payload())).toBe(toHex(payload));
      expect(view.paddingLength).toBe(padding);
    }
  });

  test("what the form cannot say is refused: ids, lengths, a sixteenth CSRC, too little room", () => {
    const builder = new RtpPacketBuilder();
    const attempt = (size: number, twoByte: boolean, build: () => void) => {
      builder.start(new Uint8Array(size), 96, false, 1, 2, 3, twoByte);
      build();
      return builder.endHeader();
    };
    expect(attempt(100, false, () => builder.reserveExtension(14, 16))).toBe(36);
    expect(attempt(100, false, () => builder.reserveExtension(15, 1))).toBe(-1);
    expect(attempt(100, false, () => builder.reserveExtension(1, 17))).toBe(-1);
    expect(attempt(100, false, () => builder.reserveExtension(1, 0))).toBe(-1);
    expect(attempt(100, true, () => builder.reserveExtension(255, 0))).toBe(20);
    expect(attempt(100, true, () => builder.reserveExtension(256, 0))).toBe(-1);
    const csrcs = (count: number) => () => {
      for (let i = 0; i < count; i++) builder.addCsrc(i);
    };
    expect(attempt(100, false, csrcs(15))).toBe(72);
    expect(attempt(100, false, csrcs(16))).toBe(-1);
    expect(attempt(71, false, csrcs(15))).toBe(-1);
    expect(attempt(11, false, () => {})).toBe(-1);
    expect(attempt(17, false, () => builder.reserveExtension(1, 1))).toBe(-1);
    expect(appendPadding(new Uint8Array(20), 19, 2)).toBe(-1);
  });

  test("fields of a written packet can be changed for forwarding", () => {
    const out = new Uint8Array(20);
    const builder = new RtpPacketBuilder();
    builder.start(out, 96, true, 1, 2, 3);
    expect(builder.endHeader()).toBe(12);
    writeSequenceNumber(out, 65_535);
    writeTimestamp(out, 0xffff_ffff);
    writeSsrc(out, 0x8000_0001);
    writePayloadType(out, 111, false);
    const view = new RtpPacketView();
    view.parse(out);
    expect([view.payloadType, view.marker, view.sequenceNumber, view.timestamp, view.ssrc]).toEqual([
      111,
      false,
      65_535,
      0xffff_ffff,
      0x8000_0001,
    ]);
  });
});
