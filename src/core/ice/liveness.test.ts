import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { NEVER } from "../base/instant.ts";
import { ICE_CONTROLLING } from "../stun/index.ts";
import { Consent } from "./consent.ts";
import { DEFAULT_TIMING } from "./index.ts";
import { type End, messageOf, Pair } from "./pair.testing.ts";
import { Script } from "./script.testing.ts";

/** Connected, completed, and some seconds old. */
function connected(seed = 1): Pair {
  const pair = new Pair({ controlling: true }, { controlling: false }, seed);
  expect(pair.connect()).toBe(true);
  pair.run(3000);
  return pair;
}

describe("consent (RFC 7675 §5.1)", () => {
  test("a healthy pair is checked every 5 s ± 20 %, each check sent once", () => {
    const times: number[] = [];
    const pair = connected();
    const ids = new Set<string>();
    pair.filter = (from, bytes) => {
      const message = messageOf(bytes)!;
      if (from === pair.a && message.messageClass === "request") {
        times.push(pair.now);
        ids.add(Buffer.from(message.transactionId).toString("hex"));
      }
      return bytes;
    };
    pair.run(600_000);
    const intervals = times.slice(1).map((time, index) => time - times[index]!);
    expect(Math.min(...intervals)).toBeGreaterThan(3900);
    expect(Math.max(...intervals)).toBeLessThan(6100);
    expect(new Set(intervals.map(Math.round)).size).toBeGreaterThan(20); // random
    expect(ids.size).toBe(times.length);
    expect(pair.bothAre("completed")).toBe(true);
  });

  test("nothing may be sent 30 s after the last answer, although checks still come in", () => {
    const pair = connected();
    const lastAnswer = pair.now;
    pair.filter = (from, bytes) => {
      // z's answers are lost, its checks are not.
      if (from === pair.z && messageOf(bytes)!.messageClass !== "request") return undefined;
      return bytes;
    };
    expect(pair.runUntil(() => pair.a.agent.state === "failed", 31_000)).toBe(true);
    expect(pair.now - lastAnswer).toBeLessThanOrEqual(30_000);
    expect(pair.a.states).not.toContain("disconnected"); // incoming checks are signs of life
    expect(pair.a.agent.selectedPath()).toBeUndefined();
    expect(pair.a.agent.isValidPath({ socket: 1, address: "192.0.2.2", port: 5000 })).toBe(false);
    const sent = pair.a.sent;
    pair.run(60_000);
    expect(pair.a.sent).toBe(sent);
    expect(pair.z.agent.state).toBe("failed");
  });

  test("a pair that answered a minute ago and is nominated now is checked first: an old answer is no consent", () => {
    const script = new Script({ controlling: false });
    script.describe([
      { port: 7000, priority: 1_000_000 },
      { port: 7001, priority: 2_000_000 },
    ]);
    script.answerAll();
    script.advance(1000);
    script.check({ role: ICE_CONTROLLING, port: 7000, useCandidate: true });
    for (let second = 0; second < 60; second++) {
      script.advance(1000);
      script.check({ role: ICE_CONTROLLING, port: 7000, useCandidate: true });
    }
    expect(script.agent.selectedPath()?.port).toBe(7000);
    script.check({ role: ICE_CONTROLLING, port: 7001, useCandidate: true });
    script.advance(1000);
    expect(script.agent.selectedPath()?.port).toBe(7001);
    expect(script.states).not.toContain("failed");
  });

  test("an answer counts for 30 s from its check on: queues of seconds end no call, one of half a minute does", () => {
    const pair = connected();
    pair.latency = 10_000;
    pair.run(600_000);
    for (const end of [pair.a, pair.z]) expect(end.states).not.toContain("failed");
    pair.latency = 16_000;
    pair.run(60_000);
    expect(pair.bothAre("failed")).toBe(true);
  });

  test("only a signed answer prolongs consent", () => {
    const script = new Script({ controlling: false });
    script.describe();
    script.answerAll();
    script.answers = false;
    for (let second = 0; second < 31; second++) {
      script.advance(1000);
      for (let request = script.nextRequest(); request !== undefined; request = script.nextRequest()) {
        script.respond(request, (builder) => builder.fingerprint());
      }
      script.check({ role: ICE_CONTROLLING, useCandidate: true });
    }
    expect(script.agent.state).toBe("failed");
  });
});

