import { expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { IceCandidate } from "../base/ice-candidate.ts";
import { ICE_CONTROLLED, ICE_CONTROLLING } from "../stun/index.ts";
import { Pair } from "./pair.testing.ts";
import { Script } from "./script.testing.ts";

/** Random commands, answers, checks and time on one agent; what must always hold is checked after every step. */
function wander(seed: number, steps: number): void {
  const random = new SeededRandom(seed);
  const script = new Script({
    controlling: random.below(2) === 0,
    addresses: ["192.0.2.1", "2001:db8::1"].slice(0, 1 + random.below(2)),
  });
  script.answers = random.below(2) === 0;
  const { agent } = script;
  const candidate = (): IceCandidate => ({
    foundation: "f",
    component: 1,
    protocol: "udp",
    priority: 1 + random.below(2_000_000_000),
    address: ["192.0.2.99", "2001:db8::99", "192.0.2.98", "127.0.0.1", "nonsense"][random.below(5)]!,
    port: 7000 + random.below(20),
    type: "host",
  });
  let generation = 0;
  const operations: (() => void)[] = [
    () => script.describe(undefined, random.below(10) === 0),
    () => agent.addRemoteCandidate(script.now, candidate()),
    () => agent.endOfRemoteCandidates(script.now),
    () => agent.setControlling(script.now, random.below(2) === 0),
    () =>
      agent.restart(
        script.now,
        `local${random.below(20) === 0 ? ++generation : ""}`,
        "local-password-of-24-char",
      ),
    () => agent.gather(script.now, { servers: [], policy: "all" }),
    () =>
      agent.addSocket(script.now, {
        socket: 1 + random.below(3),
        address: `192.0.2.${1 + random.below(3)}`,
        port: 5000,
        loopback: false,
      }),
    () => agent.socketsComplete(script.now),
    () => random.below(10) === 0 && agent.removeSocket(script.now, 1 + random.below(3)),
    () => agent.resolved(script.now, random.below(10), ["192.0.2.99"]),
    () => script.advance(random.below(100)),
    () => script.advance(random.below(10_000)),
    () => agent.handleTimeout(script.now + random.below(3) - 1),
    () => {
      const role = [ICE_CONTROLLING, ICE_CONTROLLED, undefined][random.below(3)];
      const tieBreaker = new Uint8Array(8).fill(random.below(256));
      script.check({
        ...(role === undefined ? {} : { role, tieBreaker }),
        useCandidate: random.below(2) === 0,
        port: 7000 + random.below(20),
      });
    },
    () => {
      const request = script.nextRequest();
      if (request === undefined) return;
      const answer = random.below(8);
      if (answer === 0) script.respondSigned(request, (builder) => builder.errorCode(487, ""), "error");
      else if (answer === 1) script.respondSigned(request, undefined, "success", { port: 9 });
      else script.respondSigned(request);
    },
    () => script.answerAll(),
  ];
  for (let step = 0; step < steps; step++) {
    const operation = random.below(operations.length);
    operations[operation]!();
    script.drain();
    const where = `seed ${seed}, step ${step}, operation ${operation}`;
    const path = agent.selectedPath();
    expect(agent.nextTimeout(), where).toBeGreaterThan(script.now);
    if (agent.state === "connected" || agent.state === "completed") expect(path, where).toBeDefined();
    if (agent.state === "failed" || agent.state === "new") expect(path, where).toBeUndefined();
    if (path !== undefined) expect(agent.isValidPath({ ...path }), where).toBe(true);
    if (step % 20 !== 0) continue;
    const { states } = script;
    expect(states.at(-1) ?? "new", where).toBe(agent.state);
    expect(
      states.filter((state, i) => state === states[i - 1]),
      where,
    ).toEqual([]);
  }
}

test("random operations keep the agent whole", () => {
  for (let seed = 1; seed <= 50; seed++) wander(seed, 150);
});

test("pairs of agents under random restarts, role changes, cuts and socket losses end connected", () => {
  for (let seed = 1; seed <= 25; seed++) {
    const two = (host: number) => [`192.0.2.${host}`, `198.51.100.${host}`];
    const pair = new Pair(
      { controlling: true, addresses: two(1) },
      { controlling: false, addresses: two(2) },
      seed,
    );
    const { random } = pair;
    pair.latency = random.below(80);
    pair.jitter = random.below(80);
    pair.loss = 0.1;
    pair.negotiate();
    for (let round = 0; round < 12; round++) {
      pair.run(random.below(8000));
      const end = random.below(2) === 0 ? pair.a : pair.z;
      switch (random.below(5)) {
        case 0:
          end.agent.setControlling(pair.now, random.below(2) === 0);
          pair.drain(end);
          break;
        case 1:
          end.agent.removeSocket(pair.now, 1 + random.below(2));
          pair.drain(end);
          break;
        case 2:
          pair.filter = () => undefined;
          pair.run(random.below(20_000));
          pair.filter = (_from, bytes) => bytes;
          break;
        case 3:
          pair.inject(end, new Uint8Array(random.below(100)));
          break;
        default:
          break;
      }
    }
    // Both restart, as an application would on "disconnected" or "failed".
    pair.restart(pair.a, "afinal");
    pair.gather(pair.a);
    pair.restart(pair.z, "zfinal");
    pair.gather(pair.z);
    pair.describe(pair.z);
    pair.describe(pair.a);
    expect(
      pair.runUntil(() => pair.bothAre("completed"), 60_000),
      `seed ${seed}`,
    ).toBe(true);
    pair.run(20_000);
    expect(pair.a.agent.controlling, `seed ${seed}`).not.toBe(pair.z.agent.controlling);
    expect(pair.bothAre("completed", "connected"), `seed ${seed}`).toBe(true);
  }
});
