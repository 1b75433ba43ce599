import { describe, expect, test } from "vitest";
import { isNegotiationNeeded } from "./index.ts";
import { negotiate, TestPeer } from "./jsep.testing.ts";

function needed({ state, local }: TestPeer): boolean {
  return isNegotiationNeeded(state, local);
}

function pair(): [offerer: TestPeer, answerer: TestPeer] {
  const ends: [TestPeer, TestPeer] = [
    new TestPeer(1, false).acceptMedia(),
    new TestPeer(2, false).acceptMedia(),
  ];
  ends[0].addTransceiver("audio", { streamIds: ["s"] });
  expect(needed(ends[0])).toBe(true);
  negotiate(...ends);
  expect(ends.map(needed)).toEqual([false, false]);
  return ends;
}

describe("check if negotiation is needed (webrtc-pc §4.7.3)", () => {
  test("a transceiver without a section needs it, unless it is stopped", () => {
    const [a] = pair();
    const id = a.addTransceiver("video");
    expect(needed(a)).toBe(true);
    a.change(id, { stopping: true, stopped: true });
    expect(needed(a)).toBe(false);
  });

  test("stopping needs it until the section is rejected", () => {
    const [a, z] = pair();
    a.change(1, { stopping: true });
    expect(needed(a)).toBe(true);
    negotiate(a, z);
    expect([a, z].map(needed)).toEqual([false, false]);
  });

  test("other streams need it, but only while something is to be sent", () => {
    const [a] = pair();
    a.change(1, { streamIds: ["s", "t"] });
    expect(needed(a)).toBe(true);
    a.change(1, { streamIds: ["t"] });
    expect(needed(a)).toBe(true);
    a.change(1, { streamIds: [] });
    expect(needed(a)).toBe(true);
    a.change(1, { streamIds: ["s"] });
    expect(needed(a)).toBe(false);
  });

  test("the offerer's direction is compared with the offer and with the answer", () => {
    const [a, z] = pair();
    // Offered sendrecv, answered recvonly.
    for (const direction of ["sendrecv", "sendonly"] as const) {
      a.change(1, { direction });
      expect(needed(a), direction).toBe(false);
    }
    for (const direction of ["recvonly", "inactive"] as const) {
      a.change(1, { direction });
      expect(needed(a), direction).toBe(true);
    }
    negotiate(a, z);
    expect(needed(a)).toBe(false);
  });

  test("the answerer's direction is compared with what the offer allows", () => {
    const [a, z] = pair();
    const id = z.transceivers[0]!.id;
    z.change(id, { direction: "sendrecv", streamIds: ["r"] });
    expect(needed(z)).toBe(true);
    negotiate(z, a);
    expect(needed(z)).toBe(false);
    a.change(1, { direction: "sendonly" });
    expect(needed(a)).toBe(true);
    negotiate(a, z);
    // sendrecv of the answerer, within sendonly of the offer, is what was answered.
    expect([a, z].map(needed)).toEqual([false, false]);
    z.change(id, { direction: "inactive" });
    expect(needed(z)).toBe(true);
  });

  test("data channels and ICE restarts count as before", () => {
    const [a, z] = pair();
    a.local = { ...a.local, dataChannels: true };
    expect(needed(a)).toBe(true);
    negotiate(a, z);
    expect(needed(a)).toBe(false);
  });
});
