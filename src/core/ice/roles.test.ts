import { describe, expect, test } from "vitest";
import {
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  PRIORITY,
  ROLE_CONFLICT,
  StunMessage,
  StunMessageBuilder,
  USE_CANDIDATE,
  USERNAME,
  XOR_MAPPED_ADDRESS,
} from "../stun/index.ts";
import { SHORTEST_PACE } from "./pacer.ts";
import { messageOf, Pair, seededCrypto } from "./pair.testing.ts";
import { Script } from "./script.testing.ts";
import { DEFAULT_TIMING } from "./timing.ts";

describe("role conflict (RFC 8445 §7.3.1.1)", () => {
  test.each([
    ["both controlling", true],
    ["both controlled", false],
  ])("%s: one changes, and they connect, whatever the tie-breakers", (_name, controlling) => {
    const winners = new Set<boolean>();
    for (let seed = 1; seed <= 40; seed++) {
      const pair = new Pair({ controlling }, { controlling }, seed);
      expect(pair.connect(), `seed ${seed}`).toBe(true);
      expect(pair.a.agent.controlling, `seed ${seed}`).not.toBe(pair.z.agent.controlling);
      const changed = [pair.a, pair.z].filter((end) => end.agent.controlling !== controlling);
      expect(changed).toHaveLength(1);
      expect(changed[0]!.of("role")).toEqual([{ type: "role", controlling: !controlling }]);
      winners.add(pair.a.agent.controlling);
    }
    expect(winners.size).toBe(2);
  });

  test("glare: both become controlling while checks are under way, at 20 % loss", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const pair = new Pair({ controlling: true }, { controlling: false }, seed);
      pair.loss = 0.2;
      pair.negotiate();
      pair.run(pair.random.below(30));
      pair.z.agent.setControlling(pair.now, true);
      pair.drain(pair.z);
      expect(
        pair.runUntil(() => pair.bothAre("completed"), 60_000),
        `seed ${seed}`,
      ).toBe(true);
      pair.run(20_000); // a conflict that begins after nomination is found by consent checks
      expect(pair.a.agent.controlling, `seed ${seed}`).not.toBe(pair.z.agent.controlling);
    }
  });

  const HIGH = new Uint8Array(8).fill(0xff);
  const LOW = new Uint8Array(8);

  test.each([
    ["controlling, lower tie-breaker, ICE-CONTROLLING: 487", true, ICE_CONTROLLING, LOW, true, true],
    ["controlling, higher tie-breaker, ICE-CONTROLLING: gives in", true, ICE_CONTROLLING, HIGH, false, false],
    ["controlled, lower tie-breaker, ICE-CONTROLLED: takes over", false, ICE_CONTROLLED, LOW, false, true],
    ["controlled, higher tie-breaker, ICE-CONTROLLED: 487", false, ICE_CONTROLLED, HIGH, true, false],
    ["controlling, ICE-CONTROLLED: no conflict", true, ICE_CONTROLLED, HIGH, false, true],
    ["controlled, ICE-CONTROLLING: no conflict", false, ICE_CONTROLLING, LOW, false, false],
  ] as const)("%s", (_name, controlling, attribute, tieBreaker, refused, after) => {
    const script = new Script({ controlling });
    const response = script.check({ role: attribute, tieBreaker });
    expect(response?.messageClass).toBe(refused ? "error" : "success");
    expect(response?.errorCode?.code).toBe(refused ? ROLE_CONFLICT : undefined);
    expect(script.agent.controlling).toBe(after);
  });

  test("the 487 answer is signed: an unsigned one changes nothing (RFC 8445 §7.2.5.1)", () => {
    const script = new Script({ controlling: true });
    script.describe();
    const request = script.nextRequest()!;
    script.respond(request, (builder) => builder.errorCode(ROLE_CONFLICT, "").fingerprint(), "error");
    expect(script.agent.controlling).toBe(true);
    expect(script.agent.statistics.droppedUnauthenticatedResponses).toBe(1);
    script.respondSigned(request, (builder) => builder.errorCode(ROLE_CONFLICT, ""), "error");
    expect(script.agent.controlling).toBe(false);
    expect(script.nextRequest()?.has(ICE_CONTROLLED)).toBe(true); // asked again at once, in the new role
  });

  test("a peer that always answers 487 gets only a few checks", () => {
    const script = new Script({ controlling: true });
    script.describe();
    let checks = 0;
    for (let i = 0; i < 50; i++) {
      script.advance(100);
      for (let request = script.nextRequest(); request !== undefined; request = script.nextRequest()) {
        checks++;
        script.respondSigned(request, (builder) => builder.errorCode(ROLE_CONFLICT, ""), "error");
      }
    }
    expect(checks).toBeLessThanOrEqual(7);
  });
});

