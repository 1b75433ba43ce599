import { describe, expect, test } from "vitest";
import { Pair, PERFECT, pattern } from "../exchange.testing.ts";
import { CHUNK } from "../packet/chunk.ts";
import { FLAG_BEGINNING } from "../packet/data-chunk.ts";
import { dataChunk, forwardTsnChunk, type SeenChunk, sackChunk } from "../packet/packet.testing.ts";
import {
  decodeReconfig,
  encodeReconfig,
  RECONFIG_RESULT,
  type ReconfigParameter,
} from "../packet/re-config-chunk.ts";
import { bytesOf, PEER_TSN, Probe } from "../probe.testing.ts";

const RELIABLE = { ordered: true };
type OutgoingReset = Extract<ReconfigParameter, { type: "outgoing-reset" }>;

function reconfigsIn(chunks: readonly SeenChunk[]): ReconfigParameter[] {
  return chunks
    .filter(({ type }) => type === CHUNK.RE_CONFIG)
    .flatMap(({ value }) => decodeReconfig(value) as ReconfigParameter[]);
}

function requestIn(chunks: readonly SeenChunk[]): OutgoingReset {
  return reconfigsIn(chunks).find(
    (parameter): parameter is OutgoingReset => parameter.type === "outgoing-reset",
  )!;
}

function response(responseNumber: number, result: number): Uint8Array {
  return encodeReconfig([{ type: "response", responseNumber, result }]);
}

function reset(requestNumber: number, lastAssignedTsn: number, streamIds: number[]): Uint8Array {
  return encodeReconfig([
    { type: "outgoing-reset", requestNumber, responseNumber: 0, lastAssignedTsn, streamIds },
  ]);
}

function resultsOf(chunks: readonly SeenChunk[]): [number, number][] {
  return reconfigsIn(chunks).flatMap((parameter) =>
    parameter.type === "response" ? [[parameter.responseNumber, parameter.result] as [number, number]] : [],
  );
}

