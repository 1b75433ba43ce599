import fc from "fast-check";
import { expect, test } from "vitest";
import { MID_EXTENSION, RID_EXTENSION } from "./codecs.ts";
import { isNegotiationNeeded } from "./index.ts";
import { TestPeer } from "./jsep.testing.ts";

const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive"] as const;
const OPUS = { mimeType: "audio/opus", clockRate: 48000, channels: 2 };
const PCMU = { mimeType: "audio/PCMU", clockRate: 8000, channels: 1 };

type Action =
  | {
      readonly type: "add";
      readonly kind: "audio" | "video";
      readonly track: boolean;
      readonly layers: number;
    }
  | { readonly type: "direction"; readonly which: number; readonly direction: number }
  | { readonly type: "stop"; readonly which: number }
  | { readonly type: "prefer"; readonly which: number; readonly all: boolean }
  | { readonly type: "streams"; readonly which: number; readonly streams: number }
  | { readonly type: "extension"; readonly which: number; readonly stopped: boolean }
  | { readonly type: "data" }
  | { readonly type: "negotiate" | "pranswer" | "restart" | "rollback" | "glare" | "twice" | "again" };

const ACTION: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    type: fc.constant("add" as const),
    kind: fc.constantFrom("audio" as const, "video" as const),
    track: fc.boolean(),
    layers: fc.nat(3),
  }),
  fc.record({ type: fc.constant("streams" as const), which: fc.nat(9), streams: fc.nat(2) }),
  fc.record({ type: fc.constant("extension" as const), which: fc.nat(9), stopped: fc.boolean() }),
  fc.record({ type: fc.constant("direction" as const), which: fc.nat(9), direction: fc.nat(3) }),
  fc.record({ type: fc.constant("stop" as const), which: fc.nat(9) }),
  fc.record({ type: fc.constant("prefer" as const), which: fc.nat(9), all: fc.boolean() }),
  fc.constant({ type: "data" as const }),
  fc.record({
    type: fc.constantFrom("negotiate", "pranswer", "restart", "rollback", "glare", "twice", "again"),
  }) as fc.Arbitrary<Action>,
);

function run(action: Action, a: TestPeer, z: TestPeer): void {
  const chosen = (which: number) => a.transceivers.filter(({ stopping }) => !stopping)[which];
  const answer = (type: "answer" | "pranswer" = "answer") => a.setRemote(type, z.setLocal(type));
  const offer = (restart = false) => z.setRemote("offer", a.setLocal("offer", a.createOffer(restart)));
  switch (action.type) {
    case "add":
      if (a.transceivers.length < 12) {
        const encodings = Array.from({ length: action.layers }, (_, index) => ({
          rid: `r${index}`,
          active: true,
        }));
        const simulcast = action.kind === "video" && encodings.length > 1 ? { encodings } : {};
        a.addTransceiver(action.kind, { addedByAddTrack: action.track, ...simulcast });
      }
      return;
    case "streams": {
      const one = chosen(action.which);
      if (one) a.change(one.id, { streamIds: ["s", "t"].slice(0, action.streams) });
      return;
    }
    case "extension": {
      const one = chosen(action.which);
      const direction = action.stopped ? "stopped" : "sendrecv";
      const uris = [MID_EXTENSION, RID_EXTENSION];
      if (one)
        a.change(one.id, {
          headerExtensions: uris.map((uri, index) => ({
            uri,
            direction: index > 0 ? direction : "sendrecv",
          })),
        });
      return;
    }
    case "direction": {
      const one = chosen(action.which);
      if (one) a.change(one.id, { direction: DIRECTIONS[action.direction]! });
      return;
    }
    case "stop": {
      const one = chosen(action.which);
      if (one === undefined) return;
      // webrtc-pc §5.4 stop(): a transceiver without a section has nothing to negotiate.
      const associated = a.state.agreed.slots.some(({ transceiver }) => transceiver === one.id);
      a.change(one.id, { stopping: true, stopped: !associated });
      return;
    }
    case "prefer": {
      const one = chosen(action.which);
      if (one?.kind === "audio") a.change(one.id, { codecPreferences: action.all ? [] : [PCMU, OPUS] });
      return;
    }
    case "data":
      a.local = { ...a.local, dataChannels: true };
      return;
    case "pranswer":
      offer();
      answer("pranswer");
      answer();
      return;
    case "rollback": {
      const before = [snapshot(a), snapshot(z)];
      offer();
      a.setLocal("rollback");
      z.setRemote("rollback");
      expect([snapshot(a), snapshot(z)]).toEqual(before);
      return;
    }
    case "glare":
      a.setLocal("offer");
      z.setLocal("offer");
      z.setLocal("rollback");
      z.setRemote("offer", a.localSdp);
      answer();
      return;
    case "again": {
      // The answer that was created before a rollback is still good for the same offer.
      offer();
      const created = z.createAnswer();
      z.setRemote("rollback");
      z.setRemote("offer", a.localSdp);
      a.setRemote("answer", z.setLocal("answer", created));
      return;
    }
    case "twice":
      offer();
      offer(true);
      answer();
      return;
    default:
      offer(action.type === "restart");
      answer();
  }
}

