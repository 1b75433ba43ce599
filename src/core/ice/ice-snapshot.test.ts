import { describe, expect, test } from "vitest";
import type { PairSnapshot } from "../stats/index.ts";
import { type End, messageOf, Pair } from "./pair.testing.ts";

function connected(): Pair {
  const pair = new Pair({ controlling: true }, { controlling: false });
  expect(pair.connect()).toBe(true);
  pair.run(1000);
  return pair;
}

/** The pair in use. */
function selected({ agent }: End): PairSnapshot {
  const { pairs, selectedPair } = agent.snapshot();
  return pairs.find(({ name }) => name === selectedPair)!;
}

/** What an observer of the wire counts of the STUN messages that `end` sends. */
function watch(pair: Pair) {
  const seen = {
    requests: new Map<End, number>(),
    ids: new Map<End, Set<string>>(),
    responses: new Map<End, number>(),
  };
  pair.filter = (from, bytes) => {
    const message = messageOf(bytes)!;
    const counted = message.messageClass === "request" ? seen.requests : seen.responses;
    counted.set(from, (counted.get(from) ?? 0) + 1);
    if (message.messageClass === "request") {
      const ids = seen.ids.get(from) ?? new Set();
      seen.ids.set(from, ids.add(Buffer.from(message.transactionId).toString("hex")));
    }
    return bytes;
  };
  return seen;
}

describe("counters of a pair (webrtc-stats §8.18)", () => {
  test("checks, consent and answers are counted as they go over the wire", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    const seen = watch(pair);
    expect(pair.connect()).toBe(true);
    pair.run(60_000);
    for (const [near, far] of [
      [pair.a, pair.z],
      [pair.z, pair.a],
    ] as const) {
      const { requestsSent, consentRequestsSent, requestsReceived, responsesSent, responsesReceived } =
        selected(near);
      expect(requestsSent + consentRequestsSent).toBe(seen.ids.get(near)!.size);
      expect(consentRequestsSent).toBeGreaterThanOrEqual(10);
      expect(requestsReceived).toBe(seen.requests.get(far));
      expect(responsesSent).toBe(seen.responses.get(near));
      expect(responsesReceived).toBe(seen.responses.get(far));
    }
  });

  test("every answer is a measurement of the round-trip time", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.latency = 20;
    expect(pair.connect()).toBe(true);
    pair.run(30_000);
    const { responsesReceived, totalRoundTripTime, currentRoundTripTime } = selected(pair.a);
    expect(currentRoundTripTime).toBeCloseTo(40, 6);
    expect(totalRoundTripTime).toBeCloseTo(40 * responsesReceived, 6);
  });

  test("a repetition is no new request, and the answer to it is timed from its own sending", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    let dropped = 0;
    pair.filter = (from, bytes) => {
      const isRequest = messageOf(bytes)!.messageClass === "request";
      return (from === pair.z || isRequest) && dropped < 4 && ++dropped ? undefined : bytes;
    };
    expect(pair.connect()).toBe(true);
    const { requestsSent, responsesReceived, totalRoundTripTime } = selected(pair.a);
    expect(pair.a.agent.statistics.checksSent).toBeGreaterThan(requestsSent);
    expect(totalRoundTripTime).toBeCloseTo(10 * responsesReceived, 6);
  });

  test("what is no authenticated check is counted on no pair", () => {
    const pair = connected();
    const before = selected(pair.a);
    pair.inject(pair.a, new Uint8Array(20), { ...pair.a.agent.selectedPath()! });
    const after = selected(pair.a);
    expect([after.requestsReceived, after.responsesSent]).toEqual([
      before.requestsReceived,
      before.responsesSent,
    ]);
  });

  test("data is counted on the pair that carries it, and for the agent as a whole", () => {
    const pair = connected();
    const { agent } = pair.a;
    const path = agent.selectedPath()!;
    agent.noteDataSent(pair.now, 1200);
    agent.noteDataSent(pair.now + 1, 1);
    agent.noteDataReceived(pair.now + 2, { ...path }, 500);
    const traffic = { packetsSent: 2, bytesSent: 1201, packetsReceived: 1, bytesReceived: 500 };
    expect(selected(pair.a)).toMatchObject({
      ...traffic,
      lastPacketSent: pair.now + 1,
      lastPacketReceived: pair.now + 2,
    });
    expect(agent.snapshot().traffic).toEqual(traffic);
  });

  test("a pair that has carried nothing has no time of its last packet", () => {
    expect(selected(connected().a)).toMatchObject({
      packetsSent: 0,
      lastPacketSent: undefined,
      lastPacketReceived: undefined,
    });
  });
});

