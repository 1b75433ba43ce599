import { describe, expect, test } from "vitest";
import { ICE_CONTROLLING, XOR_MAPPED_ADDRESS } from "../stun/index.ts";
import { MAX_REMOTE_CANDIDATES } from "./index.ts";
import { Script } from "./script.testing.ts";

const requestsTo = (script: Script, port: number) =>
  script.sent.filter(({ path, bytes }) => path.port === port && bytes[0] === 0).length;

describe("triggered checks (RFC 8445 §7.3.1.4)", () => {
  test("a check on a pair whose own check is under way makes us check again at once", () => {
    const script = new Script({ controlling: false });
    script.describe();
    expect(requestsTo(script, 7000)).toBe(1);
    script.check({ role: ICE_CONTROLLING });
    expect(requestsTo(script, 7000)).toBe(2);
  });

  test("the answer to the check that was given up still counts", () => {
    const script = new Script({ controlling: false });
    script.describe();
    const first = script.nextRequest()!;
    script.check({ role: ICE_CONTROLLING });
    script.respondSigned(first);
    expect(script.agent.state).toBe("connected");
  });

  test("a check on a failed pair revives it", () => {
    const script = new Script({ controlling: false, timing: { maxSends: 1 } });
    script.answers = false;
    script.describe();
    script.advance(1000);
    script.check({ role: ICE_CONTROLLING });
    expect(requestsTo(script, 7000)).toBe(2);
    script.answerAll();
    expect(script.agent.state).toBe("connected");
  });

  test("a check on a valid pair makes us check nothing", () => {
    const script = new Script({ controlling: false });
    script.describe();
    script.answerAll();
    script.check({ role: ICE_CONTROLLING });
    expect(requestsTo(script, 7000)).toBe(1);
  });

  test("many checks before the remote parameters are known are one check back", () => {
    const script = new Script({ controlling: false });
    for (let i = 0; i < 10; i++) script.check({ role: ICE_CONTROLLING });
    script.describe();
    script.answers = false;
    expect(requestsTo(script, 7000)).toBe(1);
    script.advance(200);
    expect(requestsTo(script, 7000)).toBe(1);
  });

  test("peer-reflexive candidates count against the limit of remote candidates", () => {
    const script = new Script({ controlling: false });
    for (let i = 0; i < MAX_REMOTE_CANDIDATES + 20; i++) script.check({ port: 8000 + i });
    script.describe();
    expect(script.agent.statistics.candidatesRefused).toBe(1);
  });
});

describe("a peer that has moved", () => {
  test("its first check from the new address is followed in about a second", () => {
    const script = new Script({ controlling: false });
    script.describe();
    script.answerAll();
    script.check({ role: ICE_CONTROLLING, useCandidate: true });
    script.advance(500);
    script.silentPorts.add(7000);
    script.check({ role: ICE_CONTROLLING, useCandidate: true, port: 7100 });
    script.answerAll();
    expect(script.agent.selectedPath()?.port).toBe(7000);
    script.advance(1100);
    expect(script.agent.selectedPath()?.port).toBe(7100);
    expect(script.states).toEqual(["checking", "connected", "completed"]);
  });

  test("a stray check does not move us while the selected pair answers", () => {
    const script = new Script({ controlling: false });
    script.describe();
    script.answerAll();
    script.check({ role: ICE_CONTROLLING, useCandidate: true });
    script.check({ role: ICE_CONTROLLING, port: 7100 });
    script.answerAll();
    script.advance(20_000);
    expect(script.agent.selectedPath()?.port).toBe(7000);
  });
});

describe("the path of data", () => {
  test("is valid after our check succeeded, or theirs came in; not before, and not beside", () => {
    const script = new Script({ controlling: true });
    const path = (port: number, socket = 1) => ({ socket, address: "192.0.2.99", port });
    script.describe();
    expect(script.agent.isValidPath(path(7000))).toBe(false);
    script.check({ port: 7200 });
    expect(script.agent.isValidPath(path(7200))).toBe(true);
    script.respondSigned(script.nextRequest()!, (builder) =>
      builder.xorAddress(XOR_MAPPED_ADDRESS, { address: new Uint8Array([192, 0, 2, 1]), port: 5000 }),
    );
    expect(script.agent.isValidPath(path(7000))).toBe(true);
    expect(script.agent.isValidPath(path(7000, 2))).toBe(false);
    expect(script.agent.isValidPath(path(7001))).toBe(false);
  });

  test("is the same object per pair, so that sending compares nothing", () => {
    const script = new Script({ controlling: true });
    script.describe();
    script.answerAll();
    const path = script.agent.selectedPath();
    expect(script.sent.filter(({ bytes }) => bytes[0] === 0).every((sent) => sent.path === path)).toBe(true);
  });
});