describe("disconnected and back (webrtc-pc §5.6.4)", () => {
  const cut = (pair: Pair) => {
    pair.filter = () => undefined;
  };
  const mend = (pair: Pair) => {
    pair.filter = (_from, bytes) => bytes;
  };

  test("5 s without an answer: disconnected; 30 s: failed", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const pair = connected(seed);
      cut(pair);
      const start = pair.now;
      let firstCheck = Number.POSITIVE_INFINITY;
      pair.filter = (from) => {
        if (from === pair.a) firstCheck = Math.min(firstCheck, pair.now);
        return undefined;
      };
      expect(pair.runUntil(() => pair.a.agent.state === "disconnected", 12_000)).toBe(true);
      expect(pair.now - firstCheck).toBeGreaterThan(4999);
      expect(pair.now - firstCheck).toBeLessThan(7001); // the later, the later z was heard
      expect(pair.a.agent.selectedPath()).toBeDefined(); // there is still consent
      expect(pair.runUntil(() => pair.a.agent.state === "failed", 30_000)).toBe(true);
      expect(pair.now - start).toBeGreaterThan(23_000);
      expect(pair.now - start).toBeLessThanOrEqual(30_000);
      expect(pair.a.states).toEqual(["checking", "connected", "completed", "disconnected", "failed"]);
    }
  });

  test("an answer brings back the state of before, within a second", () => {
    const pair = connected();
    cut(pair);
    expect(pair.runUntil(() => pair.bothAre("disconnected"), 15_000)).toBe(true);
    mend(pair);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1100)).toBe(true);
    expect(pair.a.of("selected-pair")).toHaveLength(1);
  });

  test("a blackout of 20 s ends well every time", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const pair = connected(seed);
      cut(pair);
      pair.run(20_000);
      mend(pair);
      expect(
        pair.runUntil(() => pair.bothAre("completed"), 2000),
        `seed ${seed}`,
      ).toBe(true);
    }
  });

  test("at 20 % loss an hour passes without a failure and with hardly a disconnection", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.loss = 0.2;
    pair.latency = 50;
    pair.negotiate();
    pair.run(3_600_000);
    const disconnections = pair.a.states.filter((state) => state === "disconnected").length;
    expect(pair.a.states).not.toContain("failed");
    expect(disconnections).toBeLessThanOrEqual(5);
    expect(pair.bothAre("connected", "completed")).toBe(true);
  });

  test("data on the active pair is a sign of life", () => {
    const pair = connected();
    cut(pair);
    const path = pair.a.agent.selectedPath()!;
    for (let i = 0; i < 20; i++) {
      pair.run(1000);
      pair.a.agent.noteDataReceived(pair.now, path, 100);
    }
    expect(pair.a.states).not.toContain("disconnected");
    expect(pair.z.states).toContain("disconnected");
  });

  test("a second pair takes over when the first one dies, without a restart", () => {
    const two = (host: number) => [`192.0.2.${host}`, `198.51.100.${host}`];
    const pair = new Pair(
      { controlling: true, addresses: two(1) },
      { controlling: false, addresses: two(2) },
    );
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("completed"), 10_000)).toBe(true);
    pair.run(2000);
    const { address } = pair.a.agent.selectedPath()!;
    const dead = address.slice(0, 9);
    pair.filter = (_from, bytes, path) => (path.address.startsWith(dead) ? undefined : bytes);
    const moved = (end: End) => end.agent.selectedPath()?.address.startsWith(dead) === false;
    expect(pair.runUntil(() => moved(pair.a) && moved(pair.z), 15_000)).toBe(true);
    expect(pair.a.states).not.toContain("failed");
    pair.run(60_000);
    expect(pair.bothAre("connected", "completed")).toBe(true);
  });
});

describe("a socket that goes (interface vanished)", () => {
  test("another pair takes over at once", () => {
    const pair = new Pair(
      { controlling: true, addresses: ["192.0.2.1", "198.51.100.1"] },
      { controlling: false, addresses: ["192.0.2.2"] },
    );
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("completed"), 10_000)).toBe(true);
    pair.run(1000);
    pair.a.agent.removeSocket(pair.now, pair.a.agent.selectedPath()!.socket);
    pair.drain(pair.a);
    expect(pair.runUntil(() => pair.bothAre("connected", "completed"), 2000)).toBe(true);
    pair.run(20_000);
    expect(pair.a.agent.selectedPath()?.socket).toBe(2);
    expect(pair.z.agent.selectedPath()?.address).toBe("198.51.100.1");
    expect(pair.bothAre("connected", "completed")).toBe(true);
  });

  test("the last one: disconnected at once, failed when consent ends, and nothing is sent", () => {
    const pair = connected();
    pair.a.agent.removeSocket(pair.now, 1);
    pair.drain(pair.a);
    expect(pair.a.agent.state).toBe("disconnected");
    expect(pair.a.agent.selectedPath()).toBeUndefined();
    const sent = pair.a.sent;
    expect(pair.runUntil(() => pair.a.agent.state === "failed", 30_000)).toBe(true);
    expect(pair.a.sent).toBe(sent);
  });
});

