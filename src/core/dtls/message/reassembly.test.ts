import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import {
  MAX_CERTIFICATE_MESSAGE_LENGTH,
  MAX_EARLY_RECORD_BYTES,
  MAX_HANDSHAKE_LENGTH,
  MAX_HANDSHAKE_MESSAGE_LENGTH,
  MESSAGE_LOOK_AHEAD,
} from "../limits.ts";
import { CERTIFICATE, CLIENT_HELLO, FINISHED, SERVER_HELLO_DONE } from "./handshake-type.ts";
import { HandshakeReassembler } from "./reassembly.ts";

const whole = Uint8Array.from({ length: 100 }, (_, i) => i);

function piece(offset: number, end: number, messageSequence = 0, type = CLIENT_HELLO, body = whole) {
  return { type, length: body.length, messageSequence, offset, body: body.subarray(offset, end) };
}

/** The first octet of a message that announces `length` octets. */
function announce(length: number, messageSequence: number, type = CLIENT_HELLO) {
  return { type, length, messageSequence, offset: 0, body: new Uint8Array(Math.min(1, length)) };
}

describe("reassembly (RFC 6347 §4.2.3)", () => {
  test("takes fragments in any order, twice and overlapping", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new SeededRandom(seed);
      const reassembler = new HandshakeReassembler();
      let rounds = 0;
      let message = reassembler.take();
      while (message === undefined) {
        if (++rounds > 10_000) throw new Error(`seed ${seed} never ends`);
        const offset = random.below(100);
        reassembler.add(0, piece(offset, offset + 1 + random.below(100 - offset)));
        message = reassembler.take();
      }
      expect(message.body).toEqual(whole);
      expect(reassembler.nextSequence).toBe(1);
    }
  });

  test("hands messages out in order of message_seq, whatever order they came in", () => {
    const reassembler = new HandshakeReassembler();
    for (const sequence of [2, 1, 0]) expect(reassembler.add(0, piece(0, 100, sequence))).toBe("kept");
    expect(
      [reassembler.take(), reassembler.take(), reassembler.take()].map((m) => m?.messageSequence),
    ).toEqual([0, 1, 2]);
    expect(reassembler.take()).toBeUndefined();
    expect(reassembler.add(0, piece(0, 100, 1))).toBe("old");
  });

  test("a message without contents is whole at once", () => {
    const reassembler = new HandshakeReassembler();
    reassembler.add(0, piece(0, 0, 0, SERVER_HELLO_DONE, new Uint8Array(0)));
    expect(reassembler.take()?.body).toHaveLength(0);
  });

  test("what arrived first stays under an overlap", () => {
    const reassembler = new HandshakeReassembler();
    reassembler.add(0, piece(0, 60));
    reassembler.add(0, piece(40, 100, 0, CLIENT_HELLO, new Uint8Array(100).fill(255)));
    const body = reassembler.take()?.body;
    expect(body?.subarray(0, 60)).toEqual(whole.subarray(0, 60));
    expect(body?.[60]).toBe(255);
  });

  test("fragments whose type or length differs from the first are not merged (CVE-2014-0195)", () => {
    const reassembler = new HandshakeReassembler();
    reassembler.add(0, piece(0, 10));
    expect(reassembler.add(0, piece(10, 20, 0, CERTIFICATE))).toBe("dropped");
    expect(reassembler.add(0, { ...piece(10, 20), length: 200 })).toBe("dropped");
    expect(reassembler.add(0, piece(10, 100))).toBe("kept");
    expect(reassembler.take()?.body).toEqual(whole);
  });

  test("a whole message takes the place of a stray piece, but of no other whole one", () => {
    const reassembler = new HandshakeReassembler();
    reassembler.add(0, announce(200, 0, CERTIFICATE));
    expect(reassembler.add(0, piece(0, 100))).toBe("kept");
    expect(reassembler.add(0, piece(0, 100, 0, CERTIFICATE))).toBe("dropped");
    expect(reassembler.take()).toMatchObject({ type: CLIENT_HELLO, body: whole });
  });

  test("what is encrypted takes the place of what is not, never the other way round", () => {
    const reassembler = new HandshakeReassembler();
    reassembler.add(0, piece(0, 100));
    expect(reassembler.add(1, piece(0, 50, 0, FINISHED))).toBe("kept");
    expect(reassembler.add(0, piece(0, 100))).toBe("dropped");
    reassembler.add(1, piece(50, 100, 0, FINISHED));
    expect(reassembler.take()).toMatchObject({ type: FINISHED, epoch: 1 });
  });

  test("a message taken back is awaited anew", () => {
    const reassembler = new HandshakeReassembler();
    reassembler.add(0, piece(0, 100));
    reassembler.take();
    reassembler.takeBack();
    expect(reassembler.take()).toBeUndefined();
    expect(reassembler.add(0, piece(0, 100))).toBe("kept");
    expect(reassembler.take()?.messageSequence).toBe(0);
  });
});