describe("resetting our streams (RFC 6525 §5.1.2)", () => {
  test("both ends learn of it, after all earlier data was delivered", () => {
    const pair = Pair.connected();
    const data = pattern(100_000);
    pair.a.association.send(pair.now, 3, 53, data, RELIABLE);
    pair.a.association.resetStreams(pair.now, [3]);
    pair.settle();
    expect(pair.z.events.slice(-2).map(({ type }) => type)).toEqual(["message", "streams-reset-incoming"]);
    expect(pair.z.of("streams-reset-incoming")).toEqual([{ type: "streams-reset-incoming", streamIds: [3] }]);
    expect(pair.a.of("streams-reset-outgoing")).toEqual([{ type: "streams-reset-outgoing", streamIds: [3] }]);
  });

  test("a stream that is being reset takes no messages, afterwards it starts at sequence number 0 again", () => {
    const pair = Pair.connected();
    for (let i = 0; i < 3; i++) pair.a.association.send(pair.now, 3, 53, bytesOf("old"), RELIABLE);
    pair.a.association.resetStreams(pair.now, [3]);
    expect(pair.a.association.send(pair.now, 3, 53, bytesOf("refused"), RELIABLE)).toBe(false);
    expect(pair.a.association.send(pair.now, 4, 53, bytesOf("other"), RELIABLE)).toBe(true);
    pair.settle();
    expect(pair.a.association.send(pair.now, 3, 53, bytesOf("new"), RELIABLE)).toBe(true);
    pair.settle();
    const texts = pair.z.of("message").map(({ data }) => Buffer.from(data).toString());
    expect(texts.sort()).toEqual(["new", "old", "old", "old", "other"]);
  });

  test("works both ways at once and with loss, in any number of rounds", () => {
    for (let seed = 0; seed < 8; seed++) {
      const pair = Pair.connected(seed);
      pair.link = { latency: 10, loss: 0.2, reorder: 0.2, reorderBy: 40, duplicate: 0.1, corrupt: 0 };
      for (let round = 0; round < 5; round++) {
        for (const { association } of [pair.a, pair.z]) {
          for (let stream = 0; stream < 4; stream++) {
            expect(
              association.send(pair.now, stream, 53, pattern(3000, round), RELIABLE),
              `seed ${seed}`,
            ).toBe(true);
          }
          association.resetStreams(pair.now, [0, 1]);
          association.resetStreams(pair.now, [2]);
        }
        pair.run(30_000);
        for (const peer of [pair.a, pair.z]) {
          expect(peer.of("streams-reset-outgoing").flatMap(({ streamIds }) => streamIds)).toHaveLength(
            3 * (round + 1),
          );
          expect(
            peer.of("streams-reset-incoming").flatMap(({ streamIds }) => streamIds),
            `seed ${seed}`,
          ).toHaveLength(3 * (round + 1));
          expect(peer.of("message")).toHaveLength(4 * (round + 1));
        }
      }
    }
  });

  test("one request at a time; the next one follows the response (RFC 6525 §5.1.1)", () => {
    const probe = Probe.established();
    probe.association.resetStreams(probe.now, [1]);
    const first = requestIn(probe.chunks());
    expect(first).toMatchObject({
      requestNumber: probe.tsn,
      streamIds: [1],
      lastAssignedTsn: (probe.tsn - 1) >>> 0,
    });
    probe.association.resetStreams(probe.now, [2]);
    probe.association.resetStreams(probe.now, [1, 3]);
    expect(reconfigsIn(probe.chunks())).toEqual([]);
    probe.receive(response(first.requestNumber, RECONFIG_RESULT.PERFORMED));
    expect(requestIn(probe.chunks())).toMatchObject({
      requestNumber: (probe.tsn + 1) >>> 0,
      streamIds: [2, 3],
    });
  });

  test("the request waits until what is queued was sent, and names the last TSN used", () => {
    const probe = Probe.established();
    probe.association.send(probe.now, 1, 53, pattern(6000), RELIABLE);
    probe.association.resetStreams(probe.now, [1]);
    expect(reconfigsIn(probe.chunks())).toEqual([]);
    probe.receive(sackChunk(probe.tsn + 3));
    expect(requestIn(probe.chunks())).toMatchObject({ lastAssignedTsn: (probe.tsn + 5) >>> 0 });
  });

  test("the request is repeated under its number until it is answered (RFC 6525 §5.1.1)", () => {
    const probe = Probe.established();
    probe.association.resetStreams(probe.now, [1]);
    const requests = reconfigsIn(probe.pass(20_000));
    expect(requests.length).toBeGreaterThan(5);
    expect(requests.length).toBeLessThan(20);
    expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(1);
  });

  test("while the peer is in progress it is asked again, under a new number (RFC 6525 §5.2.2 E2)", () => {
    const probe = Probe.established();
    probe.association.resetStreams(probe.now, [1]);
    const first = requestIn(probe.chunks());
    probe.receive(response(first.requestNumber, RECONFIG_RESULT.IN_PROGRESS));
    expect(probe.types()).toEqual([]);
    const again = requestIn(probe.pass(600));
    expect(again).toMatchObject({ requestNumber: (first.requestNumber + 1) >>> 0, streamIds: [1] });
    probe.receive(response(again.requestNumber, RECONFIG_RESULT.PERFORMED));
    probe.packets();
    expect(probe.of("streams-reset-outgoing")).toHaveLength(1);
    expect(probe.association.nextTimeout()).toBeGreaterThan(probe.now + 20_000);
  });

  test("a refusal is reported and the streams go on", () => {
    for (const result of [
      RECONFIG_RESULT.DENIED,
      RECONFIG_RESULT.WRONG_SSN,
      RECONFIG_RESULT.BAD_SEQUENCE_NUMBER,
    ]) {
      const probe = Probe.established();
      probe.send("before");
      probe.association.resetStreams(probe.now, [1]);
      const request = requestIn([...probe.chunks(), ...probe.chunks()]);
      probe.receive(response(request.requestNumber, result));
      probe.packets();
      expect(probe.of("streams-reset-failed")).toEqual([{ type: "streams-reset-failed", streamIds: [1] }]);
      probe.send("after");
    }
  });

  test("a peer that cannot reset streams is not asked", () => {
    const probe = Probe.established({}, { extensions: [CHUNK.FORWARD_TSN] });
    probe.association.resetStreams(probe.now, [1, 2]);
    expect(probe.types()).toEqual([]);
    expect(probe.of("streams-reset-failed")).toEqual([{ type: "streams-reset-failed", streamIds: [1, 2] }]);
  });

  test("more streams than one packet can name go in several requests", () => {
    const pair = Pair.connected();
    pair.a.association.resetStreams(
      pair.now,
      Array.from({ length: 1500 }, (_, id) => id),
    );
    pair.settle();
    const performed = pair.z.of("streams-reset-incoming");
    expect(performed.length).toBe(3);
    expect(performed.flatMap(({ streamIds }) => streamIds)).toHaveLength(1500);
  });

  test("a channel opened and closed ten thousand times leaves nothing behind", () => {
    const pair = Pair.connected();
    for (let i = 0; i < 200; i++) {
      for (let k = 0; k < 50; k++) pair.a.association.send(pair.now, i * 50 + k, 53, bytesOf("x"), RELIABLE);
      pair.a.association.resetStreams(
        pair.now,
        Array.from({ length: 50 }, (_, k) => i * 50 + k),
      );
      pair.run(20);
    }
    pair.settle();
    expect(pair.a.of("streams-reset-outgoing").flatMap(({ streamIds }) => streamIds)).toHaveLength(10_000);
  });
});

