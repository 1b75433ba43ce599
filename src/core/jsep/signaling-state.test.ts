import { describe, expect, test } from "vitest";
import { closeJsep, implicitLocalType, needsImplicitRollback, nextSignalingState } from "./index.ts";
import { TestPeer } from "./jsep.testing.ts";
import type { SdpType, SignalingState } from "./types.ts";

/** webrtc-pc §4.3.1: every transition there is; all others are InvalidStateError. */
const TRANSITIONS: readonly (readonly [SignalingState, "local" | "remote", SdpType, SignalingState])[] = [
  ["stable", "local", "offer", "have-local-offer"],
  ["stable", "remote", "offer", "have-remote-offer"],
  ["have-local-offer", "local", "offer", "have-local-offer"],
  ["have-local-offer", "local", "rollback", "stable"],
  ["have-local-offer", "remote", "answer", "stable"],
  ["have-local-offer", "remote", "pranswer", "have-remote-pranswer"],
  ["have-remote-offer", "remote", "offer", "have-remote-offer"],
  ["have-remote-offer", "remote", "rollback", "stable"],
  ["have-remote-offer", "local", "answer", "stable"],
  ["have-remote-offer", "local", "pranswer", "have-local-pranswer"],
  ["have-local-pranswer", "local", "pranswer", "have-local-pranswer"],
  ["have-local-pranswer", "local", "answer", "stable"],
  ["have-remote-pranswer", "remote", "pranswer", "have-remote-pranswer"],
  ["have-remote-pranswer", "remote", "answer", "stable"],
];

const STATES: readonly SignalingState[] = [
  "stable",
  "have-local-offer",
  "have-remote-offer",
  "have-local-pranswer",
  "have-remote-pranswer",
  "closed",
];

describe("signaling states (webrtc-pc §4.3.1, RFC 9429 §3.2)", () => {
  test.each(STATES)("from %s", (state) => {
    for (const source of ["local", "remote"] as const) {
      for (const type of ["offer", "pranswer", "answer", "rollback"] as const) {
        const row = TRANSITIONS.find(([from, by, what]) => from === state && by === source && what === type);
        expect(nextSignalingState(state, source, type), `${source} ${type}`).toBe(
          row?.[3] ?? "InvalidStateError",
        );
      }
    }
  });

  test("without a type, setLocalDescription offers or answers as the state asks (webrtc-pc §4.4.2)", () => {
    const { state } = new TestPeer(1);
    const types = STATES.map((signalingState) => implicitLocalType({ ...state, signalingState }));
    expect(types).toEqual(["offer", "offer", "answer", "answer", "offer", "answer"]);
  });

  test("a remote offer wants a rollback when a local offer waits (webrtc-pc §4.4.2)", () => {
    const peer = new TestPeer(1);
    expect(needsImplicitRollback(peer.state, "offer")).toBe(false);
    peer.setLocal("offer");
    expect(needsImplicitRollback(peer.state, "offer")).toBe(true);
    expect(needsImplicitRollback(peer.state, "answer")).toBe(false);
  });

  test("nothing can be set after close", () => {
    const peer = new TestPeer(1);
    peer.setLocal("offer");
    peer.state = closeJsep(peer.state);
    expect(peer.localSdp).not.toBe("");
    expect(peer.tryLocal("offer", peer.state.lastCreatedOffer)).toMatchObject({ name: "InvalidStateError" });
  });
});
