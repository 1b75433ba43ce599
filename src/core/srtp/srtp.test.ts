import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import {
  exportedKeyLength,
  MAX_SRTP_STREAMS,
  SRTP_EXPORTER_LABEL,
  SRTP_KEY_EXHAUSTED,
  SRTP_MALFORMED,
  SRTP_NO_ROOM,
  SRTP_NOT_AUTHENTIC,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_STREAMS,
  splitExportedKeys,
  srtpProfile,
} from "./index.ts";
import { LAST_SRTCP_INDEX, SrtpSender } from "./srtp-sender.ts";
import {
  corpus,
  PROFILE_IDS,
  pair,
  protectRtcp,
  protectRtp,
  rtcp,
  rtp,
  testMaster,
} from "./vectors.testing.ts";

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const bodyOf = (wire: Uint8Array, length: number) => wire.slice(0, length);

describe.each(PROFILE_IDS)("profile %i", (id) => {
  test("what is protected comes back, at every payload length, and is not readable in between", () => {
    const { sender, receiver } = pair(id);
    for (let length = 0; length < 200; length++) {
      const packet = rtp(length, 1, length, 0x5555_5555);
      const wire = protectRtp(sender, packet);
      if (length >= 16) expect(same(wire.subarray(12, 12 + length), packet.subarray(12))).toBe(false);
      expect(same(bodyOf(wire, receiver.unprotectRtp(wire)), packet)).toBe(true);
    }
    for (const length of [1199, 1200, 1500, 9000]) {
      const packet = rtp(length, 1, length);
      const wire = protectRtp(sender, packet);
      expect(same(bodyOf(wire, receiver.unprotectRtp(wire)), packet)).toBe(true);
    }
    expect(receiver.statistics.accepted).toBe(204);
  });

  test("works in place at any offset of a larger buffer", () => {
    const { sender, receiver } = pair(id);
    const pool = new Uint8Array(4096).fill(0xee);
    for (let offset = 0; offset < 9; offset++) {
      const packet = rtp(offset, 5, 101, offset);
      pool.set(packet, offset);
      const view = pool.subarray(offset, offset + 300);
      const length = sender.protectRtp(view, packet.length);
      const received = view.subarray(0, length);
      expect(bodyOf(received, receiver.unprotectRtp(received))).toEqual(packet);
      expect(pool[offset + length]).toBe(0xee);
    }
  });

  test("any changed bit of a packet is refused, and leaves it as it came", () => {
    const { sender, receiver } = pair(id);
    const wire = protectRtp(sender, rtp(7));
    for (let bit = 0; bit < wire.length * 8; bit++) {
      const changed = wire.slice();
      changed[bit >>> 3]! ^= 1 << (bit & 7);
      const before = changed.slice();
      const refused = receiver.unprotectRtp(changed) < 0;
      expect(refused && same(changed, before), `bit ${bit}`).toBe(true);
    }
    const control = protectRtcp(sender, rtcp());
    for (let bit = 0; bit < control.length * 8; bit++) {
      const changed = control.slice();
      changed[bit >>> 3]! ^= 1 << (bit & 7);
      const before = changed.slice();
      const refused = receiver.unprotectRtcp(changed) < 0;
      expect(refused && same(changed, before), `bit ${bit}`).toBe(true);
    }
    expect(receiver.unprotectRtp(wire)).toBeGreaterThan(0);
    expect(receiver.unprotectRtcp(control)).toBeGreaterThan(0);
  });

  test("every truncation is refused before the cipher sees it", () => {
    const { sender, receiver } = pair(id);
    const withExtension = rtp(1, 9, 60);
    withExtension[0] = 0x92;
    withExtension.set([0xbe, 0xde, 0, 2], 20);
    for (const wire of [protectRtp(sender, rtp(7)), protectRtp(sender, withExtension)])
      for (let length = 0; length < wire.length; length++)
        expect(receiver.unprotectRtp(wire.slice(0, length))).toBeLessThan(0);
    const control = protectRtcp(sender, rtcp());
    for (let length = 0; length < control.length; length++)
      expect(receiver.unprotectRtcp(control.slice(0, length))).toBeLessThan(0);
    expect(receiver.statistics.accepted).toBe(0);
  });

  test("fuzzing corpora: nothing throws, nothing is taken", () => {
    const { receiver, sender } = pair(id, { cryptex: true });
    for (const input of corpus) {
      receiver.unprotectRtp(input.slice());
      receiver.unprotectRtcp(input.slice());
      const buffer = new Uint8Array(input.length + 40);
      buffer.set(input);
      sender.protectRtp(buffer, input.length);
      buffer.set(input);
      sender.protectRtcp(buffer, input.length);
    }
    expect(receiver.statistics.accepted).toBe(0);
  });

  test("the rollover counter survives loss and reordering around every wrap (RFC 3711 §3.3.1)", () => {
    const seed = 11 + id;
    const random = new SeededRandom(seed);
    const { sender, receiver } = pair(id);
    let window: { index: number; wire: Uint8Array }[] = [];
    let taken = 0;
    // Four wraps in steps below half a cycle, in windows of up to 30 packets that are shuffled and thinned.
    for (let index = 20_000; index < 4 * 65_536; ) {
      window = [];
      for (let i = 0; i < 30; i++, index++)
        window.push({ index, wire: protectRtp(sender, rtp(index, 3, 8, index)) });
      window.sort(() => (random.uint32() & 1 ? 1 : -1));
      for (const { index: sent, wire } of window) {
        if (random.uint32() % 10 === 0) continue;
        const right = receiver.unprotectRtp(wire) === 20 && new DataView(wire.buffer).getUint32(12) === sent;
        if (!right) expect.fail(`seed ${seed}, index ${sent}`);
        taken++;
      }
      // Near a wrap every packet, elsewhere long jumps: all of them lost.
      const toWrap = 65_536 - (index % 65_536);
      if (toWrap > 2_000) index += Math.min(toWrap - 1_000, 30_000);
    }
    expect(taken).toBeGreaterThan(3_000);
    expect(receiver.statistics.notAuthentic).toBe(0);
  });
});