describe("limits", () => {
  test("a message may announce 16,384 octets, a certificate message 32,768", () => {
    const fate = (length: number, type: number) =>
      new HandshakeReassembler().add(0, announce(length, 0, type));
    for (const [type, limit] of [
      [CLIENT_HELLO, MAX_HANDSHAKE_MESSAGE_LENGTH],
      [CERTIFICATE, MAX_CERTIFICATE_MESSAGE_LENGTH],
    ] as const) {
      expect(fate(limit - 1, type)).toBe("kept");
      expect(fate(limit, type)).toBe("kept");
      expect(fate(limit + 1, type)).toBe("dropped");
      expect(fate(0xffffff, type)).toBe("dropped");
    }
  });

  test("seven messages ahead are kept, the eighth is not", () => {
    const reassembler = new HandshakeReassembler();
    expect(reassembler.add(0, announce(10, MESSAGE_LOOK_AHEAD - 1))).toBe("kept");
    expect(reassembler.add(0, announce(10, MESSAGE_LOOK_AHEAD))).toBe("kept");
    expect(reassembler.add(0, announce(10, MESSAGE_LOOK_AHEAD + 1))).toBe("dropped");
    expect(reassembler.add(0, announce(10, 1000))).toBe("dropped");
  });

  test("all together announce 40 KiB at most; the awaited one finds room at the cost of the furthest", () => {
    const reassembler = new HandshakeReassembler();
    const each = MAX_HANDSHAKE_LENGTH / 4;
    for (const sequence of [7, 6, 5]) expect(reassembler.add(0, announce(each, sequence))).toBe("kept");
    expect(reassembler.add(0, announce(each, 4))).toBe("kept");
    expect(reassembler.add(0, announce(1, 3))).toBe("kept"); // 7 had to go
    expect(reassembler.add(0, announce(each, 7))).toBe("dropped");
    expect(reassembler.add(0, announce(MAX_CERTIFICATE_MESSAGE_LENGTH, 0, CERTIFICATE))).toBe("kept");
    expect(reassembler.add(0, announce(each, 6))).toBe("dropped");
  });

  test("messages that were handed out count too, because the transcript keeps them; one taken back does not", () => {
    const reassembler = new HandshakeReassembler();
    const large = new Uint8Array(MAX_HANDSHAKE_MESSAGE_LENGTH);
    const handOut = (sequence: number) => {
      expect(reassembler.add(0, piece(0, large.length, sequence, CLIENT_HELLO, large))).toBe("kept");
      expect(reassembler.take()?.messageSequence).toBe(sequence);
    };
    handOut(0);
    reassembler.takeBack();
    handOut(0);
    handOut(1);
    const rest = MAX_HANDSHAKE_LENGTH - 2 * large.length;
    expect(reassembler.add(0, announce(rest + 1, 2))).toBe("dropped");
    expect(reassembler.add(0, announce(rest, 2))).toBe("kept");
  });

  test("what an unproved peer can make us keep stays below 64 KiB, all kinds together", () => {
    const reassembly = MAX_HANDSHAKE_LENGTH + MAX_HANDSHAKE_LENGTH / 8;
    expect(reassembly + 2 * MAX_EARLY_RECORD_BYTES).toBeLessThan(65_536);
  });

  test("a million useless fragments cost nothing that stays", () => {
    const reassembler = new HandshakeReassembler();
    const random = new SeededRandom(2);
    for (let i = 0; i < 100_000; i++)
      reassembler.add(0, announce(random.below(40_000), random.below(20), random.below(20)));
    reassembler.clear();
    expect(reassembler.add(0, announce(MAX_HANDSHAKE_MESSAGE_LENGTH, 0))).toBe("kept");
  });
});
