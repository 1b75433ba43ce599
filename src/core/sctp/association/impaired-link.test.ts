import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Impairment, Pair, type Peer, pattern } from "../exchange.testing.ts";

const MEGABYTE = 1024 * 1024;

/** 1 MB in messages of many sizes; every 16th goes on another stream. */
function send(pair: Pair, from: Peer, seed: number, ordered: boolean): number {
  let sent = 0;
  for (let i = 0; sent < MEGABYTE; i++) {
    const size = Math.min(MEGABYTE - sent, 1 + ((i * 7919 + seed * 104_729) % 40_000));
    const data = pattern(size, i);
    expect(from.association.send(pair.now, i % 4, 53, data, { ordered })).toBe(true);
    sent += size;
  }
  return sent;
}

function digest(peer: Peer): string[] {
  return peer.of("message").map(({ streamId, data }) => {
    return `${streamId} ${data.length} ${createHash("sha256").update(data).digest("hex")}`;
  });
}

function expected(seed: number): string[] {
  const list: string[] = [];
  let sent = 0;
  for (let i = 0; sent < MEGABYTE; i++) {
    const size = Math.min(MEGABYTE - sent, 1 + ((i * 7919 + seed * 104_729) % 40_000));
    list.push(`${i % 4} ${size} ${createHash("sha256").update(pattern(size, i)).digest("hex")}`);
    sent += size;
  }
  return list;
}

function ofStream(list: readonly string[], streamId: number): string[] {
  return list.filter((line) => line.startsWith(`${streamId} `));
}

function byteExact(seed: number, link: Impairment): number {
  // Corruption is for the checksum to find: over DTLS, where it is left out, DTLS drops such packets.
  const pair = new Pair(seed, { zeroChecksum: false });
  pair.link = link;
  pair.a.association.connect(pair.now);
  pair.z.association.connect(pair.now);
  const total = send(pair, pair.a, seed, true);
  const begun = pair.now;
  let bytes = 0;
  let seen = 0;
  pair.runUntil(() => {
    for (; seen < pair.z.events.length; seen++) {
      const event = pair.z.events[seen]!;
      if (event.type === "message") bytes += event.data.length;
      if (event.type === "closed") throw new Error(`closed: ${event.message}, seed ${seed}`);
    }
    return bytes >= total;
  }, 3_600_000);
  const got = digest(pair.z);
  const want = expected(seed);
  for (let streamId = 0; streamId < 4; streamId++) {
    expect(ofStream(got, streamId), `seed ${seed}`).toEqual(ofStream(want, streamId));
  }
  return pair.now - begun;
}

describe("1 MB arrives byte-exact and in order", () => {
  for (let group = 0; group < 12; group++) {
    test(`over links with loss up to 30 %, reordering, duplication and corruption, seeds from ${group * 10}`, () => {
      for (let seed = group * 10; seed < group * 10 + 10; seed++) {
        byteExact(seed, {
          latency: seed % 50,
          loss: (seed % 7) * 0.05,
          reorder: 0.25,
          reorderBy: 200,
          duplicate: 0.1,
          corrupt: 0.01,
        });
      }
    });
  }
});
