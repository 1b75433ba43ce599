import { expect, test } from "vitest";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { SctpEventQueue } from "../event-queue.ts";
import { type DataFields, FLAG_BEGINNING, FLAG_ENDING, FLAG_UNORDERED } from "../packet/data-chunk.ts";
import { ReassemblyQueue } from "./reassembly-queue.ts";
import { ReceivedTsns } from "./received-tsns.ts";

interface Piece {
  readonly fields: DataFields;
  readonly bytes: Uint8Array;
}

interface Sent {
  readonly stream: number;
  readonly unordered: boolean;
  readonly text: string;
}

/** Random messages over three streams, cut at random; the pieces' TSNs are their indices. */
function traffic(random: SeededRandom, count: number): { sent: Sent[]; pieces: Piece[] } {
  const sent: Sent[] = [];
  const pieces: Piece[] = [];
  const next = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const stream = random.below(3);
    const unordered = random.below(3) === 0;
    const text = `${i}:`.padEnd(4 + random.below(20), "abcdefghijklmnop");
    sent.push({ stream, unordered, text });
    const number = unordered ? 0 : next[stream]!++;
    const bytes = new Uint8Array(Buffer.from(text));
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + 1 + random.below(8));
      let flags = unordered ? FLAG_UNORDERED : 0;
      if (from === 0) flags |= FLAG_BEGINNING;
      if (to === bytes.length) flags |= FLAG_ENDING;
      pieces.push({
        fields: {
          flags,
          tsn: pieces.length,
          streamId: stream,
          streamSequenceNumber: number,
          payloadProtocolId: i,
          from: 0,
          to: to - from,
        },
        bytes: bytes.slice(from, to),
      });
      from = to;
    }
  }
  return { sent, pieces };
}

/** As `DataReceiver` does it. */
function receive(queue: ReassemblyQueue, received: ReceivedTsns, piece: Piece): void {
  const { tsn } = piece.fields;
  if (received.has(tsn)) return;
  const before = received.cumulative;
  received.add(tsn);
  if (tsn !== before + 1) {
    expect(queue.addAhead(tsn, before, piece.bytes, piece.fields)).toBeUndefined();
    return;
  }
  expect(queue.addInOrder(piece.bytes, piece.fields)).toBeUndefined();
  expect(queue.advance(tsn, received.cumulative)).toBeUndefined();
}

function drain(events: SctpEventQueue): { stream: number; text: string }[] {
  const all = [];
  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    if (event.type !== "message") continue;
    all.push({ stream: event.streamId, text: Buffer.from(event.data).toString() });
  }
  return all;
}

test("whatever order fragments come in, each message comes once, whole, in its stream's order, and nothing stays", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = new SeededRandom(seed);
    const { sent, pieces } = traffic(random, 40);
    const events = new SctpEventQueue();
    const queue = new ReassemblyQueue(events, 1000);
    const received = new ReceivedTsns();
    // Shuffled within a window, with duplicates.
    const spread = 1 + random.below(60);
    const order = pieces.flatMap((piece, index) => [
      { piece, at: index + random.unit() * spread },
      ...(random.below(8) === 0 ? [{ piece, at: index + random.unit() * spread * 2 }] : []),
    ]);
    order.sort((a, b) => a.at - b.at);
    for (const { piece } of order) receive(queue, received, piece);
    const got = drain(events);
    expect(got.length, `seed ${seed}`).toBe(sent.length);
    expect(new Set(got.map(({ text }) => text)), `seed ${seed}`).toEqual(
      new Set(sent.map(({ text }) => text)),
    );
    for (let stream = 0; stream < 3; stream++) {
      const ordered = sent
        .filter((message) => message.stream === stream && !message.unordered)
        .map(({ text }) => text);
      const gotOrdered = got.map(({ text }) => text).filter((text) => ordered.includes(text));
      expect(gotOrdered, `seed ${seed}`).toEqual(ordered);
    }
    expect(queue.bytes, `seed ${seed}`).toBe(0);
  }
});

test("with messages given up at random, the others come whole and in order, and nothing stays", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = new SeededRandom(seed);
    const { sent, pieces } = traffic(random, 40);
    const events = new SctpEventQueue();
    const queue = new ReassemblyQueue(events, 1000);
    const received = new ReceivedTsns();
    const doomed = new Set([...sent.keys()].filter(() => random.below(4) === 0));
    const isDoomed = (piece: Piece) => doomed.has(piece.fields.payloadProtocolId);
    for (let at = 0; at < pieces.length; at++) {
      const piece = pieces[at]!;
      if (!isDoomed(piece) || random.below(2) === 0) receive(queue, received, piece);
      if (random.below(6) !== 0) continue;
      // The sender's advanced ack point: over doomed pieces, and over those that have arrived.
      skipDoomed(at);
    }
    skipDoomed(pieces.length - 1);
    function skipDoomed(upTo: number): void {
      const from = received.cumulative;
      let to = from;
      const last = new Map<number, number>();
      while (to + 1 <= upTo && isDoomed(pieces[to + 1]!) && isWholeMessageSent(to + 1, upTo)) {
        to++;
        const { fields } = pieces[to]!;
        if (!(fields.flags & FLAG_UNORDERED)) last.set(fields.streamId, fields.streamSequenceNumber);
      }
      if (to > from) {
        const skipped = Array.from(last, ([streamId, streamSequenceNumber]) => ({
          streamId,
          streamSequenceNumber,
        }));
        queue.skip(from, to, skipped);
        received.skipTo(to);
        expect(queue.advance(to, received.cumulative)).toBeUndefined();
        if (received.cumulative > to) skipDoomed(upTo);
      }
    }
    function isWholeMessageSent(tsn: number, upTo: number): boolean {
      let end = tsn;
      while (!(pieces[end]!.fields.flags & FLAG_ENDING)) end++;
      return end <= upTo;
    }
    const got = drain(events).map(({ text }) => text);
    expect(new Set(got).size, `seed ${seed}`).toBe(got.length);
    const kept = sent.filter((_, index) => !doomed.has(index));
    for (const { text } of kept) expect(got, `seed ${seed}`).toContain(text);
    for (let stream = 0; stream < 3; stream++) {
      const ordered = sent
        .filter((message) => message.stream === stream && !message.unordered)
        .map(({ text }) => text);
      const positions = got.filter((text) => ordered.includes(text)).map((text) => ordered.indexOf(text));
      expect(positions, `seed ${seed}`).toEqual([...positions].sort((a, b) => a - b));
    }
    expect(queue.bytes, `seed ${seed}`).toBe(0);
  }
});

test("a reset stream leaves nothing behind", () => {
  const events = new SctpEventQueue();
  const queue = new ReassemblyQueue(events, 1000);
  const fields = {
    flags: 3,
    tsn: 1,
    streamId: 9,
    streamSequenceNumber: 5,
    payloadProtocolId: 0,
    from: 0,
    to: 4,
  };
  queue.addAhead(1, -1, new Uint8Array(4), fields);
  expect(queue.knownStreams).toBe(1);
  expect(queue.bytes).toBeGreaterThan(0);
  queue.resetStreams([9]);
  expect([queue.knownStreams, queue.bytes]).toEqual([0, 0]);
});
