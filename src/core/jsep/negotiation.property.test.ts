import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { parseSdp, SdpError } from "../sdp/index.ts";
import { JsepError, nextSignalingState, requestIceRestart } from "./index.ts";
import { TestPeer } from "./jsep.testing.ts";
import type { Effect } from "./types.ts";

/** Follows effects as an engine does, and complains about those that make no sense. */
class EngineModel {
  readonly transports = new Map<
    number,
    {
      local: string;
      gathering: boolean;
      remote?: string;
      role?: string;
      fingerprint?: string;
      sctp: boolean;
      told: Set<string>;
    }
  >();

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#apply(effect);
  }

  #apply(effect: Effect): void {
    const { transport: id } = effect;
    const known = this.transports.get(id);
    if (effect.type === "create-transport") {
      expect(known, "a transport id is used once").toBeUndefined();
      this.transports.set(id, {
        local: effect.usernameFragment,
        gathering: false,
        sctp: false,
        told: new Set(),
      });
      return;
    }
    if (known === undefined) throw new Error(`${effect.type} for a transport that does not exist`);
    switch (effect.type) {
      case "gather":
        expect(known.gathering, "gathering is started once per generation").toBe(false);
        known.gathering = true;
        break;
      case "restart-ice":
        expect(effect.usernameFragment).not.toBe(known.local);
        known.local = effect.usernameFragment;
        known.gathering = false;
        break;
      case "cancel-ice-restart":
        known.local = effect.usernameFragment;
        known.gathering = true;
        break;
      case "set-remote-ice-parameters":
        expect(known.gathering, "checks need local candidates").toBe(true);
        known.remote = effect.usernameFragment;
        known.told.clear();
        break;
      case "add-remote-candidate":
        expect(known.remote, "candidates belong to a generation").toBeDefined();
        break;
      case "start-dtls":
        known.role = effect.role;
        known.fingerprint = String(effect.fingerprints[0]?.value[0]);
        break;
      case "start-sctp":
        expect(known.role).toBeDefined();
        known.sctp = true;
        break;
      case "remove-transport":
        this.transports.delete(id);
        break;
      default:
        break;
    }
  }
}

/** A peer, its engine, and what it has got from the other one. */
class End {
  readonly peer: TestPeer;
  readonly engine = new EngineModel();
  nextPort = 1;

  constructor(seed: number) {
    this.peer = new TestPeer(seed);
  }

  commit(step: () => void): void {
    step();
    this.engine.apply(this.peer.effects);
    this.#check();
  }

  /** What must hold after every step. */
  #check(): void {
    const { state } = this.peer;
    const stable = state.signalingState === "stable";
    expect(state.proposed === undefined).toBe(stable);
    expect(state.pendingLocal === undefined && state.pendingRemote === undefined).toBe(stable);
    expect((state.currentLocal === undefined) === (state.currentRemote === undefined)).toBe(true);
    for (const text of [state.currentLocal, state.pendingLocal, state.currentRemote, state.pendingRemote]) {
      if (text !== undefined) expect(parseSdp(text.sdp)).not.toBeInstanceOf(SdpError);
    }
    const { transports } = state.proposed ?? state.agreed;
    expect([...this.engine.transports.keys()].sort()).toEqual([...transports.keys()].sort());
    for (const [id, transport] of transports) {
      const engine = this.engine.transports.get(id)!;
      expect(engine.local).toBe(transport.local.usernameFragment);
      expect(engine.remote).toBe(transport.remote?.usernameFragment);
      expect(engine.role).toBe(transport.dtls?.role);
    }
  }

  gather(): void {
    for (const [id, { gathering }] of this.engine.transports) {
      const { state } = this.peer;
      if (gathering && (state.pendingLocal ?? state.currentLocal)) this.peer.gather(id, this.nextPort++);
    }
  }
}

/** When stable, both ends agree on everything that they both know. */
function expectAgreement(a: End, z: End): void {
  const [left, right] = [a.peer.state, z.peer.state];
  expect(left.agreed.slots.map(({ mid, kind }) => [mid, kind])).toEqual(
    right.agreed.slots.map(({ mid, kind }) => [mid, kind]),
  );
  for (const [index, slot] of left.agreed.slots.entries()) {
    const other = right.agreed.slots[index]!;
    expect(slot.transport === undefined).toBe(other.transport === undefined);
    if (slot.transport === undefined || other.transport === undefined) continue;
    const mine = left.agreed.transports.get(slot.transport)!;
    const theirs = right.agreed.transports.get(other.transport)!;
    expect(mine.remote).toMatchObject({ ...theirs.local });
    expect(theirs.remote).toMatchObject({ ...mine.local });
    expect([mine.dtls?.role, theirs.dtls?.role].sort()).toEqual(["client", "server"]);
    expect(mine.controlling).not.toBe(theirs.controlling);
  }
}