describe("rollover counter", () => {
  const at = (index: number) => {
    const { receiver } = pair(1);
    const profile = srtpProfile(1)!;
    const sender = (roc: number) =>
      new SrtpSender(nodeCrypto, profile, testMaster(profile), { initialRolloverCounter: roc });
    return { receiver, wire: (i: number) => protectRtp(sender(Math.floor(i / 65_536)), rtp(i)), index };
  };

  test("a stream whose first packets were lost is found behind its first wrap", () => {
    const { receiver, wire } = at(0);
    expect(receiver.unprotectRtp(wire(65_537))).toBeGreaterThan(0);
    expect(receiver.unprotectRtp(wire(65_535))).toBeGreaterThan(0);
    expect(receiver.unprotectRtp(wire(65_538))).toBeGreaterThan(0);
  });

  test("more than half a cycle lost at once is found again", () => {
    for (const [from, to] of [
      [100, 40_100],
      [30_000, 30_000 + 65_536],
      [60_000, 60_000 + 90_000],
    ]) {
      const { receiver, wire } = at(0);
      expect(receiver.unprotectRtp(wire(from!))).toBeGreaterThan(0);
      expect(receiver.unprotectRtp(wire(to!)), `${from} to ${to}`).toBeGreaterThan(0);
      expect(receiver.unprotectRtp(wire(to! + 1))).toBeGreaterThan(0);
    }
  });

  test("a forged packet does not move it", () => {
    const { receiver, wire } = at(0);
    expect(receiver.unprotectRtp(wire(10))).toBeGreaterThan(0);
    for (let i = 0; i < 100; i++)
      expect(receiver.unprotectRtp(rtp(i * 655, undefined, 60))).toBe(SRTP_NOT_AUTHENTIC);
    expect(receiver.unprotectRtp(wire(11))).toBeGreaterThan(0);
  });

  test("the last index of a key is used, and none after it (RFC 3711 §9.2)", () => {
    const profile = srtpProfile(1)!;
    const sender = new SrtpSender(nodeCrypto, profile, testMaster(profile), {
      initialRolloverCounter: 2 ** 32 - 1,
      initialRtcpIndex: LAST_SRTCP_INDEX,
    });
    expect(protectRtp(sender, rtp(65_534)).length).toBeGreaterThan(0);
    expect(protectRtp(sender, rtp(65_535)).length).toBeGreaterThan(0);
    const buffer = new Uint8Array(100);
    buffer.set(rtp(0));
    expect(sender.protectRtp(buffer, 52)).toBe(SRTP_KEY_EXHAUSTED);
    expect(protectRtcp(sender, rtcp()).length).toBeGreaterThan(0);
    buffer.set(rtcp());
    expect(sender.protectRtcp(buffer, 32)).toBe(SRTP_KEY_EXHAUSTED);
  });
});