describe("candidates and pairs", () => {
  test("every pair refers to candidates of the same snapshot, one of them is nominated and selected", () => {
    const ends = { addresses: ["192.0.2.1", "198.51.100.1"] };
    const pair = new Pair({ controlling: true, ...ends }, { controlling: false });
    expect(pair.connect()).toBe(true);
    const { pairs, localCandidates, remoteCandidates, selectedPair } = pair.a.agent.snapshot();
    expect(pairs).toHaveLength(2);
    for (const { local, remote } of pairs) {
      expect(localCandidates.map(({ name }) => name)).toContain(local);
      expect(remoteCandidates.map(({ name }) => name)).toContain(remote);
    }
    expect(pairs.filter(({ nominated }) => nominated).map(({ name }) => name)).toEqual([selectedPair]);
  });

  test("names stay from snapshot to snapshot", () => {
    const pair = connected();
    const names = () => {
      const { pairs, localCandidates, remoteCandidates } = pair.a.agent.snapshot();
      return [pairs, localCandidates, remoteCandidates].map((all) => all.map(({ name }) => name));
    };
    const before = names();
    pair.run(20_000);
    expect(names()).toEqual(before);
    expect(new Set(before.flat()).size).toBe(before.flat().length);
  });

  test("a discovered candidate is not signalled, has no fragment, and keeps its name when signalling tells it", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.describe(pair.z);
    pair.run(1000); // z checks, a has no description of z
    const discovered = pair.a.agent.snapshot().remoteCandidates;
    expect(discovered).toMatchObject([{ signalled: false, usernameFragment: undefined }]);
    expect(discovered[0]!.candidate.type).toBe("prflx");
    pair.a.agent.setRemoteParameters(pair.now, {
      usernameFragment: pair.z.usernameFragment,
      password: pair.z.password,
      lite: false,
    });
    expect(pair.a.agent.snapshot().remoteCandidates).toMatchObject([
      { name: discovered[0]!.name, signalled: false, usernameFragment: "zuf1" },
    ]);
    pair.describe(pair.a);
    const told = pair.a.agent.snapshot().remoteCandidates;
    expect(told).toMatchObject([{ name: discovered[0]!.name, signalled: true }]);
    expect(told[0]!.candidate.type).toBe("host");
  });

  test("a server that sees the host's own address, or what another one has seen, adds no candidate", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    const server = (host: string) =>
      ({ url: `stun:${host}`, scheme: "stun", host, port: 3478, transport: "udp" }) as const;
    for (const address of ["198.51.100.7", "198.51.100.8"]) pair.servers.add(address);
    pair.gather(pair.a, [server("198.51.100.7"), server("198.51.100.8")]);
    pair.run(5000);
    expect(pair.a.agent.snapshot().localCandidates).toHaveLength(1);
  });

  test("a candidate that was signalled under an mDNS name is told under that name", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    const name = "12345678-1234-4234-8234-123456789abc.local";
    pair.a.names.set(name, ["192.0.2.2"]);
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.describe(pair.z);
    const { usernameFragment, password } = pair.z;
    pair.a.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    pair.signal(pair.a, { ...pair.z.candidates[0]!, address: name });
    pair.endCandidates(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    const { remoteCandidates } = pair.a.agent.snapshot();
    expect(remoteCandidates).toMatchObject([{ signalled: true, candidate: { address: name } }]);
  });

  test("pairs that have failed are told as long as the generation lasts", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.loss = 1;
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("failed"), 120_000)).toBe(true);
    const { pairs, selectedPair } = pair.a.agent.snapshot();
    expect(selectedPair).toBeUndefined();
    expect(pairs).toMatchObject([{ state: "failed", responsesReceived: 0, nominated: false }]);
    expect(pairs[0]!.requestsSent).toBeGreaterThan(0);
  });
});

describe("a restart (webrtc-stats §7 candidate-pair)", () => {
  test("keeps the pair in use, and that alone, until the new generation has one", () => {
    const pair = connected();
    const before = selected(pair.a);
    pair.restart(pair.a, "auf2");
    pair.gather(pair.a);
    const during = pair.a.agent.snapshot();
    expect(during.pairs.map(({ name }) => name)).toEqual([before.name]);
    expect(during.selectedPair).toBe(before.name);
    expect(during.localCandidates.map(({ usernameFragment }) => usernameFragment)).toEqual(["auf2", "auf1"]);
    pair.restart(pair.z, "zuf2");
    pair.gather(pair.z);
    pair.describe(pair.z);
    pair.describe(pair.a);
    expect(pair.runUntil(() => pair.bothAre("completed"), 5000)).toBe(true);
    const after = pair.a.agent.snapshot();
    expect(after.pairs).toHaveLength(1);
    expect(after.selectedPair).not.toBe(before.name);
    expect(after.localCandidates.map(({ usernameFragment }) => usernameFragment)).toEqual(["auf2"]);
  });

  test("changes of the pair in use are counted, to none and from none included", () => {
    const pair = connected();
    expect(pair.a.agent.snapshot().selectedPairChanges).toBe(1);
    pair.loss = 1;
    expect(pair.runUntil(() => pair.bothAre("failed"), 60_000)).toBe(true);
    expect(pair.a.agent.snapshot().selectedPairChanges).toBe(2);
  });
});