describe("nomination", () => {
  test("USE-CANDIDATE before our own check has succeeded counts when it does (RFC 8445 §7.3.1.5)", () => {
    const script = new Script({ controlling: false });
    script.describe();
    script.check({ role: ICE_CONTROLLING, tieBreaker: new Uint8Array(8), useCandidate: true });
    expect(script.agent.selectedPath()).toBeUndefined();
    script.answerAll();
    expect(script.agent.selectedPath()).toBeDefined();
    expect(script.states).toEqual(["checking", "completed"]);
  });

  test("USE-CANDIDATE after our own check has succeeded counts at once", () => {
    const script = new Script({ controlling: false });
    script.describe();
    script.answerAll();
    expect(script.states).toEqual(["checking", "connected"]);
    script.check({ role: ICE_CONTROLLING, tieBreaker: new Uint8Array(8), useCandidate: true });
    expect(script.states).toEqual(["checking", "connected", "completed"]);
  });

  test("USE-CANDIDATE does not count from a controlled peer", () => {
    const script = new Script({ controlling: true, timing: { nominationPatience: 60_000 } });
    script.describe();
    script.check({ role: ICE_CONTROLLED, tieBreaker: new Uint8Array(8), useCandidate: true });
    script.nextRequest();
    expect(script.agent.selectedPath()).toBeUndefined();
  });

  test("of two pairs that the peer nominates the better one is used, in either order", () => {
    for (const order of [
      [7001, 7002],
      [7002, 7001],
    ]) {
      const script = new Script({ controlling: false });
      script.describe([
        { port: 7001, priority: 2_000_000_000 },
        { port: 7002, priority: 1_000_000_000 },
      ]);
      script.answerAll();
      for (const port of order) {
        script.check({ role: ICE_CONTROLLING, tieBreaker: new Uint8Array(8), useCandidate: true, port });
      }
      expect(script.agent.selectedPath()?.port).toBe(7001);
    }
  });

  test("waits for a better pair, but not longer than the patience", () => {
    const script = new Script({ controlling: true });
    script.describe([
      { port: 7001, priority: 2_000_000_000 },
      { port: 7002, priority: 1_000_000_000 },
    ]);
    script.silentPorts.add(7001);
    script.advance(SHORTEST_PACE);
    script.answerAll();
    expect(script.agent.selectedPath()?.port).toBe(7002);
    script.advance(450);
    expect(script.nominations).toEqual([]);
    script.advance(100);
    expect(script.nominations).toEqual([7002]);
    script.advance(1000); // the abandoned check of the other pair runs out
    expect(script.agent.state).toBe("completed");
  });

  test("nominates at once when the best pair of all is valid", () => {
    const script = new Script({ controlling: true });
    script.describe([
      { port: 7001, priority: 2_000_000_000 },
      { port: 7002, priority: 1_000_000_000 },
    ]);
    script.silentPorts.add(7002);
    script.answerAll();
    expect(script.nominations).toEqual([7001]);
  });

  test("a nomination without an answer ends, and the next valid pair is nominated", () => {
    const script = new Script({ controlling: true, timing: { maxSends: 3, consentExpiry: 60_000 } });
    script.describe([
      { port: 7001, priority: 2_000_000_000 },
      { port: 7002, priority: 1_000_000_000 },
    ]);
    script.answersNominations = (port) => port !== 7001;
    script.answerAll();
    script.advance(6000);
    expect(script.agent.selectedPath()?.port).toBe(7002);
    expect(script.nominations.at(-1)).toBe(7002);
  });

  test("a pair that dies while it is nominated is left for one that lives, long before its check ends", () => {
    const script = new Script({ controlling: true });
    script.describe([
      { port: 7001, priority: 2_000_000_000 },
      { port: 7002, priority: 1_000_000_000 },
    ]);
    script.answersNominations = (port) => {
      if (port === 7001) script.silentPorts.add(7001);
      return port !== 7001;
    };
    script.answerAll();
    script.advance(DEFAULT_TIMING.suspectAfter - 1);
    expect(script.nominations.every((port) => port === 7001)).toBe(true);
    script.advance(3 * DEFAULT_TIMING.ta);
    expect(script.agent.selectedPath()?.port).toBe(7002);
    expect(script.nominations.at(-1)).toBe(7002);
    const before = script.nominations.length;
    script.advance(20_000);
    expect(script.agent.state).toBe("completed");
    expect(script.nominations).toHaveLength(before); // that of the dead pair is not repeated
  });

  test("a nomination that is lost twice is repeated", () => {
    const script = new Script({ controlling: true });
    script.describe([
      { port: 7001, priority: 2_000_000_000 },
      { port: 7002, priority: 1_000_000_000 },
    ]);
    let sent = 0;
    script.answersNominations = () => ++sent > 2;
    script.answerAll();
    script.advance(5000);
    expect(script.nominations).toEqual([7001, 7001, 7001]);
    expect(script.agent.selectedPath()?.port).toBe(7001);
  });

  test("a lite peer makes us controlling; nomination is by check as ever (RFC 8445 §6.1.1)", () => {
    const script = new Script({ controlling: false });
    script.describe(undefined, true);
    expect(script.agent.controlling).toBe(true);
    expect(script.of("role")).toEqual([{ type: "role", controlling: true }]);
    script.answerAll();
    expect(script.nominations).toEqual([7000]);
    expect(script.agent.state).toBe("completed");
  });
});

