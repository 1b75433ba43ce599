import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeCommonHeader, encodeCommonHeader } from "./common-header.ts";
import { crc32c } from "./crc32c.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/sctp/crc32c.json", import.meta.url), "utf8"),
) as {
  vectors: { name: string; hex: string; crc32c: string }[];
  sctpPackets: { name: string; hex: string; valid: boolean; computedCrc32c: string }[];
};

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

const header = { sourcePort: 0, destinationPort: 0, verificationTag: 0 };

test("CRC32c agrees with RFC 3720 B.4 and the well-known check value", () => {
  for (const { name, hex, crc32c: expected } of vectors.vectors) {
    expect(crc32c(fromHex(hex)).toString(16).padStart(8, "0"), name).toBe(expected);
  }
});

test("accepts captured packets with their right checksum and refuses the others (RFC 9260 §6.8)", () => {
  for (const { name, hex, valid } of vectors.sctpPackets) {
    expect(decodeCommonHeader(fromHex(hex), false, header) === undefined, name).toBe(valid);
  }
});

test("accepts zero as a checksum only where it was negotiated (RFC 9653 §5.3)", () => {
  const packet = fromHex("138813880eddca080000000003000010550836400002000000000000");
  expect(decodeCommonHeader(packet.slice(), true, header)).toBeUndefined();
  expect(decodeCommonHeader(packet.slice(), false, header)?.reason).toMatch(/checksum/);
  packet[8] = 1;
  expect(decodeCommonHeader(packet, true, header)?.reason).toMatch(/checksum/);
});

test("gives the same at every length and alignment, with or without the eight-byte steps", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i * 37);
  for (let from = 0; from < 9; from++) {
    for (let length = 0; length < 40; length++) {
      let crc = -1;
      for (let i = 0; i < length; i++) {
        crc ^= bytes[from + i]!;
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
      }
      expect(crc32c(bytes.subarray(from), length)).toBe(~crc >>> 0);
    }
  }
});

test("any flipped bit is found", () => {
  const packet = new Uint8Array(40).fill(7);
  encodeCommonHeader(packet, 40, 1, 2, 3, true);
  for (let bit = 0; bit < packet.length * 8; bit++) {
    const broken = packet.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    expect(decodeCommonHeader(broken, false, header), `bit ${bit}`).toBeDefined();
  }
});
