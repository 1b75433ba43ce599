import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import type { Random } from "../../base/random.ts";
import { CHUNK, encodeChunk } from "../packet/chunk.ts";
import { encodeCommonHeader } from "../packet/common-header.ts";
import { dataChunk, forwardTsnChunk, packetOf, sackChunk, typesOf } from "../packet/packet.testing.ts";
import { encodeReconfig } from "../packet/re-config-chunk.ts";
import { bytesOf, PEER_TAG, PEER_TSN, Probe } from "../probe.testing.ts";

const FOLDER = new URL("../../../../test/vectors/sctp/", import.meta.url);

interface MalformedCase {
  readonly proto: string;
  readonly id: string;
  readonly hex: string;
}

const cases = (
  JSON.parse(readFileSync(new URL("malformed.json", FOLDER), "utf8")) as { cases: MalformedCase[] }
).cases;

/** Every number it gives is the tag under which the malformed packets come. */
const TAG = 0x12345678;
const fixedTag: Random = {
  fill(out) {
    for (let i = 0; i < out.length; i++) out[i] = TAG >>> (24 - (i & 3) * 8);
  },
};

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

describe("malformed packets have the outcome that is asked for", () => {
  /** Answers of an association that waits for an INIT. */
  const answersWhenClosed: Record<string, number[]> = {
    "valid-init": [CHUNK.INIT_ACK],
    "init-streams-0": [CHUNK.ABORT],
    "init-rwnd-0": [CHUNK.INIT_ACK],
    "init-1000-params": [CHUNK.INIT_ACK],
  };
  /** Cases that end a live association, rightly. The others leave it as it is. */
  const fatal = new Set(["data-len-16", "data-middle-first"]);

  for (const { proto, id, hex } of cases) {
    if (proto !== "sctp") continue;
    test(id, () => {
      const closed = new Probe({ random: fixedTag });
      closed.receivePacket(fromHex(hex));
      expect(closed.types()).toEqual(answersWhenClosed[id] ?? []);
      expect(closed.association.state).toBe("closed");

      const live = Probe.established({ random: fixedTag });
      expect(live.tag).toBe(TAG);
      live.send("in flight");
      live.packets();
      const before = live.association.statistics;
      live.receivePacket(fromHex(hex));
      const answers = live.types();
      if (fatal.has(id)) {
        expect(answers).toEqual([CHUNK.ABORT]);
        return;
      }
      expect(live.association.state).toBe("established");
      expect(answers.length).toBeLessThanOrEqual(3);
      expect(live.association.statistics.unacknowledged).toBe(before.unacknowledged);
      live.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("alive")));
      live.packets();
      if (id !== "data-begin-no-end" && id !== "data-stream-65535" && id !== "forward-tsn-huge") {
        expect(live.texts).toContain("alive");
      }
    });
  }
});

describe("what fuzzers of other stacks have found", () => {
  const corpora = [
    "sctp-packet-dcsctp",
    "sctp-usrsctp-connect",
    "sctp-usrsctp-fragment",
    "sctp-usrsctp-listen",
  ];
  for (const corpus of corpora) {
    test(`${corpus}: nothing throws, nothing grows`, () => {
      const lines = readFileSync(new URL(`${corpus}.jsonl`, FOLDER), "utf8")
        .trim()
        .split("\n");
      for (const line of lines) {
        const { b64 } = JSON.parse(line) as { b64: string };
        const input = new Uint8Array(Buffer.from(b64, "base64"));
        for (const packet of variants(input)) {
          feed(Probe.established({ random: fixedTag }), packet);
          feed(new Probe(), packet);
        }
      }
    });
  }

  /** The input as it is; made to pass the header checks; and as chunks behind a header of ours. */
  function* variants(input: Uint8Array): Generator<Uint8Array> {
    yield input.slice();
    if (input.length >= 16) {
      const fixed = input.slice();
      encodeCommonHeader(fixed, fixed.length, 5000, 5000, fixed[12] === CHUNK.INIT ? 0 : TAG, true);
      yield fixed;
    }
    for (const skip of [0, 1, 13]) {
      if (input.length < skip + 4 || input.length > 60_000) continue;
      const chunks = input.subarray(skip);
      const packet = new Uint8Array(12 + chunks.length);
      packet.set(chunks, 12);
      encodeCommonHeader(packet, packet.length, 5000, 5000, chunks[0] === CHUNK.INIT ? 0 : TAG, true);
      yield packet;
    }
  }

  function feed(probe: Probe, packet: Uint8Array): void {
    probe.send("something in flight");
    probe.packets();
    probe.receivePacket(packet.slice());
    probe.receivePacket(packet);
    expect(probe.pass(5000).length).toBeLessThan(300);
    expect(probe.association.statistics.receiverWindow ?? 1).toBeGreaterThan(0);
  }
});