describe("checking without success", () => {
  test("fails after 30 s (RFC 8863: not before the peer had its chance)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.filter = () => undefined;
    pair.negotiate();
    expect(pair.runUntil(() => pair.bothAre("failed"), 31_000)).toBe(true);
    expect(pair.now).toBeCloseTo(30_000);
    expect(pair.a.states).toEqual(["checking", "failed"]);
    expect(pair.a.agent.nextTimeout()).toBe(NEVER);
  });

  test("a candidate that comes late gives checking more time", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.filter = () => undefined;
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.describe(pair.a, true);
    pair.run(25_000);
    pair.signal(pair.a, { ...pair.z.candidates[0]!, port: 5001 });
    pair.run(10_000);
    expect(pair.a.agent.state).toBe("checking");
    expect(pair.runUntil(() => pair.a.agent.state === "failed", 21_000)).toBe(true);
  });

  test("while more candidates may come, it is disconnected after 15 s, and a candidate makes it checking again (webrtc-pc §5.6.4)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.filter = () => undefined;
    pair.gather(pair.a);
    pair.gather(pair.z);
    pair.describe(pair.a, true);
    pair.run(14_000);
    expect(pair.a.agent.state).toBe("checking");
    pair.run(2000);
    expect(pair.a.agent.state).toBe("disconnected");
    pair.signal(pair.a, { ...pair.z.candidates[0]!, port: 5001 });
    expect(pair.a.agent.state).toBe("checking");
    pair.run(31_000);
    expect(pair.a.agent.state).toBe("failed");
  });

  test("connected becomes completed when nothing is left to be found for 2 s", () => {
    const pair = new Pair(
      { controlling: true, timing: { completedAfter: 2000 } },
      { controlling: false, timing: { completedAfter: 2000 } },
    );
    pair.negotiate();
    pair.run(1900);
    expect(pair.bothAre("connected")).toBe(true);
    pair.run(1000);
    expect(pair.bothAre("completed")).toBe(true);
  });

  test("fails at once when neither side has anything to check with", () => {
    const pair = new Pair({ controlling: true, addresses: [] }, { controlling: false });
    pair.negotiate();
    expect(pair.a.agent.state).toBe("failed");
  });

  test("the end of candidates alone is no failure: the peer may still check us (RFC 8863)", () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a);
    pair.gather(pair.z);
    const { usernameFragment, password } = pair.z;
    pair.a.agent.setRemoteParameters(pair.now, { usernameFragment, password, lite: false });
    pair.endCandidates(pair.a);
    pair.run(9000);
    expect(pair.a.agent.state).toBe("checking");
    pair.describe(pair.z);
    expect(pair.runUntil(() => pair.bothAre("completed"), 1000)).toBe(true);
  });
});

describe("the clock of consent", () => {
  const consent = () => new Consent(0, 0, DEFAULT_TIMING, new SeededRandom(3));

  test("an unanswered check is followed by two a second", () => {
    const clock = consent();
    clock.checkSent(5000);
    expect(clock.nextCheck).toBe(5500);
    clock.checkSent(5500);
    expect(clock.nextCheck).toBe(6000);
    expect([clock.suspectAt, clock.disconnectAt, clock.expireAt]).toEqual([6000, 10_000, 30_000]);
    clock.answered(6100, 6000);
    expect(clock.nextCheck).toBeGreaterThanOrEqual(10_100);
    expect([clock.suspectAt, clock.disconnectAt, clock.expireAt]).toEqual([NEVER, NEVER, 36_000]);
  });

  test("signs of life put off suspicion, not expiry", () => {
    const clock = consent();
    clock.checkSent(5000);
    clock.heard(5500);
    expect([clock.suspectAt, clock.disconnectAt, clock.expireAt]).toEqual([6500, 12_000, 30_000]);
  });

  /** Sends data every 20 ms; something comes back every `interval` milliseconds. Returns when checks were sent. */
  function stream(clock: Consent, from: number, to: number, interval: number, alive = () => true): number[] {
    const checks: number[] = [];
    for (let now = from; now < to; now += 20) {
      if ((now - from) % interval === 0 && now > from) clock.heard(now);
      if (clock.nextCheck <= now) {
        checks.push(now);
        clock.checkSent(now);
        if (alive()) clock.answered(now, now);
      }
      clock.sent(now);
    }
    return checks;
  }

  test("a peer that answers data with one report a second is soon asked no more often than an idle one", () => {
    const clock = consent();
    const [first] = stream(clock, 0, 10_000, 1000);
    expect(first).toBe(500);
    expect(stream(clock, 10_000, 70_000, 1000).length).toBeLessThanOrEqual(60 / 4);
  });

  test("… and one that answers at once is asked after half a second of silence again, whatever was before", () => {
    const clock = consent();
    stream(clock, 0, 10_000, 1000);
    stream(clock, 10_000, 20_000, 100);
    const [first] = stream(clock, 20_000, 30_000, 100_000, () => false);
    expect(first).toBeLessThanOrEqual(20_600);
  });

  test("silence that ends with a lost check makes no difference", () => {
    const clock = consent();
    expect(clock.sent(0)).toBe(500);
    clock.checkSent(500);
    clock.checkSent(1000);
    clock.answered(1010, 1000);
    expect(clock.sent(1020)).toBe(1520);
  });

  test("a probe asks at once, unless a check is under way", () => {
    const clock = consent();
    clock.probe(1000);
    expect(clock.nextCheck).toBe(1000);
    clock.checkSent(1000);
    clock.probe(1200);
    expect(clock.nextCheck).toBe(1500);
  });
});