describe("replay (RFC 3711 §3.3.2)", () => {
  test("a whole capture played again, forwards, backwards and after a wrap, gives nothing", () => {
    const { sender, receiver } = pair(1);
    const capture: Uint8Array[] = [];
    for (let index = 64_000; index < 67_000; index++) capture.push(protectRtp(sender, rtp(index)));
    for (const wire of capture) receiver.unprotectRtp(wire.slice());
    const accepted = receiver.statistics.accepted;
    expect(accepted).toBe(3_000);
    for (let round = 0; round < 2; round++) {
      for (const wire of capture) receiver.unprotectRtp(wire.slice());
      capture.reverse();
    }
    expect(receiver.statistics.accepted).toBe(accepted);
    expect(receiver.unprotectRtp(protectRtp(sender, rtp(67_000)))).toBeGreaterThan(0);
  });

  test("1,024 packets back are taken once, 1,024 and one are not", () => {
    const { sender, receiver } = pair(1);
    const early = [0, 1, 2].map((index) => protectRtp(sender, rtp(index)));
    expect(receiver.unprotectRtp(protectRtp(sender, rtp(1025)))).toBeGreaterThan(0);
    expect(receiver.unprotectRtp(early[2]!.slice())).toBeGreaterThan(0);
    expect(receiver.unprotectRtp(early[2]!.slice())).toBe(SRTP_REPLAYED);
    expect(receiver.unprotectRtp(early[1]!.slice())).toBe(SRTP_REPLAYED);
  });

  test("SRTCP: each index once, 128 back at most, streams apart", () => {
    const { sender, receiver } = pair(7);
    const wires = Array.from({ length: 130 }, () => protectRtcp(sender, rtcp(1)));
    const other = protectRtcp(sender, rtcp(2));
    expect(receiver.unprotectRtcp(wires[129]!.slice())).toBeGreaterThan(0);
    expect(receiver.unprotectRtcp(wires[2]!.slice())).toBeGreaterThan(0);
    expect(receiver.unprotectRtcp(wires[2]!.slice())).toBe(SRTP_REPLAYED);
    expect(receiver.unprotectRtcp(wires[1]!.slice())).toBe(SRTP_REPLAYED);
    expect(receiver.unprotectRtcp(other)).toBeGreaterThan(0);
  });
});

describe("hostile and mistaken callers", () => {
  test("packets with bad tags under 20,000 SSRCs change nothing and keep nothing", () => {
    const { sender, receiver } = pair(1);
    const forged = rtp(1);
    const view = new DataView(forged.buffer);
    for (let ssrc = 0; ssrc < 20_000; ssrc++) {
      view.setUint32(8, ssrc);
      receiver.unprotectRtp(forged);
    }
    expect(receiver.statistics).toMatchObject({ accepted: 0, notAuthentic: 20_000, tooManyStreams: 0 });
    expect(receiver.unprotectRtp(protectRtp(sender, rtp(2)))).toBeGreaterThan(0);
  });

  test("streams are counted: the limit is taken, one more is refused, the others go on", () => {
    const { sender, receiver } = pair(1);
    for (let ssrc = 0; ssrc < MAX_SRTP_STREAMS; ssrc++)
      expect(receiver.unprotectRtp(protectRtp(sender, rtp(1, ssrc)))).toBeGreaterThan(0);
    const other = pair(1).sender;
    const wire = protectRtp(other, rtp(1, MAX_SRTP_STREAMS));
    expect(receiver.unprotectRtp(wire)).toBe(SRTP_TOO_MANY_STREAMS);
    const buffer = new Uint8Array(100);
    buffer.set(rtp(1, MAX_SRTP_STREAMS));
    expect(sender.protectRtp(buffer, 52)).toBe(SRTP_TOO_MANY_STREAMS);
    expect(receiver.unprotectRtp(protectRtp(sender, rtp(2, 0)))).toBeGreaterThan(0);
  });

  test("a key stream is never used twice: the same index is protected once", () => {
    const { sender } = pair(7);
    protectRtp(sender, rtp(5));
    const buffer = new Uint8Array(100);
    buffer.set(rtp(5, undefined, 40, 99));
    expect(sender.protectRtp(buffer, 52)).toBe(SRTP_REPLAYED);
    expect(buffer.subarray(0, 52)).toEqual(rtp(5, undefined, 40, 99));
  });

  test("a buffer without room, and what is no RTP, are refused", () => {
    const { sender } = pair(1);
    const packet = rtp(5);
    expect(sender.protectRtp(packet, packet.length)).toBe(SRTP_NO_ROOM);
    expect(sender.protectRtp(new Uint8Array(40), 20)).toBe(SRTP_MALFORMED);
    expect(sender.protectRtp(packet, 11)).toBe(SRTP_MALFORMED);
    expect(sender.protectRtcp(rtcp(), 32)).toBe(SRTP_NO_ROOM);
    expect(sender.protectRtcp(rtcp(), 7)).toBe(SRTP_MALFORMED);
  });

  test("SRTCP in the clear is refused (RFC 5764 §4.1.2)", () => {
    const { sender, receiver } = pair(1);
    const wire = protectRtcp(sender, rtcp());
    wire[wire.length - 14]! &= 0x7f;
    expect(receiver.unprotectRtcp(wire)).toBe(SRTP_MALFORMED);
  });
});

