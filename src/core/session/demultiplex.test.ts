import { expect, test } from "vitest";
import { classifyDatagram } from "./demultiplex.ts";

test("tells STUN, DTLS, TURN channels and RTP apart by the first byte (RFC 7983 §7)", () => {
  const expected = (first: number) => {
    if (first <= 3) return "stun";
    if (first >= 20 && first <= 63) return "dtls";
    if (first >= 64 && first <= 79) return "turn-channel";
    if (first >= 128 && first <= 191) return "rtp";
    return "unknown";
  };
  for (let first = 0; first < 256; first++) {
    expect(classifyDatagram(Uint8Array.of(first)), `first byte ${first}`).toBe(expected(first));
  }
});

test("an empty datagram belongs to nobody", () => {
  expect(classifyDatagram(new Uint8Array(0))).toBe("unknown");
});