describe("the peer's reset (RFC 6525 §5.2.2)", () => {
  test("is performed at once when all its data is here, and answered", () => {
    const probe = Probe.established();
    probe.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("last")));
    probe.receive(reset(PEER_TSN, PEER_TSN, [1]));
    expect(resultsOf(probe.chunks())).toEqual([[PEER_TSN, RECONFIG_RESULT.PERFORMED]]);
    expect(probe.events.map(({ type }) => type)).toEqual(["connected", "message", "streams-reset-incoming"]);
    probe.receive(dataChunk(PEER_TSN + 1, 1, 0, bytesOf("first again")));
    probe.packets();
    expect(probe.texts).toEqual(["last", "first again"]);
  });

  test("waits for data sent before it, and tells the peer as soon as it is through", () => {
    const probe = Probe.established();
    probe.receive(reset(PEER_TSN, PEER_TSN + 1, [1]));
    expect(resultsOf(probe.chunks())).toEqual([[PEER_TSN, RECONFIG_RESULT.IN_PROGRESS]]);
    probe.receive(dataChunk(PEER_TSN + 1, 1, 1, bytesOf("two")));
    probe.packets();
    expect(probe.of("streams-reset-incoming")).toEqual([]);
    probe.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("one")));
    expect(resultsOf(probe.chunks())).toEqual([[PEER_TSN, RECONFIG_RESULT.PERFORMED]]);
    expect(probe.texts).toEqual(["one", "two"]);
    expect(probe.of("streams-reset-incoming")).toHaveLength(1);
  });

  test("asked again, under the same or a new number, it happens only once", () => {
    const probe = Probe.established();
    probe.receive(reset(PEER_TSN, PEER_TSN, [1]));
    probe.receive(reset(PEER_TSN, PEER_TSN, [1]));
    expect(resultsOf(probe.chunks()).map(([, result]) => result)).toEqual([
      RECONFIG_RESULT.IN_PROGRESS,
      RECONFIG_RESULT.IN_PROGRESS,
    ]);
    probe.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("one")));
    probe.receive(reset(PEER_TSN, PEER_TSN, [1]));
    probe.receive(reset(PEER_TSN + 1, PEER_TSN, [1]));
    probe.receive(reset(PEER_TSN + 1, PEER_TSN, [1]));
    expect(resultsOf(probe.chunks())).toEqual([
      [PEER_TSN, RECONFIG_RESULT.PERFORMED],
      [PEER_TSN, RECONFIG_RESULT.PERFORMED],
      [PEER_TSN + 1, RECONFIG_RESULT.PERFORMED],
      [PEER_TSN + 1, RECONFIG_RESULT.PERFORMED],
    ]);
    expect(probe.of("streams-reset-incoming")).toHaveLength(1);
  });

  test("given-up data counts as here", () => {
    const probe = Probe.established();
    probe.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("begun"), FLAG_BEGINNING));
    probe.receive(reset(PEER_TSN, PEER_TSN + 2, [1]));
    probe.receive(
      forwardTsnChunk({
        newCumulativeTsn: PEER_TSN + 2,
        skipped: [{ streamId: 1, streamSequenceNumber: 0 }],
      }),
    );
    expect(resultsOf(probe.chunks()).at(-1)).toEqual([PEER_TSN, RECONFIG_RESULT.PERFORMED]);
    probe.receive(dataChunk(PEER_TSN + 3, 1, 0, bytesOf("again from 0")));
    probe.packets();
    expect(probe.texts).toEqual(["again from 0"]);
  });

  test("only the named streams are reset", () => {
    const probe = Probe.established();
    probe.receive(dataChunk(PEER_TSN, 1, 0, bytesOf("a")), dataChunk(PEER_TSN + 1, 2, 0, bytesOf("b")));
    probe.receive(reset(PEER_TSN, PEER_TSN + 1, [1]));
    probe.receive(dataChunk(PEER_TSN + 2, 2, 1, bytesOf("c")), dataChunk(PEER_TSN + 3, 1, 0, bytesOf("d")));
    probe.packets();
    expect(probe.texts).toEqual(["a", "b", "c", "d"]);
  });

  test("without names it means all streams", () => {
    const probe = Probe.established({}, { outboundStreams: 5 });
    probe.receive(reset(PEER_TSN, PEER_TSN - 1, []));
    probe.packets();
    expect(probe.of("streams-reset-incoming")[0]!.streamIds).toEqual([0, 1, 2, 3, 4]);
  });

  test("a number out of order, and a stream that does not exist, are refused", () => {
    const probe = Probe.established();
    probe.receive(reset(PEER_TSN + 5, PEER_TSN - 1, [1]));
    probe.receive(reset(PEER_TSN, PEER_TSN - 1, [1, 1024]));
    expect(resultsOf(probe.chunks())).toEqual([
      [PEER_TSN + 5, RECONFIG_RESULT.BAD_SEQUENCE_NUMBER],
      [PEER_TSN, RECONFIG_RESULT.WRONG_SSN],
    ]);
    expect(probe.of("streams-reset-incoming")).toEqual([]);
  });

  test("requests that we do not serve are denied (RFC 6525 §5.2.4 to §5.2.6)", () => {
    const probe = Probe.established();
    const add = new Uint8Array(16);
    add.set([CHUNK.RE_CONFIG, 0, 0, 16, 0, 17, 0, 12, 0, 0, PEER_TSN >> 8, PEER_TSN & 0xff, 0, 1, 0, 0]);
    probe.receive(add);
    expect(resultsOf(probe.chunks())).toEqual([[PEER_TSN, RECONFIG_RESULT.DENIED]]);
  });

  test("asked to reset our own streams, we do, and our request answers it (RFC 6525 §5.2.3)", () => {
    const probe = Probe.established();
    probe.send("data", 7);
    probe.packets();
    probe.receive(encodeReconfig([{ type: "incoming-reset", requestNumber: PEER_TSN, streamIds: [7, 8] }]));
    const chunks = probe.chunks();
    expect(requestIn(chunks)).toMatchObject({ responseNumber: PEER_TSN, streamIds: [7] });
  });
});

test("a reset in SHUTDOWN or before establishment fails at once", () => {
  const probe = new Probe();
  probe.association.resetStreams(probe.now, [1]);
  probe.packets();
  expect(probe.of("streams-reset-failed")).toHaveLength(1);
  const pair = Pair.connected();
  pair.link = { ...PERFECT };
  pair.a.association.shutdown(pair.now);
  pair.a.association.resetStreams(pair.now, [1]);
  pair.settle();
  expect(pair.a.of("streams-reset-failed")).toHaveLength(1);
});
