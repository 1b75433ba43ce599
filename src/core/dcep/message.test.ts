import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Malformed } from "../base/malformed.ts";
import {
  type DataChannelOpen,
  decodeDcepMessage,
  encodeDataChannelAck,
  encodeDataChannelOpen,
  MAX_DCEP_TEXT,
} from "./message.ts";

const { cases } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/sctp/malformed.json", import.meta.url), "utf8"),
) as {
  cases: { proto: string; id: string; hex: string }[];
};

const OPEN: DataChannelOpen = {
  type: "open",
  ordered: true,
  maxRetransmits: undefined,
  maxPacketLifeTime: undefined,
  priority: 256,
  label: "",
  protocol: "",
};

describe("DATA_CHANNEL_OPEN (RFC 8832 §5.1)", () => {
  const types: [number, Partial<DataChannelOpen>][] = [
    [0x00, {}],
    [0x01, { maxRetransmits: 3 }],
    [0x02, { maxPacketLifeTime: 3 }],
    [0x80, { ordered: false }],
    [0x81, { ordered: false, maxRetransmits: 3 }],
    [0x82, { ordered: false, maxPacketLifeTime: 3 }],
  ];
  for (const [channelType, parameters] of types) {
    test(`channel type 0x${channelType.toString(16).padStart(2, "0")} is written and read`, () => {
      const open = { ...OPEN, ...parameters, label: "chät", protocol: "プロトコル" };
      const bytes = encodeDataChannelOpen(open);
      expect(bytes[0]).toBe(3);
      expect(bytes[1]).toBe(channelType);
      expect(decodeDcepMessage(bytes)).toEqual(open);
    });
  }

  test("has the layout of the RFC", () => {
    const bytes = encodeDataChannelOpen({ ...OPEN, maxRetransmits: 0x01020304, label: "ab", protocol: "c" });
    expect(Buffer.from(bytes).toString("hex")).toBe("0301010001020304000200016162" + "63");
  });

  test("keeps the reliability parameter's whole range, 0 included", () => {
    for (const limit of [0, 1, 65_535, 0xffff_ffff]) {
      expect(decodeDcepMessage(encodeDataChannelOpen({ ...OPEN, maxRetransmits: limit }))).toMatchObject({
        maxRetransmits: limit,
      });
    }
  });

  test("carries label and protocol of 65535 bytes", () => {
    const text = "x".repeat(MAX_DCEP_TEXT);
    const decoded = decodeDcepMessage(encodeDataChannelOpen({ ...OPEN, label: text, protocol: text }));
    expect(decoded).toMatchObject({ label: text, protocol: text });
  });

  test("ignores the reliability parameter of a reliable channel", () => {
    expect(decodeDcepMessage(Uint8Array.of(3, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0))).toMatchObject({
      maxRetransmits: undefined,
      maxPacketLifeTime: undefined,
    });
  });

  test("unknown channel types are malformed", () => {
    for (const type of [0x03, 0x7f, 0x83, 0xff]) {
      expect(decodeDcepMessage(Uint8Array.of(3, type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toBeInstanceOf(
        Malformed,
      );
    }
  });

  test("every truncation is malformed", () => {
    const bytes = encodeDataChannelOpen({ ...OPEN, label: "label", protocol: "protocol" });
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeDcepMessage(bytes.subarray(0, length)), `${length}`).toBeInstanceOf(Malformed);
    }
  });
});

test("DATA_CHANNEL_ACK is one byte (RFC 8832 §5.2)", () => {
  expect(encodeDataChannelAck()).toEqual(Uint8Array.of(2));
  expect(decodeDcepMessage(Uint8Array.of(2))).toEqual({ type: "ack" });
});

describe("malformed messages give a value, never an exception", () => {
  for (const { proto, id, hex } of cases) {
    // The ACK case is well-formed, the string case no DCEP: what they mean is the session's business.
    if (proto !== "dcep" || id === "dcep-5" || id === "string-invalid-utf8") continue;
    test(id, () => {
      expect(decodeDcepMessage(new Uint8Array(Buffer.from(hex, "hex")))).toBeInstanceOf(Malformed);
    });
  }
});