type Action =
  | "negotiate"
  | "restart"
  | "rollback"
  | "glare"
  | "pranswer"
  | "gather"
  | "candidate"
  | "reject"
  | "repeat"
  | "restartIce";
const ACTIONS: readonly Action[] = [
  "negotiate",
  "restart",
  "rollback",
  "glare",
  "pranswer",
  "gather",
  "candidate",
  "reject",
  "repeat",
  "restartIce",
];

function run(action: Action, a: End, z: End): void {
  const offer = (iceRestart = false) =>
    a.commit(() => {
      a.peer.setLocal("offer", a.peer.createOffer(iceRestart));
    });
  const toZ = () => z.commit(() => z.peer.setRemote("offer", a.peer.localSdp));
  const answer = (type: "answer" | "pranswer" = "answer") => {
    z.commit(() => {
      z.peer.setLocal(type);
    });
    a.commit(() => a.peer.setRemote(type, z.peer.localSdp));
  };
  switch (action) {
    case "negotiate":
    case "restart":
      offer(action === "restart");
      toZ();
      a.gather();
      answer();
      break;
    case "repeat":
      offer();
      offer(true);
      toZ();
      toZ();
      answer();
      break;
    case "rollback": {
      const [before, beforeZ] = [snapshot(a), snapshot(z)];
      offer(a.nextPort % 2 === 0);
      toZ();
      a.commit(() => {
        a.peer.setLocal("rollback");
      });
      z.commit(() => z.peer.setRemote("rollback"));
      expect(snapshot(a)).toEqual(before);
      expect(snapshot(z)).toEqual(beforeZ);
      break;
    }
    case "glare":
      offer();
      z.commit(() => {
        z.peer.setLocal("offer");
      });
      z.commit(() => {
        z.peer.setLocal("rollback");
      });
      toZ();
      answer();
      break;
    case "pranswer":
      offer();
      toZ();
      answer("pranswer");
      answer();
      break;
    case "gather":
      a.gather();
      break;
    case "candidate":
      if (a.peer.state.currentRemote && a.peer.state.agreed.slots[0]?.transport !== undefined) {
        a.commit(() =>
          a.peer.addRemoteCandidate({
            candidate: `candidate:1 1 udp 1 192.0.2.9 ${z.nextPort++} typ host`,
            sdpMLineIndex: 0,
          }),
        );
      }
      break;
    case "reject":
      offer();
      z.commit(() =>
        z.peer.setRemote("offer", a.peer.localSdp.replace(/m=application \d+/, "m=application 0")),
      );
      z.commit(() => {
        z.peer.setLocal("answer");
      });
      a.commit(() => a.peer.setRemote("answer", z.peer.localSdp));
      break;
    case "restartIce":
      a.peer.state = requestIceRestart(a.peer.state);
      break;
  }
}

/** What a rollback restores: all but the counters, which never go back, and what the engine was told about candidates. */
function snapshot({ peer }: End) {
  const { currentLocal, currentRemote, pendingLocal, pendingRemote, agreed, proposed, signalingState } =
    peer.state;
  const transports = [...agreed.transports.values()].map(
    ({ remoteCandidates: _, remoteEnded: __, ...rest }) => rest,
  );
  const restored = { ...agreed, transports };
  return structuredClone({
    currentLocal,
    currentRemote,
    pendingLocal,
    pendingRemote,
    restored,
    proposed,
    signalingState,
  });
}

describe("random negotiations (RFC 9429 §3.2, §5)", () => {
  test("two ends never disagree, whatever legal steps they take, and rollback restores exactly", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...ACTIONS), fc.boolean()), { maxLength: 12 }),
        fc.integer({ min: 1, max: 1000 }),
        (steps, seed) => {
          const [a, z] = [new End(seed), new End(seed + 1000)];
          for (const [action, swapped] of steps) {
            if (swapped) run(action, z, a);
            else run(action, a, z);
            expectAgreement(a, z);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("a refused step leaves no trace, and only legal steps change the state", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (seed) => {
        const random = new SeededRandom(seed);
        const peer = new TestPeer(seed);
        const other = new TestPeer(seed + 1);
        const texts = [other.createOffer(), peer.createOffer(), "", "v=0"];
        for (let step = 0; step < 12; step++) {
          const type = (["offer", "pranswer", "answer", "rollback"] as const)[random.below(4)]!;
          const source = random.below(2) === 0 ? "local" : "remote";
          const text = texts[random.below(texts.length)]!;
          const before = peer.state;
          const frozen = structuredClone(before);
          const plan = source === "local" ? peer.tryLocal(type, text) : peer.tryRemote(type, text);
          expect(peer.state).toBe(before);
          expect(structuredClone(before)).toEqual(frozen);
          if (plan instanceof JsepError) continue;
          expect(plan.state.signalingState).toBe(nextSignalingState(before.signalingState, source, type));
          peer.state = plan.state;
        }
      }),
      { numRuns: 40 },
    );
  });
});