test("random sequences of well-formed and broken chunks never throw, hang or grow", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = new SeededRandom(seed);
    const probe = Probe.established({ limits: { receiveWindow: 60_000 }, maxReceiveMessageSize: 20_000 });
    for (let step = 0; step < 60; step++) {
      try {
        randomStep(probe, random);
      } catch (error) {
        throw new Error(`seed ${seed}, step ${step}`, { cause: error });
      }
      if (probe.association.state === "ended") break;
    }
    const { receiverWindow, unacknowledged } = probe.association.statistics;
    expect(receiverWindow ?? 0, `seed ${seed}`).toBeGreaterThanOrEqual(0);
    expect(unacknowledged ?? 0, `seed ${seed}`).toBeGreaterThanOrEqual(0);
  }
});

function randomStep(probe: Probe, random: SeededRandom): void {
  const kind = random.below(10);
  if (kind === 0) probe.pass(random.below(4000));
  else if (kind === 1) {
    const options = [{}, { maxRetransmits: random.below(3) }, { lifetime: random.below(500) }][
      random.below(3)
    ]!;
    probe.association.send(probe.now, random.below(5), 53, new Uint8Array(1 + random.below(5000)), {
      ordered: random.below(2) === 0,
      ...options,
    });
  } else if (kind === 2) probe.association.resetStreams(probe.now, [random.below(5)]);
  else {
    const chunks = Array.from({ length: 1 + random.below(4) }, () => randomChunk(probe, random));
    const packet = packetOf(probe.tag, ...chunks);
    if (random.below(4) === 0) {
      packet[12 + random.below(packet.length - 12)]! ^= 1 << random.below(8);
      encodeCommonHeader(packet, packet.length, 5000, 5000, probe.tag, true);
    }
    probe.receivePacket(packet);
  }
  expect(probe.packets().length).toBeLessThan(500);
}

function randomChunk(probe: Probe, random: SeededRandom): Uint8Array {
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
      return dataChunk(
        PEER_TSN + random.below(40),
        random.below(4),
        random.below(6),
        new Uint8Array(1 + random.below(30)),
        random.below(8),
      );
    case 3:
    case 4: {
      const start = 1 + random.below(10);
      const blocks = random.below(2) ? [[start, start + random.below(5)] as [number, number]] : [];
      return sackChunk(probe.tsn - 1 + random.below(12), random.below(100_000), blocks);
    }
    case 5:
      return forwardTsnChunk({
        newCumulativeTsn: (PEER_TSN - 2 + random.below(45)) >>> 0,
        skipped: [{ streamId: random.below(4), streamSequenceNumber: random.below(6) }],
      });
    case 6:
      return encodeReconfig([
        random.below(2)
          ? { type: "response", responseNumber: (probe.tsn + random.below(3)) >>> 0, result: random.below(8) }
          : {
              type: "outgoing-reset",
              requestNumber: (PEER_TSN + random.below(3)) >>> 0,
              responseNumber: 0,
              lastAssignedTsn: (PEER_TSN + random.below(20)) >>> 0,
              streamIds: [random.below(4)],
            },
      ]);
    case 7:
      return encodeChunk(random.below(256), random.below(16), new Uint8Array(random.below(20)));
    default:
      return encodeChunk([4, 5, 9, 11, 132][random.below(5)]!, 0, new Uint8Array(random.below(20)));
  }
}

test("bytes at random never throw, in any state", () => {
  const random = new SeededRandom(5);
  const probes = [new Probe(), Probe.established(), Probe.established()];
  probes[0]!.association.connect(0);
  probes[2]!.association.abort(0);
  for (let i = 0; i < 3000; i++) {
    const packet = new Uint8Array(random.below(200));
    random.fill(packet);
    for (const probe of probes) {
      probe.receivePacket(packet.slice());
      if (packet.length < 16) continue;
      const fixed = packet.slice();
      encodeCommonHeader(fixed, fixed.length, 5000, 5000, i % 3 === 0 ? 0 : probe.tag, true);
      probe.receivePacket(fixed);
      probe.packets();
    }
  }
});

test("a flood of INITs, and of packets that lie about their checksum, holds nothing", () => {
  const probe = Probe.established();
  for (let i = 0; i < 2000; i++) {
    const packet = packetOf(i, dataChunk(PEER_TSN, 1, 0, bytesOf("x")));
    packet[11]! ^= 1;
    probe.receivePacket(packet);
  }
  expect(probe.packets()).toEqual([]);
  expect(probe.dropped(/checksum/)).toBe(2000);
  expect(probe.association.statistics.dropped.size).toBeLessThan(5);
});

test("answers are never larger than what asked for them", () => {
  const probe = Probe.established();
  const large = encodeChunk(0xfe, 0, new Uint8Array(1100));
  probe.receive(large);
  const [packet] = probe.packets();
  expect(typesOf(packet!)).toEqual([CHUNK.ERROR]);
  expect(packet!.length).toBeLessThan(1100);
  expect(PEER_TAG).not.toBe(probe.tag);
});