describe("a check of ours (RFC 8445 §7.1)", () => {
  test.each([
    [true, ICE_CONTROLLING],
    [false, ICE_CONTROLLED],
  ])(
    "carries USERNAME, PRIORITY, the role (controlling %s), MESSAGE-INTEGRITY and FINGERPRINT",
    (controlling, role) => {
      const script = new Script({ controlling });
      script.describe();
      const request = script.nextRequest()!;
      expect(request.text(USERNAME)).toBe("remote:local");
      expect(request.u32(PRIORITY)).toBe(110 * 2 ** 24 + 65_535 * 256 + 255);
      expect(request.value(role)).toHaveLength(8);
      expect(request.has(USE_CANDIDATE)).toBe(false);
      expect(request.verifyIntegrity(seededCrypto(script.random), script.remoteKey)).toBe("sha1");
      expect(request.hasFingerprint).toBe(true);
    },
  );

  test("repeats with back-off, the same bytes each time, and then gives up (RFC 8489 §6.2.1)", () => {
    const script = new Script({ controlling: true });
    script.silentPorts.add(7000);
    script.describe();
    script.advance(29_000);
    const times = script.requestTimes.map((time) => Math.round(time));
    expect(times).toEqual([0, 250, 750, 1750, 3750, 7750, 15_750, 23_750]);
    expect(new Set(script.requestIds).size).toBe(1);
  });
});

describe("an answer to our check", () => {
  const valid = (script: Script) => script.agent.selectedPath() !== undefined;

  test("from another address than the check went to fails the pair (RFC 8445 §7.2.5.2.1)", () => {
    const script = new Script({ controlling: true });
    script.describe();
    const request = script.nextRequest()!;
    script.respondSigned(request, undefined, "success", { port: 7999 });
    expect(valid(script)).toBe(false);
    script.respondSigned(request); // too late: the transaction has ended
    expect(valid(script)).toBe(false);
    expect(script.agent.statistics.droppedUnknownTransaction).toBe(1);
  });

  test("to another socket than the check left fails the pair", () => {
    const script = new Script({ controlling: true, addresses: ["192.0.2.1", "192.0.2.3"] });
    script.describe();
    script.respondSigned(script.nextRequest()!, undefined, "success", { socket: 2 });
    expect(valid(script)).toBe(false);
  });

  test.each(["no integrity", "the wrong key", "our own key", "another transaction id"])(
    "with %s changes nothing",
    (flaw) => {
      const script = new Script({ controlling: true });
      script.describe();
      const request = script.nextRequest()!;
      const mapped = (builder: StunMessageBuilder) =>
        builder.xorAddress(XOR_MAPPED_ADDRESS, { address: new Uint8Array([192, 0, 2, 1]), port: 5000 });
      if (flaw === "no integrity") script.respond(request, (builder) => mapped(builder).fingerprint());
      else if (flaw === "the wrong key")
        script.respondSigned(request, mapped, "success", {}, new Uint8Array(20));
      else if (flaw === "our own key") script.respondSigned(request, mapped, "success", {}, script.localKey);
      else script.respondSigned(messageOf(flipTransactionId(request.bytes))!, mapped);
      expect(valid(script)).toBe(false);
      script.respondSigned(request, mapped);
      expect(valid(script)).toBe(true);
    },
  );

  test("without XOR-MAPPED-ADDRESS fails the pair", () => {
    const script = new Script({ controlling: true });
    script.describe();
    const request = script.nextRequest()!;
    script.respondSigned(request, (builder) => builder);
    expect(valid(script)).toBe(false);
  });

  test("that says where we were seen makes that the local candidate (RFC 8445 §7.2.5.3.1)", () => {
    const script = new Script({ controlling: true });
    script.describe();
    const seen = { address: new Uint8Array([198, 51, 100, 7]), port: 777 };
    script.respondSigned(script.nextRequest()!, (builder) => builder.xorAddress(XOR_MAPPED_ADDRESS, seen));
    const { local } = script.of("selected-pair")[0]!;
    expect([local.type, local.address, local.port]).toEqual(["prflx", "198.51.100.7", 777]);
  });
});

/** Breaks the id and mends the FINGERPRINT by leaving it off. */
function flipTransactionId(bytes: Uint8Array): Uint8Array {
  const message = StunMessage.parse(bytes) as StunMessage;
  const id = message.transactionId.slice();
  id[0]! ^= 1;
  const out = new Uint8Array(200);
  return out.slice(0, new StunMessageBuilder(out, "request", 1, id).finish());
}