/** What a rollback restores (RFC 9429 §5.7): all but counters. */
function snapshot({ state, transceivers }: TestPeer) {
  const { currentLocal, currentRemote, agreed, signalingState } = state;
  const transports = [...agreed.transports.values()];
  return structuredClone({
    currentLocal,
    currentRemote,
    agreed: { ...agreed, transports },
    signalingState,
    transceivers,
  });
}

const REVERSED = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive",
} as const;

/** Both ends have the same sections, with matching directions and codecs, on transports that match. */
function expectAgreement(a: TestPeer, z: TestPeer): void {
  const slots = (peer: TestPeer) =>
    peer.state.agreed.slots.map(({ mid, kind, transport }) => [mid, kind, transport !== undefined]);
  expect(slots(a)).toEqual(slots(z));
  for (const outcome of a.media) {
    const other = z.outcome(outcome.mid);
    expect(other.kind).toBe(outcome.kind);
    expect(other.rejected).toBe(outcome.rejected);
    if (outcome.rejected) continue;
    expect(outcome.direction).toBe(REVERSED[other.direction]);
    expect(outcome.send!.codecs.map(({ payloadType, mimeType }) => [payloadType, mimeType])).toEqual(
      other.receive!.codecs.map(({ payloadType, mimeType }) => [payloadType, mimeType]),
    );
    expect(outcome.send!.codecs.length).toBeGreaterThan(0);
    expect(outcome.send!.layers.map(({ rid }) => rid)).toEqual(other.receive!.layers.map(({ rid }) => rid));
    expect(outcome.rtcpMux).toBe(other.rtcpMux);
    expect(outcome.send!.headerExtensions.map(({ id, uri }) => [id, uri])).toEqual(
      other.receive!.headerExtensions.map(({ id, uri }) => [id, uri]),
    );
    const [mine, theirs] = [outcome, other].map(({ transport }, which) =>
      (which === 0 ? a : z).state.agreed.transports.get(transport!),
    );
    expect(mine!.remote).toMatchObject({ ...theirs!.local });
  }
  for (const { state, transceivers } of [a, z]) {
    const used = state.agreed.slots.flatMap(({ transceiver }) => transceiver ?? []);
    expect(new Set(used).size).toBe(used.length);
    for (const id of used) expect(transceivers.find((one) => one.id === id)?.stopped).toBe(false);
  }
}

test("two ends with transceivers never disagree, and rollback restores exactly (RFC 9429 §5)", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(ACTION, fc.boolean()), { maxLength: 16 }),
      fc.constantFrom("balanced" as const, "max-bundle" as const, "max-compat" as const),
      fc.constantFrom("require" as const, "negotiate" as const),
      fc.integer({ min: 1, max: 1000 }),
      (steps, bundlePolicy, rtcpMuxPolicy, seed) => {
        const [a, z] = [
          new TestPeer(seed, false).acceptMedia(),
          new TestPeer(seed + 1000, false).acceptMedia(),
        ];
        for (const peer of [a, z]) peer.local = { ...peer.local, bundlePolicy, rtcpMuxPolicy };
        for (const [action, swapped] of steps) {
          run(action, swapped ? z : a, swapped ? a : z);
          for (const peer of [a, z]) expect(peer.state.signalingState).toBe("stable");
        }
        // As long as somebody wants to: a round each way settles everything.
        for (const [from, to] of [
          [a, z],
          [z, a],
          [a, z],
        ] as const) {
          run({ type: "negotiate" }, from, to);
          expectAgreement(from, to);
        }
        for (const { state, local } of [a, z]) expect(isNegotiationNeeded(state, local)).toBe(false);
      },
    ),
    { numRuns: 80 },
  );
});