describe("cryptex (RFC 9335)", () => {
  test("packets without extension and CSRC, and packets with a foreign extension, go as they are", () => {
    const { sender, receiver } = pair(1, { cryptex: true });
    const foreign = rtp(2, 4, 40);
    foreign[0] = 0x90;
    foreign.set([0x12, 0x34, 0, 1], 12);
    for (const packet of [rtp(1, 4), foreign]) {
      const wire = protectRtp(sender, packet);
      expect(wire.subarray(0, 12)).toEqual(packet.subarray(0, 12));
      expect(bodyOf(wire, receiver.unprotectRtp(wire))).toEqual(packet);
    }
  });

  test("CSRCs without an extension get an empty one, so that they are hidden (§5.1)", () => {
    const { sender, receiver } = pair(7, { cryptex: true });
    const packet = rtp(1, 4, 48);
    packet[0] = 0x82;
    packet.set([1, 2, 3, 4, 5, 6, 7, 8], 12);
    const wire = protectRtp(sender, packet);
    expect(wire.subarray(12, 20)).not.toEqual(packet.subarray(12, 20));
    const plain = bodyOf(wire, receiver.unprotectRtp(wire));
    expect(plain.subarray(12, 20)).toEqual(packet.subarray(12, 20));
    expect([...plain.subarray(20, 24)]).toEqual([0xbe, 0xde, 0, 0]);
    expect(plain.subarray(24)).toEqual(packet.subarray(20));
  });

  test("who has not negotiated it leaves the packet unread", () => {
    const { sender } = pair(1, { cryptex: true });
    const { receiver } = pair(1);
    const packet = rtp(1, 4, 40);
    packet[0] = 0x90;
    packet.set([0xbe, 0xde, 0, 1, 0x10, 5, 0, 0], 12);
    const wire = protectRtp(sender, packet);
    const length = receiver.unprotectRtp(wire);
    expect(wire.slice(0, length).subarray(12, 14)).toEqual(Uint8Array.of(0xc0, 0xde));
  });
});

describe("DTLS-SRTP (RFC 5764 §4.2)", () => {
  test.each(PROFILE_IDS)("profile %i: client key, server key, client salt, server salt", (id) => {
    const profile = srtpProfile(id)!;
    const material = Uint8Array.from({ length: exportedKeyLength(profile) }, (_, i) => i);
    const client = splitExportedKeys(profile, material, "client");
    const server = splitExportedKeys(profile, material, "server");
    expect(client.local).toEqual(server.remote);
    expect(client.remote).toEqual(server.local);
    expect(client.local.key[0]).toBe(0);
    expect(client.remote.key[0]).toBe(profile.keyLength);
    expect(client.local.salt[0]).toBe(2 * profile.keyLength);
    expect(client.remote.salt[0]).toBe(2 * profile.keyLength + profile.saltLength);
    expect(client.remote.salt).toHaveLength(profile.saltLength);
  });

  test("the label is that of the standard, and other profiles are unknown", () => {
    expect(SRTP_EXPORTER_LABEL).toBe("EXTRACTOR-dtls_srtp");
    expect([0, 3, 5, 6, 9].map((id) => srtpProfile(id))).toEqual(Array(5).fill(undefined));
  });
});
