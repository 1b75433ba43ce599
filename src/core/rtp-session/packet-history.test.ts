import { expect, test } from "vitest";
import { HISTORY_AGE, HISTORY_PACKETS, PacketHistory } from "./packet-history.ts";

test("keeps what was sent last, and nothing that is too old (RFC 8834 §6.1)", () => {
  const history = new PacketHistory();
  const packet = Uint8Array.of(1);
  history.keep(0, 65_535, packet);
  expect(history.repeat(1, 65_535, 20)).toBe(packet);
  expect(history.repeat(1, 65_534, 20)).toBeUndefined();
  history.keep(2, (65_535 + HISTORY_PACKETS) % 65_536, packet);
  expect(history.repeat(3, 65_535, 20)).toBeUndefined();
  history.keep(10, 7, packet);
  expect(history.repeat(10 + HISTORY_AGE, 7, 20)).toBe(packet);
  history.keep(10, 8, packet);
  expect(history.repeat(11 + HISTORY_AGE, 8, 20)).toBeUndefined();
});

test("does not send a packet again twice within half a round trip, however often it is asked for", () => {
  const history = new PacketHistory();
  history.keep(0, 1, Uint8Array.of(1));
  expect(history.repeat(10, 1, 40)).toBeDefined();
  expect(history.repeat(29, 1, 40)).toBeUndefined();
  expect(history.repeat(30, 1, 40)).toBeDefined();
});
