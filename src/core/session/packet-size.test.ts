import { expect, test } from "vitest";
import { BASE_DATAGRAM_SIZE, datagramCeiling, MAX_DATAGRAM_SIZE, sctpPacketSize } from "./packet-size.ts";

test("an SCTP packet is a multiple of four and fits with its record into the datagram", () => {
  for (let size = BASE_DATAGRAM_SIZE; size < 2000; size++) {
    expect(sctpPacketSize(size) % 4).toBe(0);
    expect(sctpPacketSize(size)).toBeLessThanOrEqual(size - 37);
  }
});

test("no SCTP packet is larger than the plaintext of one record (RFC 6347 §4.1.1)", () => {
  expect(sctpPacketSize(65_535)).toBe(16_384);
  expect(sctpPacketSize(MAX_DATAGRAM_SIZE)).toBe(16_384);
  expect(sctpPacketSize(MAX_DATAGRAM_SIZE - 1)).toBe(16_380);
});

test("the headers of IP and UDP count against the link", () => {
  expect(datagramCeiling(1500, "192.0.2.1", 16_384)).toBe(1472);
  expect(datagramCeiling(1500, "2001:db8::1", 16_384)).toBe(1452);
  expect(datagramCeiling(65_536, "127.0.0.1", 16_384)).toBe(MAX_DATAGRAM_SIZE);
});

test("a peer's record_size_limit is kept (RFC 8449 §4)", () => {
  expect(sctpPacketSize(datagramCeiling(65_536, "127.0.0.1", 4096))).toBe(4096);
});

test("a peer that has named no limit gets nothing above Ethernet's size", () => {
  expect(datagramCeiling(65_536, "127.0.0.1", undefined)).toBe(1472);
  expect(datagramCeiling(1400, "127.0.0.1", undefined)).toBe(1372);
});
